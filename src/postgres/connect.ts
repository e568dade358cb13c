import pg from 'pg';
import parseUrl from 'pg-connection-string';
import { UserError, messageOf } from '../core/errors.js';

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

/** Parts of a database URL as libpq would see them. */
export interface UrlParts {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
}

/** @throws UserError when the URL cannot be read. */
export function urlParts(url: string): UrlParts {
  const config = parse(url);
  const user = config.user ?? process.env['PGUSER'] ?? process.env['USER'] ?? 'postgres';
  return {
    host: config.host || process.env['PGHOST'] || 'localhost',
    port: Number(config.port || process.env['PGPORT'] || 5432),
    database: config.database || process.env['PGDATABASE'] || user,
    user,
    password: config.password ?? process.env['PGPASSWORD'] ?? null,
  };
}

/** @throws UserError with what is wrong and what to do, never with the password in it. */
export async function connect(url: string, options: ConnectOptions): Promise<Connection> {
  const parts = urlParts(url);
  const { ssl, options: serverOptions } = parse(url);
  const client = new pg.Client({
    ...(ssl === undefined ? {} : { ssl: ssl as pg.ClientConfig['ssl'] }),
    ...(serverOptions === undefined ? {} : { options: serverOptions }),
    host: parts.host,
    port: parts.port,
    database: parts.database,
    user: parts.user,
    ...(parts.password === null ? {} : { password: parts.password }),
    types: asText,
    application_name: `pgmedic ${options.purpose}`,
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  });
  // A connection that dies while idle must not end the program: the next query reports it.
  client.on('error', () => {});
  try {
    await client.connect();
    if (options.statementTimeout !== undefined) {
      await client.query(`SET statement_timeout = ${Math.trunc(options.statementTimeout)}`);
    }
  } catch (error) {
    await client.end().catch(() => {});
    throw explain(error, parts);
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

function parse(url: string): parseUrl.ConnectionOptions {
  const advice = [
    'Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; characters such as spaces, @ and / in a part are percent-encoded.',
  ];
  if (/\s/.test(url)) throw new UserError('The database URL contains a space.', advice);
  if (!/^postgres(ql)?:\/\//.test(url)) {
    throw new UserError('The database URL does not begin with postgresql://.', advice);
  }
  try {
    return parseUrl.parse(url);
  } catch (error) {
    // The parser's message may quote the URL, password included.
    throw new UserError('The database URL cannot be read.', advice, { cause: error });
  }
}

function explain(error: unknown, parts: UrlParts): UserError {
  const code = (error as { code?: string }).code;
  const where = `${parts.host}:${parts.port}`;
  const message = messageOf(error);
  const say = (text: string, ...next: string[]): UserError =>
    new UserError(text, next, { cause: error });
  switch (code) {
    case 'ECONNREFUSED':
      return say(
        `No server answers at ${where}.`,
        'Check host and port, and that PostgreSQL is running and reachable from here.',
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return say(
        `The host name ${parts.host} cannot be resolved.`,
        'Check the host in the database URL, and VPN or DNS.',
      );
    case 'ENOENT':
      return say(
        `There is no server socket at ${parts.host}.`,
        'Check the socket folder in the database URL.',
      );
    case '28P01':
    case '28000':
      return say(
        `${where} refuses the user ${parts.user}: ${message}.`,
        'Check user and password in the database URL, and pg_hba.conf on the server.',
      );
    case '3D000':
      return say(
        `There is no database ${parts.database} at ${where}.`,
        'Check the database name at the end of the URL.',
      );
    case '53300':
      return say(
        `${where} has no connection left: ${message}.`,
        'Close other sessions, or use a role with reserved connections.',
      );
    case '57P03':
      return say(`${where} is starting up or shutting down.`, 'Wait a moment and try again.');
    default:
  }
  if (/password must be a string|no password/i.test(message)) {
    return say(
      `${where} asks ${parts.user} for a password and none was given.`,
      'Put the password into the database URL or PGPASSWORD.',
    );
  }
  if (/timeout|ETIMEDOUT|EHOSTUNREACH/i.test(`${code} ${message}`)) {
    return say(
      `${where} did not answer within 10 seconds.`,
      'Check host and port, firewall and VPN.',
    );
  }
  return say(
    `Cannot connect to ${parts.database} at ${where}: ${message}.`,
    'Check the database URL.',
  );
}
