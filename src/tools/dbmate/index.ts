import { setOfNames } from '../set-of-names/index.js';
import { parts } from './parts.js';

/** dbmate 2 (pkg/dbmate/db.go, migration.go): versions are the digits a file's name begins with. */
export const dbmate = setOfNames({
  name: 'dbmate',
  title: 'dbmate',
  usualFolders: ['db/migrations'],
  variables: { migrations: 'DBMATE_MIGRATIONS_DIR', historyTable: 'DBMATE_MIGRATIONS_TABLE' },
  files: /^\d+.*\.sql$/,
  nameOf: (file) => /^\d+/.exec(file)?.[0] ?? file,
  parts,
  downPlace: 'behind "-- migrate:down" in its file',
  fits: (text) => /^--\s*migrate:up/m.test(text),
  atomicity: 'each migration',
  late: 'run',
  gone: 'ignore',
  history: {
    table: { schema: 'public', table: 'schema_migrations' },
    create: (table) => `CREATE TABLE IF NOT EXISTS ${table} (version varchar PRIMARY KEY)`,
    name: 'version',
    id: null,
  },
});
