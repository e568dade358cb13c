import pg from 'pg';
import type { ParsedStatement } from '../../core/sql.js';
import { rewriteFor } from '../stand-ins/index.js';
import { type Held, measureSql } from './measure.js';

/** What the server says against a statement. */
export interface ServerError {
  readonly sqlstate: string;
  readonly message: string;
  /** Lines that the server adds to the message; may have values of rows in it. */
  readonly detail?: string;
  /** "public.posts", where the server names the table in a field of its own. */
  readonly table: string | null;
}

/** How far a message to the server got. */
export interface Sent {
  /** For each statement that was done, what the session held after it. */
  readonly held: readonly (readonly Held[])[];
  /** Of the statement after these; null: all were done. */
  readonly error: ServerError | null;
}

/**
 * Sends statements of one chunk, which the tool sends as one simple query. Inside a transaction
 * block it makes no difference when they go one by one; outside of it, several in one query are
 * a transaction of their own until a COMMIT among them, so there they go as one, with the
 * measuring between them. One alone that cares about that goes alone, unmeasured.
 *
 * @throws what is no answer of the server: a lost connection
 */
export async function send(client: pg.Client, statements: readonly string[]): Promise<Sent> {
  const [only, ...more] = statements;
  if (only !== undefined && more.length === 0 && inTransaction(client)) {
    const error = await attempt(client, only);
    if (error !== null) return { held: [], error };
    return { held: [await heldBy(client)], error: null };
  }
  return interleaved(client, statements);
}

export async function sendAlone(client: pg.Client, text: string): Promise<Sent> {
  const error = await attempt(client, text);
  return { held: error === null ? [await heldBy(client)] : [], error };
}

/** Whether this one means something else when another stands beside it in one query. */
export function goesAlone({ kind, label }: ParsedStatement): boolean {
  return kind !== 'ordinary' || /^(LOCK|DECLARE)\b/.test(label);
}

async function heldBy(client: pg.Client): Promise<readonly Held[]> {
  return (await client.query<Held & pg.QueryResultRow>(measureSql)).rows;
}

/** Sends one text. @throws what is no answer of the server */
export async function attempt(client: pg.Client, text: string): Promise<ServerError | null> {
  try {
    await client.query(rewriteFor(text));
    return null;
  } catch (error) {
    return answerOf(error);
  }
}

/** The server's own answer; only that has a severity. */
function answerOf(error: unknown): ServerError {
  if (!(error instanceof pg.DatabaseError) || typeof error.severity !== 'string') throw error;
  const { code = '', message, detail, schema, table } = error;
  const named = schema === undefined || table === undefined ? null : `${schema}.${table}`;
  return { sqlstate: code, message, table: named, ...(detail !== undefined && { detail }) };
}

/** Inside a transaction block that has not failed. */
export function inTransaction(client: pg.Client): boolean {
  return client.getTransactionStatus() === 'T';
}

/** s1; measure; s2; measure: counts the server's "done" to know where it stopped. */
function interleaved(client: pg.Client, statements: readonly string[]): Promise<Sent> {
  // A statement may end in a comment, so the semicolon has a line of its own.
  const text = statements.map((one) => `${rewriteFor(one)}\n;${measureSql};`).join('\n');
  let done = 0;
  const held: Held[][] = [];
  const count = (): void => {
    done += 1;
    if (done % 2 === 1) held.push([]);
  };
  return new Promise<Sent>((resolve, reject) => {
    const query = new pg.Query<Held & pg.QueryResultRow, []>(text);
    const finish = (run: () => void): void => {
      client.connection.off('commandComplete', count);
      run();
    };
    query.on('row', (row) => {
      if (done % 2 === 1) held.at(-1)?.push(row);
    });
    query.on('end', () => finish(() => resolve({ held, error: null })));
    query.on('error', (error: Error) =>
      finish(() => {
        // The last measuring is never what fails: it is the end of the transaction around all.
        try {
          resolve({ held: held.slice(0, Math.floor(done / 2)), error: answerOf(error) });
        } catch (lost) {
          reject(lost);
        }
      }),
    );
    client.connection.on('commandComplete', count);
    client.query(query);
  });
}
