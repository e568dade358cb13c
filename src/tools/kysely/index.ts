import type { NamedRow } from '../../core/facts.js';
import { quoteLiteral } from '../../core/tool.js';
import { byCodeUnit, setOfNames } from '../set-of-names/index.js';
import { sqlInCode } from '../sql-in-code/index.js';

/**
 * Kysely 0.28 (migration/migrator, file-migration-provider): the rows, by time and then name, have to
 * be of the first files, by name; all pending in one transaction.
 */
export const kysely = setOfNames({
  name: 'kysely',
  title: 'Kysely',
  usualFolders: ['migrations', 'src/migrations', 'src/db/migrations', 'db/migrations'],
  files: /^(?!.*\.d\.m?ts$).*\.m?[jt]s$/,
  nameOf: (file, text) => (text !== null && !/\bup\b/.test(text) ? null : withoutEnding(file)),
  order: (a, b) => byCodeUnit(a.name, b.name),
  ...sqlInCode({
    calls: ['await sql`...`.execute(db)', 'await sql.raw(...).execute(db)'],
    given: 'db',
    imports: { sql: /^kysely$/ },
  }),
  downPlace: 'as await sql`...`.execute(db) in the down of its file',
  fits: (text) => /\bkysely\b/i.test(text) && /\bup\b/.test(text),
  atomicity: 'all pending',
  late: 'by place',
  gone: 'refuse',
  words: {
    gone: ([name]) => `corrupted migrations: previously executed migration ${name} is missing`,
    late: (name, row, place) =>
      `corrupted migrations: expected previously executed migration ${row} to be at index ${place} but ${name} was found in its place.`,
  },
  history: {
    table: { schema: 'public', table: 'kysely_migration' },
    create: (table) =>
      `CREATE TABLE IF NOT EXISTS ${table} ("name" varchar(255) NOT NULL PRIMARY KEY, "timestamp" varchar(255) NOT NULL)`,
    beside: () => ['kysely_migration_lock'],
    name: 'name',
    id: null,
    writes: { timestamp: timeOf },
    rowOrder: byTime,
  },
});

function withoutEnding(file: string): string {
  return file.slice(0, file.lastIndexOf('.'));
}

function byTime(a: NamedRow, b: NamedRow): number {
  const time = ({ columns }: NamedRow): number => Date.parse(columns['timestamp'] ?? '');
  return time(a) - time(b) || a.name.localeCompare(b.name);
}

/** Now; where later ones are recorded the time of the first of them, so that it stands before that. */
function timeOf(table: string, name: string): string {
  const now = `to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
  return `coalesce((SELECT min("timestamp") FROM ${table} WHERE "name" COLLATE "C" > ${quoteLiteral(name)}), ${now})`;
}
