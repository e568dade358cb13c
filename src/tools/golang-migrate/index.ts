import type { TableRef } from '../../core/facts.js';
import { byCodeUnit, byVersion, setOfNames } from '../set-of-names/index.js';
import { crc32 } from './crc32.js';

const versionOf = (file: string): string => String(BigInt(/^\d+/.exec(file)?.[0] ?? '0'));

/**
 * golang-migrate 4 (migrate.go; database/postgres/postgres.go; source/iofs): one row with the version
 * it came to. Each file goes in one message, which PostgreSQL takes for one transaction.
 */
export const golangMigrate = setOfNames({
  name: 'golang-migrate',
  title: 'golang-migrate',
  command: 'migrate up',
  usualFolders: [
    'migrations',
    'db/migrations',
    'database/migrations',
    'db/migration',
    'sql/migrations',
    'internal/database/migrations',
  ],
  files: /^\d{1,19}_.*\.up\.[^/]*$/,
  nameOf: versionOf,
  order: (a, b) => byVersion(a.name, b.name) || byCodeUnit(a.file, b.file),
  downFile: (file) => file.replace(/\.up\.([^.]*)$/, '.down.$1'),
  refuses: (all) => {
    const files = all.map(({ id, file }) => file?.path ?? id);
    const versions = files.map(versionOf);
    const twice = files.find((_, at) => versions.indexOf(versions[at] ?? '') < at);
    return twice === undefined ? null : `duplicate migration file: ${twice}`;
  },
  parts: (text) => ({ up: [{ text, offset: 0 }], down: null, bare: true }),
  dependency: /\bgithub\.com\/golang-migrate\/migrate\b/,
  atomicity: 'each migration',
  late: 'pass over',
  gone: 'refuse',
  history: {
    table: { schema: 'public', table: 'schema_migrations' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} (version bigint not null primary key, dirty boolean not null)`,
    name: 'version',
    nameType: /^bigint$/,
    id: null,
    required: ['dirty'],
    runLocks,
    oneRow: {
      failed: 'dirty',
      isFailed: ({ dirty }) => dirty === 'true',
      words: {
        failed: (version) => `Dirty database version ${version}. Fix and force version.`,
        gone: (version) => `no migration found for version ${version}`,
      },
    },
  },
});

/** database/util.go: the command line names the database by the path of its URL, a program by its name. */
function runLocks({ schema, table }: TableRef, database: string): readonly string[] {
  return [`/${database}`, database].map((name) => {
    const sum = crc32(Buffer.from([schema, table, name].join('\0')));
    return String((BigInt(sum) * 1_486_364_155n) & 0xff_ff_ff_ffn);
  });
}
