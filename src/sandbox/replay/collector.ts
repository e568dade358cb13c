import pg from 'pg';
import type { TableRef } from '../../core/facts.js';
import type { Change } from '../../core/replay.js';
import { ownSchema, triggersSql } from './collector-sql.js';
import { resolveSql } from './resolve-sql.js';
import type { OneObject, Reading } from './scan.js';
import { takeSql } from './take-sql.js';
import type { OwnedRow, Taken, Tracker } from './tracker.js';

/** Asks, after each statement and in its own session, what of the catalog is different now. */
export interface Collector {
  /** A SELECT that gives what the statement of this number touched. */
  sql(number: number, reading: Reading): string;
  /** What the SELECTs among these results gave, by number. */
  changes(results: readonly pg.QueryResult[]): ReadonlyMap<number, Change[]>;
}

const MODES: Readonly<Record<Exclude<Reading, OneObject>, string>> = {
  touched: 't',
  dependents: 'd',
  everything: 'e',
  'everything if touched': 'i',
};

/** Puts the triggers and functions into the replay's database; needs a superuser. */
export async function installCollector(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ version: string }>(
    `SELECT pg_catalog.current_setting('server_version_num') AS version`,
  );
  await client.query(triggersSql);
  await client.query(resolveSql);
  await client.query(takeSql(Number(rows[0]?.version)));
}

export function newCollector(tracker: Tracker, leaveOut: readonly TableRef[]): Collector {
  const foreign = new Set(leaveOut.map(({ schema, table }) => `table ${schema}.${table}`));
  /** Their owners, as they were seen: of a single column it is not read whose it is. */
  const left = new Set<string>();
  return {
    sql(number, reading) {
      const taking =
        typeof reading === 'string'
          ? `take('${MODES[reading]}')`
          : `take_one('${reading.one}', ${pg.escapeLiteral(reading.name)})`;
      return `SELECT ${number} AS pgmedic_at, ${ownSchema}.${taking} AS pgmedic_taken`;
    },
    changes(results) {
      const found = new Map<number, Change[]>();
      for (const { fields, rows } of results) {
        if (fields[0]?.name !== 'pgmedic_at' || fields[1]?.name !== 'pgmedic_taken') continue;
        const row = rows[0] as { pgmedic_at: number; pgmedic_taken: string | null } | undefined;
        if (row === undefined || row.pgmedic_taken === null) continue;
        found.set(row.pgmedic_at, tracker.apply(takenOf(row.pgmedic_taken, foreign, left)));
      }
      return found;
    },
  };
}

/** Reads all there is; what differs from what was known was not tracked. */
export async function takeEverything(client: pg.Client, collector: Collector): Promise<Change[]> {
  const result = await client.query(collector.sql(0, 'everything'));
  return collector.changes([result]).get(0) ?? [];
}

interface RawTaken {
  readonly owners: readonly string[] | null;
  readonly gone: readonly string[] | null;
  readonly rows: readonly (OwnedRow | readonly OwnedRow[] | null)[] | null;
  readonly all: boolean;
}

function takenOf(text: string, foreign: ReadonlySet<string>, left: Set<string>): Taken {
  const { owners, gone, rows: found, all } = JSON.parse(text) as RawTaken;
  // Of single groups: tables, types, functions, the rest.
  const rows = (found ?? []).flat().filter((row) => row !== null);
  // A sequence that goes with a column is an owner of its own: from the table to it are two steps.
  const theirs = new Set(foreign);
  for (const { key, parent, owner } of [...rows, ...rows]) {
    if (!theirs.has(key) && !theirs.has(parent ?? '')) continue;
    theirs.add(key);
    left.add(owner);
  }
  return {
    owners: all ? null : (owners ?? []),
    gone: (gone ?? []).map((hex) => Buffer.from(hex, 'hex').toString('utf8')),
    rows: rows.filter((row) => !isOwn(row) && !left.has(row.owner)),
  };
}

/** What the replay itself put there. */
function isOwn({ key, schema, parent }: OwnedRow): boolean {
  return (
    schema === ownSchema ||
    key === `schema ${ownSchema}` ||
    parent === `schema ${ownSchema}` ||
    key.startsWith('event trigger pgmedic_replay_') ||
    (parent ?? '').startsWith('event trigger pgmedic_replay_')
  );
}
