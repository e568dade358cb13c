import pg from 'pg';
import { withConnection } from '../../postgres/connect.js';

/** What the server said of a statement it refused. */
export interface Refusal {
  readonly sqlstate: string;
  readonly message: string;
}

export type Answer =
  | { readonly ok: true; readonly results: readonly pg.QueryResult[] }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * The one session in which all migrations run, as with the tool. A migration may do what it
 * likes in it: end it (another is begun then), or go on for ever (it is cancelled from outside,
 * since it may have changed statement_timeout itself).
 */
export interface ReplaySession {
  /** One query string by the simple protocol: one implicit transaction. `limit` in milliseconds. */
  run(sql: string, limit: number): Promise<Answer>;
  end(): Promise<void>;
}

export async function openSession(url: string, signal?: AbortSignal): Promise<ReplaySession> {
  let client = await begin(url);
  const breakOff = (): void => void client.end().catch(() => {});
  signal?.addEventListener('abort', breakOff, { once: true });
  return {
    async run(sql, limit) {
      signal?.throwIfAborted();
      const pid = (client as unknown as { readonly processID: number }).processID;
      let cancelling: Promise<unknown> = Promise.resolve();
      const timer = setTimeout(() => void (cancelling = cancel(url, pid)), limit);
      try {
        const answer: pg.QueryResult | pg.QueryResult[] = await client.query(sql);
        return { ok: true, results: Array.isArray(answer) ? answer : [answer] };
      } catch (error) {
        signal?.throwIfAborted();
        const refusal = refusalOf(error);
        if (isLost(client, refusal)) {
          await client.end().catch(() => {});
          client = await begin(url);
        }
        return { ok: false, refusal };
      } finally {
        clearTimeout(timer);
        // A cancel that is under way must not hit the next statement.
        await cancelling;
      }
    },
    async end() {
      signal?.removeEventListener('abort', breakOff);
      await client.end().catch(() => {});
    },
  };
}

async function begin(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'pgmedic replay' });
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** 57P0x: the server ended the session; 08006: the connection broke without a word. */
function isLost(client: pg.Client, { sqlstate }: Refusal): boolean {
  const { _ending, _queryable } = client as unknown as Record<string, boolean | undefined>;
  return /^(?:57P0|08)/.test(sqlstate) || _ending === true || _queryable === false;
}

async function cancel(url: string, pid: number): Promise<void> {
  await withConnection(url, { purpose: 'replay' }, ({ client }) =>
    client.query('SELECT pg_cancel_backend($1)', [pid]),
  ).catch(() => {});
}

export function refusalOf(error: unknown): Refusal {
  const { code, message, severity } = error as {
    readonly code?: unknown;
    readonly message?: unknown;
    readonly severity?: unknown;
  };
  // Only the server's errors have a severity; what the connection died of is told as 08006.
  const sqlstate = typeof code === 'string' && typeof severity === 'string' ? code : '08006';
  return { sqlstate, message: typeof message === 'string' ? message : String(error) };
}
