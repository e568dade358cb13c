import type pg from 'pg';
import { quoteTable } from '../core/tool.js';
import { readLargeObjects } from './large-objects.js';
import type { Expected } from './proof.js';
import type { Reporter } from './progress.js';
import { type DumpedSchema, readSchema } from './schema.js';
import { openSnapshot, type Snapshot } from './snapshot.js';
import { countTables, WHOLE_UP_TO, type DumpedTable, type Hashing } from './tables.js';

export type Counted = Pick<Expected, 'counts' | 'hashing' | 'largeObjects'>;

/**
 * Holds every table as it is in the open transaction, against DDL and TRUNCATE: what is counted after the
 * dump is what was dumped. As pg_dump does it; readers and writers are not in the way.
 */
export async function holdTables(client: pg.Client, all: readonly DumpedTable[]): Promise<void> {
  const tables = all.filter(({ kind }) => kind === 'table');
  for (let from = 0; from < tables.length; from += atOnce) {
    const names = tables.slice(from, from + atOnce).map((one) => `ONLY ${quoteTable(one)}`);
    await client.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
  }
}

const atOnce = 500;

/** The schema, over a connection of its own, in a transaction that sees the same moment, while pg_dump is at work. */
export async function readSchemaBeside(options: {
  readonly url: string;
  readonly snapshot: Snapshot;
  readonly signal: AbortSignal;
}): Promise<DumpedSchema> {
  const { url, snapshot, signal } = options;
  signal.throwIfAborted();
  const own = await openSnapshot(url, snapshot.id);
  const stop = (): void => void own.end();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    return await readSchema(own.client);
  } finally {
    signal.removeEventListener('abort', stop);
    await own.end();
  }
}

/** What the dump of this snapshot has to hold: counted and hashed once it is written, so that pg_dump has the server for itself. */
export async function countSnapshot(
  { client }: Snapshot,
  tables: readonly DumpedTable[],
  reporter: Reporter,
): Promise<Counted> {
  const rowsTotal = tables.reduce((sum, one) => sum + one.estimate, 0);
  reporter.set({ phase: 'counting', table: null, tablesDone: 0, rowsDone: 0, rowsTotal });
  const largeObjects = await readLargeObjects(client);
  const hashing = await hashingFor(client);
  const counts = await countTables(client, tables, hashing, (table, done, rows) => {
    reporter.set({ table: `${table.schema}.${table.table}`, tablesDone: done, rowsDone: rows });
  });
  const rows = counts.reduce((sum, one) => sum + one.rows, 0);
  reporter.set({ table: null, tablesDone: tables.length, rowsDone: rows, rowsTotal: rows });
  return { counts, hashing, largeObjects };
}

/** Hashes of text are taken over the server's bytes: other encodings give others, and are only counted. */
async function hashingFor(client: pg.Client): Promise<Hashing | null> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  return rows[0]?.server_encoding === 'UTF8' ? { wholeUpTo: WHOLE_UP_TO } : null;
}
