import parser from 'pg-connection-string';
import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { UserError, messageOf } from '../core/errors.js';

/** Parts of a database URL as libpq would see them. */
export interface UrlParts {
  /** A name, an address, or the folder of a socket ("/var/run/postgresql"). */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string | null;
}

/** What to try for TLS, in this order; false is a plain connection. */
export type TlsAttempts = readonly (TlsOptions | boolean)[];

const advice =
  'Write it as postgresql://USER:PASSWORD@HOST:PORT/DATABASE; characters such as spaces, @ and / in a part are percent-encoded.';

/**
 * What the URL leaves open comes from the PG* variables, as with libpq.
 * @throws UserError when the URL cannot be read.
 */
export function urlParts(url: string): UrlParts {
  const config = parse(url);
  const user = config.user || process.env['PGUSER'] || process.env['USER'] || 'postgres';
  return {
    host: config.host || process.env['PGHOST'] || 'localhost',
    port: Number(config.port || process.env['PGPORT'] || 5432),
    database: config.database || process.env['PGDATABASE'] || user,
    user,
    password: config.password || process.env['PGPASSWORD'] || null,
  };
}

/** The URL of another database of the same server. */
export function urlInto(url: string, database: string): string {
  const [, server = '', query = ''] = /^([^/]*\/\/[^/?]*)[^?]*(.*)$/s.exec(url) ?? [];
  return `${server}/${encodeURIComponent(database)}${query}`;
}

/** Server settings given in the URL (`?options=-c...`); undefined where there are none. */
export function urlServerOptions(url: string): string | undefined {
  return parse(url).options;
}

/**
 * sslmode has the meaning it has for psql and pg_dump, so that one URL works the same in
 * all of them: `prefer` is the default, `require` encrypts without checking the certificate.
 */
export function tlsAttempts(url: string): TlsAttempts {
  const config = parse(url);
  if ((config.host || process.env['PGHOST'] || '').startsWith('/')) return [false];
  if (typeof config.ssl === 'boolean') return [config.ssl];
  const given: TlsOptions = typeof config.ssl === 'object' ? (config.ssl as TlsOptions) : {};
  const unchecked = { ...given, rejectUnauthorized: false };
  const mode =
    typeof config.ssl === 'string' ? config.ssl : (config['sslmode'] ?? process.env['PGSSLMODE']);
  switch (mode || 'prefer') {
    case 'disable':
      return [false];
    case 'allow':
      return [false, unchecked];
    case 'prefer':
      return [unchecked, false];
    case 'verify-ca':
    case 'verify-full':
      return [given];
    case 'require':
      // With a root certificate at hand libpq checks it; `given` then carries how.
      return given.ca === undefined ? [unchecked] : [given];
    case 'no-verify':
      return [unchecked];
    default:
      throw new UserError(
        `The database URL asks for the unknown sslmode ${JSON.stringify(mode)}.`,
        ['Known are disable, allow, prefer, require, verify-ca and verify-full.'],
      );
  }
}

/**
 * The URL without secrets, as it may be shown: postgresql://app:***@db-7:5432/shop.
 * Parameters are left out, since passwords can stand in them too.
 * @throws UserError when the URL cannot be read.
 */
export function redactUrl(url: string): string {
  const { host, port, database, user, password } = urlParts(url);
  const secret = password === null ? '' : ':***';
  const login = `${encodeURIComponent(user)}${secret}`;
  const name = encodeURIComponent(database);
  if (host.startsWith('/')) return `postgresql://${login}@/${name}?host=${host}&port=${port}`;
  return `postgresql://${login}@${host.includes(':') ? `[${host}]` : host}:${port}/${name}`;
}

function parse(url: string): parser.ConnectionOptions {
  if (/\s/.test(url)) throw new UserError('The database URL contains a space.', [advice]);
  if (!/^postgres(ql)?:\/\//i.test(url)) {
    throw new UserError('The database URL does not begin with postgresql://.', [advice]);
  }
  // libpq 16's name for the certificates of the system, which Node uses by itself.
  const readable = url.replace(/([?&])sslrootcert=system(&|$)/i, '$1');
  const useLibpqCompat = !/[?&]uselibpqcompat=/i.test(url);
  try {
    const config = parser.parse(readable, { useLibpqCompat });
    const port = Number(config.port || 5432);
    if (!Number.isInteger(port) || port < 1 || port > 65_535) throw new RangeError('port');
    return config;
  } catch (error) {
    throw unreadable(error);
  }
}

/** The parser's own message may quote the URL, password included; only what is safe is taken over. */
function unreadable(error: unknown): UserError {
  const { code, path } = error as { code?: string; path?: string };
  if (path !== undefined && code !== undefined) {
    return new UserError(`The certificate ${path}, named in the database URL, cannot be read.`, [
      `The system says ${code}. Check sslrootcert, sslcert and sslkey in the URL.`,
    ]);
  }
  if (/verify-ca requires/.test(messageOf(error))) {
    return new UserError('sslmode=verify-ca in the database URL needs a root certificate.', [
      'Add sslrootcert=PATH to the URL, or use sslmode=verify-full with a public certificate.',
    ]);
  }
  return new UserError('The database URL cannot be read.', [advice]);
}
