import type { History, TableRef } from '../../core/facts.js';
import { quoteTable, tableName } from '../../core/tool.js';
import type { Query } from '../contract.js';
import { setOfNames } from '../set-of-names/index.js';
import { sqlInCode } from '../sql-in-code/index.js';
import { tableAt } from '../tables.js';
import { migrationDir } from './config.js';

const beware =
  'Never migrate:fresh, migrate:reset or migrate:refresh: fresh drops the whole database, the others run every down, and the first drops every table.';

/**
 * Payload CMS 3 on PostgreSQL (@payloadcms/drizzle, migrate.js and migrateDown.js; payload,
 * readMigrationFiles.js): each file in a transaction of its own, in order of names, with its row.
 */
export const payload = setOfNames({
  name: 'payload',
  title: 'Payload',
  command: 'npx payload migrate',
  beware,
  usualFolders: ['src/migrations', 'migrations'],
  config: { file: /^payload\.config\.[cm]?[jt]s$/, folder: migrationDir },
  files: /^(?!index\.[jt]s$).*\.[jt]s$/,
  nameOf: (file) => file.split('.', 1)[0] ?? file,
  ...sqlInCode({
    calls: ['await db.execute(sql`...`)'],
    given: 'db',
    givenAs: ['db'],
    parameters: 1,
    imports: { sql: /^(?:@payloadcms\/(?:db-(?:vercel-)?postgres|drizzle)|drizzle-orm)$/ },
  }),
  downPlace: 'as await db.execute(sql`...`) in the down of its file',
  fits: (text) => /from\s*['"]@payloadcms\/db-(?:vercel-)?postgres\b/.test(text),
  atomicity: 'each migration',
  late: 'run',
  gone: 'ignore',
  history: {
    table: { schema: 'public', table: 'payload_migrations' },
    byMigration: true,
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} (id serial PRIMARY KEY NOT NULL, name varchar, batch numeric, updated_at timestamp(3) with time zone DEFAULT now() NOT NULL, created_at timestamp(3) with time zone DEFAULT now() NOT NULL)`,
    readLock: readDevRow,
    name: 'name',
    id: 'id',
    // One more than the batch of the last name; no batch counts as 0, and the row of a push not at
    // all. What one transaction records is one batch: its own rows are not looked at.
    writes: {
      batch: (table) =>
        `(SELECT coalesce(greatest((SELECT batch FROM ${table} WHERE batch IS DISTINCT FROM -1 AND xmin <> pg_catalog.pg_current_xact_id()::xid ORDER BY name DESC LIMIT 1), 0), 0) + 1)`,
    },
    required: ['updated_at', 'created_at'],
    // Ids may be UUIDs.
    rowOrder: ['created_at', 'id'],
  },
});

/** A schema that was pushed in development: `payload migrate` asks before it goes on, and waits. */
async function readDevRow(query: Query, table: TableRef): Promise<History['locked']> {
  const there = await tableAt(query, table);
  if (there?.readable !== true || there.columns['batch'] === undefined) return null;
  const [row] = await query(`SELECT name FROM ${quoteTable(table)} WHERE batch = -1 LIMIT 1`);
  if (row === undefined) return null;
  return {
    code: 'dev-push-row',
    row: row['name'] ?? '',
    title:
      'The schema was pushed in development mode: "payload migrate" asks whether to go on, waits for ever where nobody answers, and answered yes runs migrations whose tables the push has made.',
    why: `${tableName(table)} has a row named ${row['name']} with batch -1`,
    says: "It looks like you've run Payload in dev mode",
    next: `Take that row out (mark-unapplied ${row['name']}), then record what the push has made (baseline). ${beware}`,
    playbooks: ['mark-unapplied', 'baseline'],
  };
}
