import type pg from 'pg';
import type { Manifest } from '../backup/manifest.js';
import { countTables, listTables } from '../backup/tables.js';
import { messageOf } from '../core/errors.js';
import { counted, grouped } from '../core/telling/amounts.js';
import { sessionsIn } from '../postgres/write-unused.js';

/** Bytes of tables (by their pages of 8 kB) up to which rows are counted for a plan; above it the server's own estimate is told. */
const COUNTED_UP_TO = 1024 ** 3;
/** Lines for tables; the rest is told as a number. */
const SHOWN = 8;

/**
 * What the live database has now and the backup had then, table by table, and who is connected:
 * for the reader of a plan. In the transaction that is open.
 */
export async function seenNow(options: {
  readonly client: pg.Client;
  readonly manifest: Manifest | null;
  readonly database: string;
}): Promise<readonly string[]> {
  const { client, manifest, database } = options;
  const rows = async (sql: string) => {
    const result = await client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
    return result.rows;
  };
  const sessions = await sessionsIn(rows, [database]);
  return [
    ...(manifest === null ? [] : await changes(client, manifest).catch(uncounted)),
    ...(sessions.length === 0
      ? []
      : [`Connected to ${database} now: ${counted(sessions.length, 'session')}.`]),
    ...sessions.slice(0, SHOWN),
  ];
}

/** What of the live database is another in the new one, as it can be told before. */
export async function notAsLive(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<Record<string, string | null>>(`
    SELECT (SELECT count(*) FROM pg_catalog.pg_class WHERE reltablespace <> 0 AND relkind <> 't' AND NOT relisshared) AS moved,
      (SELECT string_agg(DISTINCT s.spcname, ', ') FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_tablespace s ON s.oid = c.reltablespace WHERE NOT c.relisshared) AS spaces,
      (SELECT string_agg(subname, ', ' ORDER BY subname) FROM pg_catalog.pg_subscription
        WHERE subdbid = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())) AS subscriptions`);
  const { moved, spaces, subscriptions } = rows[0] ?? {};
  return [
    ...(spaces == null
      ? []
      : [
          `${counted(Number(moved), 'object')} (tables, indexes) in tablespaces of ${Number(moved) === 1 ? 'its' : 'their'} own (${spaces}): in the new database all stand in its own, and have to be moved by hand (ALTER TABLE ... SET TABLESPACE).`,
        ]),
    ...(subscriptions == null
      ? []
      : [
          `Subscriptions (${subscriptions}): restored, they are switched off, and keep their database from being dropped. They have to be switched over by hand.`,
        ]),
  ];
}

/** A plan does not fail for it: no number is a part of what is confirmed. */
function uncounted(error: unknown): readonly string[] {
  return [`The rows of the live database could not be counted: ${messageOf(error)}.`];
}

async function changes(client: pg.Client, { expected }: Manifest): Promise<readonly string[]> {
  const then = new Map(
    expected.counts
      .filter(({ kind }) => kind === 'table')
      .map((one) => [`${one.schema}.${one.table}`, one.rows]),
  );
  const tables = (await listTables(client)).filter(({ kind }) => kind === 'table');
  const pages = tables.reduce((sum, one) => sum + one.pages, 0);
  const about = pages * 8192 > COUNTED_UP_TO;
  const counts = about
    ? tables.map((one) => ({ ...one, rows: one.estimate }))
    : await countTables(client, tables, null, () => {});
  const now = new Map(counts.map((one) => [`${one.schema}.${one.table}`, one.rows]));
  const lines = [...new Set([...now.keys(), ...then.keys()])].sort().flatMap((name) => {
    const [a, b] = [now.get(name), then.get(name)];
    if (a === b) return [];
    if (b === undefined) return [`${name}: ${live(a ?? 0, about)}, not in the backup`];
    if (a === undefined) return [`${name}: not in the live database, ${inBackup(b)}`];
    if (about && Math.abs(a - b) * 20 < b) return [];
    return [
      `${name}: ${live(a, about)}, ${inBackup(b)}${about ? '' : ` (${grouped(Math.abs(a - b))} ${a > b ? 'would be lost' : 'come back'})`}`,
    ];
  });
  if (lines.length === 0) {
    return [
      `Every table has ${about ? 'about ' : ''}as many rows live as in the backup; rows that were changed do not show in that.`,
    ];
  }
  const more = lines.length - SHOWN;
  return [
    `Rows live now, and in the backup${about ? " (live: the server's estimate)" : ''}:`,
    ...lines.slice(0, SHOWN),
    ...(more > 0 ? [`and ${counted(more, 'table')} more`] : []),
  ];
}

function live(rows: number, about: boolean): string {
  return `${about ? 'about ' : ''}${counted(rows, 'row')} live`;
}

function inBackup(rows: number): string {
  return `${grouped(rows)} in the backup`;
}
