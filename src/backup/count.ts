import type pg from 'pg';
import { readLargeObjects } from './large-objects.js';
import type { Expected } from './proof.js';
import type { Reporter } from './progress.js';
import { readSchema } from './schema.js';
import { openSnapshot, type Snapshot } from './snapshot.js';
import { countTables, WHOLE_UP_TO, type DumpedTable, type Hashing } from './tables.js';

export type Counted = Pick<Expected, 'counts' | 'hashing' | 'schema' | 'largeObjects'>;

/**
 * What the dump of this snapshot has to hold: counted and hashed over a connection of its own, in
 * a transaction that sees the same moment, while pg_dump is at work.
 */
export async function countBeside(options: {
  readonly url: string;
  readonly snapshot: Snapshot;
  readonly tables: readonly DumpedTable[];
  readonly signal: AbortSignal;
  readonly reporter: Reporter;
}): Promise<Counted> {
  const { url, snapshot, tables, signal, reporter } = options;
  signal.throwIfAborted();
  const own = await openSnapshot(url, snapshot.id);
  const stop = (): void => void own.end();
  signal.addEventListener('abort', stop, { once: true });
  try {
    signal.throwIfAborted();
    const schema = await readSchema(own.client);
    const largeObjects = await readLargeObjects(own.client);
    const hashing = await hashingFor(own.client);
    const counts = await countTables(own.client, tables, hashing, (table, done, rows) => {
      if (reporter.phase() !== 'counting') return;
      reporter.set({ table: `${table.schema}.${table.table}`, tablesDone: done, rowsDone: rows });
    });
    return { counts, hashing, schema, largeObjects };
  } finally {
    signal.removeEventListener('abort', stop);
    await own.end();
  }
}

/** Hashes of text are taken over the server's bytes: other encodings give others, and are only counted. */
async function hashingFor(client: pg.Client): Promise<Hashing | null> {
  const { rows } = await client.query<{ server_encoding: string }>('SHOW server_encoding');
  return rows[0]?.server_encoding === 'UTF8' ? { wholeUpTo: WHOLE_UP_TO } : null;
}
