import pg from 'pg';
import { explainConnectError } from './connect-error.js';
import { told } from './observed.js';
import { tlsAttempts, urlParts, urlServerOptions } from './url.js';

export { urlParts, type UrlParts } from './url.js';

/** Everything arrives as text, as the server prints it: no number, date or bigint is reinterpreted. */
const asText: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value };

export interface ConnectOptions {
  /** Shown in pg_stat_activity; "pgmedic" in front of it. */
  readonly purpose: string;
  /** Milliseconds for one statement; 0 is none. */
  readonly statementTimeout?: number;
}

/** A pinned connection and what the protocol said at its start. */
export interface Connection {
  readonly client: pg.Client;
  /** Process id from BackendKeyData; differs from pg_backend_pid() behind a pooler. */
  readonly keyDataPid: number | null;
}

/** @throws UserError with what is wrong and what to do, never with the password in it. */
export async function connect(url: string, options: ConnectOptions): Promise<Connection> {
  const parts = urlParts(url);
  let client: pg.Client | null = null;
  try {
    client = await connectWithTls(url, options);
    if (options.statementTimeout !== undefined) {
      await client.query(`SET statement_timeout = ${Math.trunc(options.statementTimeout)}`);
    }
  } catch (error) {
    await client?.end().catch(() => {});
    throw explainConnectError(error, parts);
  }
  const pid = (client as unknown as { processID?: number | null }).processID;
  return { client, keyDataPid: pid ?? null };
}

/** Connects, runs, and closes whatever happens. */
export async function withConnection<T>(
  url: string,
  options: ConnectOptions,
  run: (connection: Connection) => Promise<T>,
): Promise<T> {
  const connection = await connect(url, options);
  try {
    return await run(connection);
  } finally {
    await connection.client.end().catch(() => {});
  }
}

async function connectWithTls(url: string, options: ConnectOptions): Promise<pg.Client> {
  const attempts = tlsAttempts(url);
  for (const [index, ssl] of attempts.entries()) {
    const client = makeClient(url, options, ssl);
    try {
      await client.connect();
      return client;
    } catch (error) {
      await client.end().catch(() => {});
      if (index === attempts.length - 1 || !isAboutTls(error)) throw error;
    }
  }
  throw new Error('no TLS attempt was made');
}

function makeClient(
  url: string,
  options: ConnectOptions,
  ssl: Exclude<pg.ClientConfig['ssl'], undefined>,
): pg.Client {
  const { host, port, database, user, password } = urlParts(url);
  const serverOptions = urlServerOptions(url);
  const client = new pg.Client({
    ...(serverOptions === undefined ? {} : { options: serverOptions }),
    ...(password === null ? {} : { password }),
    ssl,
    host,
    port,
    database,
    user,
    types: asText,
    application_name: `pgmedic ${options.purpose}`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // A connection that dies while idle must not end the program: the next query reports it.
  client.on('error', () => {});
  return inSandbox.has(options.purpose) ? client : tellingOf(client, options.purpose);
}

/** What goes to a sandbox is thousands of statements, and none of the operator's database. */
const inSandbox = new Set(['sandbox', 'replay', 'rehearsal', 'proof', 'restore']);

/** Its queries are told to whoever observes this session; one connection alone writes. */
function tellingOf(client: pg.Client, by: string): pg.Client {
  const query = client.query.bind(client) as (...given: unknown[]) => unknown;
  const kind = by === 'write' ? 'write' : 'read';
  client.query = ((...given: unknown[]) => {
    const [first] = given;
    const text = typeof first === 'string' ? first : (first as { text?: unknown } | null)?.text;
    const result = query(...given);
    if (typeof text === 'string' && result instanceof Promise) {
      told({ kind, by, text }, () => result).catch(() => {});
    }
    return result;
  }) as typeof client.query;
  return client;
}

/** libpq goes on to its other attempt in these cases, and only in these. */
function isAboutTls(error: unknown): boolean {
  const { code = '', message = '' } = error as { code?: string; message?: string };
  if (code === '28000') return /pg_hba\.conf|encryption|SSL/i.test(message);
  return /^(EPROTO|ERR_SSL|ERR_TLS)/.test(code) || /does not support SSL/i.test(message);
}
