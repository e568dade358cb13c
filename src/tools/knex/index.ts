import type { History, TableRef } from '../../core/facts.js';
import { quoteTable, tableName } from '../../core/tool.js';
import type { Query } from '../contract.js';
import { setOfNames } from '../set-of-names/index.js';
import { sqlInCode } from '../sql-in-code/index.js';
import { tableAt } from '../tables.js';

/**
 * knex 3 (lib/migrations/migrate): migrations are code, recorded by the file's name with its
 * extension. A row whose file is gone stops every command.
 */
export const knex = setOfNames({
  name: 'knex',
  title: 'Knex',
  usualFolders: ['migrations', 'db/migrations', 'src/migrations'],
  files: /\.(?:co|coffee|eg|iced|js|cjs|litcoffee|ls|ts)$/,
  nameOf: (file) => file,
  ...sqlInCode({
    calls: ['await knex.raw(...)', 'await knex.schema.raw(...)'],
    given: 'knex',
    bare: /(?:(?:module\.)?exports\.config\s*=|export\s+const\s+config\s*=)\s*\{\s*transaction\s*:\s*false,?\s*\}\s*(?:;|(?=[\n\r])|$)/y,
    changes: { sql: /\?|^$/, why: 'a ?, which Knex takes for a parameter' },
  }),
  fits: (text) => /\bknex\b/.test(text) && /\bup\b/.test(text),
  atomicity: 'all pending',
  bareParts: 'each',
  late: 'run',
  gone: 'refuse',
  words: {
    gone: (names) =>
      `The migration directory is corrupt, the following files are missing: ${names.join(', ')}`,
  },
  history: {
    table: { schema: 'public', table: 'knex_migrations' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} (id SERIAL PRIMARY KEY, name varchar(255), batch integer, migration_time timestamptz)`,
    beside: (table) => [`${table}_lock`],
    readLock,
    name: 'name',
    id: 'id',
    writes: {
      batch: (table) => `(SELECT coalesce(max(batch), 0) + 1 FROM ${table})`,
      migration_time: () => 'now()',
    },
  },
});

/** It wants exactly one row that is free; a run that was killed leaves it taken for ever. */
async function readLock(query: Query, { schema, table }: TableRef): Promise<History['locked']> {
  const lock = { schema, table: `${table}_lock` };
  const there = await tableAt(query, lock);
  if (there?.readable !== true || there.columns['is_locked'] === undefined) return null;
  const rows = await query(`SELECT "is_locked"::text AS locked FROM ${quoteTable(lock)}`);
  const free = rows.filter(({ locked }) => locked === '0').length;
  if (rows.length === 0 || free === 1) return null;
  return {
    why: `${tableName(lock)} has ${rows.length} ${rows.length === 1 ? 'row' : 'rows'}, ${free} of them with is_locked 0: Knex wants one`,
    says: 'Migration table is already locked',
    next: 'If no Knex is running: npx knex migrate:unlock',
  };
}
