import type { History, NamedRow, TableRef } from '../../core/facts.js';
import { tableName } from '../../core/tool.js';
import type { Query } from '../contract.js';
import { setOfNames } from '../set-of-names/index.js';
import { tableAt } from '../tables.js';

const resolve =
  'Read more about how to resolve migration issues in a production database: https://pris.ly/d/migrate-resolve';

/**
 * Prisma Migrate (prisma-engines: schema-engine/commands/src/commands/apply_migrations.rs;
 * prisma: packages/migrate/src/utils/listMigrations.ts), as `migrate deploy` runs it: each
 * migration.sql in one message, which PostgreSQL takes for one transaction unless it ends it itself.
 */
export const prisma = setOfNames({
  name: 'prisma',
  title: 'Prisma',
  command: 'npx prisma migrate deploy',
  usualFolders: ['prisma/migrations'],
  files: /^[^.]/,
  inFolders: 'migration.sql',
  signFile: 'migration_lock.toml',
  nameOf: (folder) => folder,
  order: (a, b) => a.file.localeCompare(b.file),
  parts: (text) => ({ up: [{ text, offset: 0 }], down: null, bare: true }),
  fits: (text) => /^provider\s*=\s*"postgres(?:ql)?"/m.test(text),
  schemaParameter: 'schema',
  atomicity: 'each migration',
  late: 'run',
  gone: 'ignore',
  words: {
    failed: (rows) =>
      `migrate found failed migrations in the target database, new migrations will not be applied. ${resolve}\n${rows.map(({ name }) => `The \`${name}\` migration started at`)[0]}`,
    unreadable: () => 'Could not find the migration file at migration.sql.',
  },
  history: {
    table: { schema: 'public', table: '_prisma_migrations' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} (id VARCHAR(36) PRIMARY KEY NOT NULL, checksum VARCHAR(64) NOT NULL, finished_at TIMESTAMPTZ, migration_name VARCHAR(255) NOT NULL, logs TEXT, rolled_back_at TIMESTAMPTZ, started_at TIMESTAMPTZ NOT NULL DEFAULT now(), applied_steps_count INTEGER NOT NULL DEFAULT 0)`,
    name: 'migration_name',
    id: 'id',
    checksum: 'checksum',
    // As `migrate resolve --applied` does.
    writes: {
      id: () => 'gen_random_uuid()',
      logs: () => "''",
      started_at: () => 'now()',
      finished_at: () => 'now()',
    },
    runs: {
      stateOf,
      applied: 'rolled_back_at IS NULL AND finished_at IS NOT NULL',
      cleared: 'rolled_back_at',
      said: 'logs',
    },
    runLocks: () => ['72707369'],
    readLock: readTables,
    required: ['applied_steps_count'],
    rowOrder: ['started_at', 'id'],
  },
});

function stateOf(columns: NamedRow['columns']): NamedRow['state'] {
  if (columns['rolled_back_at'] != null) return 'rolled back';
  return columns['finished_at'] == null ? 'failed' : undefined;
}

/** P3005: without its table, it wants a schema that has no other. */
async function readTables(query: Query, table: TableRef): Promise<History['locked']> {
  if ((await tableAt(query, table)) !== null) return null;
  const rows = await query(
    `SELECT c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND n.nspname = $1
        AND c.relname !~* '^(?:geography_columns|geometry_columns|raster_columns|raster_overviews|spatial_ref_sys)$'
      ORDER BY c.relname`,
    [table.schema],
  );
  const [first] = rows;
  if (first === undefined) return null;
  return {
    code: 'history-table-missing',
    title: `Nothing is recorded as applied, although schema ${table.schema} has tables: Prisma refuses to run anything (P3005).`,
    why: `${tableName(table)} does not exist, and schema ${table.schema} has ${rows.length === 1 ? `a table, ${first['name']}` : `${rows.length} tables, ${first['name']} the first of them`}`,
    says: 'The database schema is not empty. Read more about how to baseline an existing production database: https://pris.ly/d/migrate-baseline',
    next: 'Record what is there (baseline); what is not there stays pending.',
    playbooks: ['baseline', 'mark-applied'],
  };
}
