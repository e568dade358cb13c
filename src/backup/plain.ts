import { createReadStream } from 'node:fs';
import type pg from 'pg';
import { messageOf } from '../core/errors.js';
import { connect } from '../postgres/connect.js';
import { splitDump } from './split.js';
import { leadsOut } from './ways-out.js';

/** What cannot be had in a sandbox that has other disks. */
const tablespaces = /^SET default_tablespace = /;
/** What a role that is no superuser cannot do. */
const ownership = /^(ALTER [\s\S]* OWNER TO |GRANT |REVOKE |ALTER DEFAULT PRIVILEGES )/;

/**
 * Restores a plain SQL dump of pg_dump into an empty database, without psql. Stops at the
 * first statement that fails.
 *
 * @throws Error that names the object and says what the server said, or that the dump is cut short
 */
export async function restorePlain(options: {
  url: string;
  file: string;
  /** False: objects belong to the role of `url`, and nothing is granted. */
  owners: boolean;
  /** False: for a copy that is thrown away (ways-out.ts). */
  waysOut: boolean;
  signal: AbortSignal;
  /** `table` as pg_dump names it in a comment: schema.name, never quoted. */
  onRows(table: string, rows: number): void;
}): Promise<void> {
  const { url, file, owners, waysOut, signal, onRows } = options;
  const skip = owners ? [tablespaces] : [tablespaces, ownership];
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const { client } = await connect(url, { purpose: 'restore', statementTimeout: 0 });
  const stop = (): void => void client.connection.stream.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let complete = false;
  try {
    for await (const piece of splitDump(createReadStream(file, { highWaterMark: 1 << 18 }), skip)) {
      signal.throwIfAborted();
      if (piece.type === 'end') complete = true;
      else if (waysOut || !leadsOut(piece.object)) {
        const result = await client.query(decoder.decode(piece.sql)).catch((error: unknown) => {
          throw new Error(`${piece.object}: ${messageOf(error)}`, { cause: error });
        });
        if (piece.table !== null) onRows(piece.table, rowsOf(result));
      }
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await client.end().catch(() => {});
  }
  if (!complete) throw new Error('the dump is cut short: unexpected end of file');
}

/** pg answers several statements with an array. */
function rowsOf(result: pg.QueryResult | pg.QueryResult[]): number {
  return [result].flat().reduce((sum, one) => sum + (one.rowCount ?? 0), 0);
}
