import { UserError, messageOf } from '../core/errors.js';
import type { Query } from '../tools/contract.js';
import type pg from 'pg';
import { connect, withConnection } from './connect.js';

/** One look at the database: everything asked through `query` sees the same moment. */
export interface Reading {
  readonly query: Query;
  /** Process id from BackendKeyData; null where the server sends none. */
  readonly keyDataPid: number | null;
}

export interface ReadingOptions {
  /** Shown in pg_stat_activity; "pgmedic" in front of it. */
  readonly purpose: string;
  /** Milliseconds for one statement. */
  readonly statementTimeout?: number;
  /** Milliseconds to wait for a lock. */
  readonly lockTimeout?: number;
  /** Breaks the connection off; the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs `run` in one READ ONLY REPEATABLE READ transaction, which is rolled back at its end.
 * The settings are local to it, so that nothing stays behind on a pooler's connection.
 * @throws UserError when the server cannot be reached or refuses; its cause keeps the SQLSTATE.
 */
export async function readingTransaction<T>(
  url: string,
  options: ReadingOptions,
  run: (reading: Reading) => Promise<T>,
): Promise<T> {
  const { purpose, signal } = options;
  signal?.throwIfAborted();
  return withConnection(url, { purpose }, ({ client, keyDataPid }) =>
    readOn(client, options, (query) => run({ query, keyDataPid })),
  );
}

/** One look among several: each sees a moment of its own. */
export type Look = <T>(run: (query: Query) => Promise<T>) => Promise<T>;

/**
 * For several looks with other work between them, each in a transaction of its own as above, over one
 * connection: between them nothing is held on the server. A connection that is lost meanwhile is made anew.
 * @throws as readingTransaction
 */
export async function readingTransactions<T>(
  url: string,
  options: ReadingOptions,
  run: (look: Look) => Promise<T>,
): Promise<T> {
  const { purpose, signal } = options;
  let open: pg.Client | null = null;
  const opened = async (): Promise<pg.Client> => {
    if (open !== null) return open;
    const { client } = await connect(url, { purpose });
    client.once('end', () => (open = null));
    return (open = client);
  };
  try {
    return await run(async (look) => {
      signal?.throwIfAborted();
      const client = await opened();
      return readOn(client, options, look).catch(async (error: unknown) => {
        // What state it is in is not known.
        await client.end().catch(() => {});
        throw error;
      });
    });
  } finally {
    await (open as pg.Client | null)?.end().catch(() => {});
  }
}

async function readOn<T>(
  client: pg.Client,
  { statementTimeout = 15_000, lockTimeout = 3_000, signal }: ReadingOptions,
  run: (query: Query) => Promise<T>,
): Promise<T> {
  const breakOff = (): void => void client.end().catch(() => {});
  signal?.addEventListener('abort', breakOff, { once: true });
  try {
    await client.query(`BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;
      SET LOCAL statement_timeout = ${Math.trunc(statementTimeout)};
      SET LOCAL lock_timeout = ${Math.trunc(lockTimeout)};
      SET LOCAL search_path = pg_catalog, pg_temp`);
    const query: Query = async (sql, values = []) =>
      (await client.query<Record<string, string | null>>(sql, [...values])).rows;
    const result = await run(query);
    await client.query('ROLLBACK');
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    throw explainReadingError(error, statementTimeout);
  } finally {
    signal?.removeEventListener('abort', breakOff);
  }
}

/** The SQLSTATE behind an error of a reading; null where there is none. */
export function sqlstateOf(error: unknown): string | null {
  const { code, severity, cause } = error as {
    code?: unknown;
    severity?: unknown;
    cause?: unknown;
  };
  // Only the server's errors have a severity; EPIPE looks like a SQLSTATE too.
  if (typeof code === 'string' && typeof severity === 'string') return code;
  return cause === undefined || cause === null ? null : sqlstateOf(cause);
}

function explainReadingError(error: unknown, statementTimeout: number): unknown {
  if (error instanceof UserError) return error;
  const say = (text: string, ...next: string[]): UserError =>
    new UserError(text, next, { cause: error });
  const message = messageOf(error);
  const state = sqlstateOf(error);
  if (state === '57014') {
    return say(
      `The server did not answer within ${statementTimeout / 1000} seconds: ${message}.`,
      'See in pg_stat_activity what keeps it busy, then try again.',
    );
  }
  if (state === '42501') {
    return say(
      `The role may not read what is needed: ${message}.`,
      'GRANT it the right to read, or name a role that has it in the database URL.',
    );
  }
  if (state?.startsWith('57P') || /terminated|not queryable|ECONNRESET|EPIPE/.test(message)) {
    return say(
      `The connection was lost while reading: ${message}.`,
      'Nothing was written. Try again when the server is back.',
    );
  }
  if (state === null) return error;
  return say(`The server refused a reading: ${message} (${state}).`, 'Nothing was written.');
}
