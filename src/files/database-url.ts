import { UserError } from '../core/errors.js';
import { redactUrl, urlParts } from '../postgres/url.js';
import { mergeEnv, type EnvSource, type Found } from './env.js';

/** In this order; the first that is set counts. Direct connections come before pooled ones. */
export const urlVariables = [
  'PGMEDIC_DATABASE_URL',
  'DATABASE_URL_UNPOOLED',
  'DIRECT_URL',
  'DATABASE_URL',
] as const;

/** Names under which hosts and frameworks keep the URL that goes around the pooler. */
const directVariables = [
  'DATABASE_URL_UNPOOLED',
  'DIRECT_URL',
  'DIRECT_DATABASE_URL',
  'POSTGRES_URL_NON_POOLING',
  'DATABASE_URL',
];

/**
 * The database URL from variables: a nearer source wins over a farther one, and within one
 * source the URL variables come in their order, the PG* variables last.
 */
export function urlFromEnv(sources: readonly EnvSource[]): Found | null {
  for (const source of sources) {
    for (const name of urlVariables) {
      const value = source.values[name]?.trim();
      if (value) return { value, origin: `${source.name} ${name}` };
    }
    const found = urlFromPgVariables(source, sources);
    if (found !== null) return found;
  }
  return null;
}

/**
 * A URL that names the same database as `used` at another address, for going around a
 * pooler. The same database name is asked for because another one would be another target.
 */
export function findDirectUrl(used: string, sources: readonly EnvSource[]): Found | null {
  const current = urlParts(used);
  for (const source of sources) {
    for (const name of directVariables) {
      const value = source.values[name]?.trim();
      if (!value || !isUrl(value)) continue;
      const other = urlParts(value);
      const elsewhere = other.host !== current.host || other.port !== current.port;
      if (elsewhere && other.database === current.database) {
        return { value, origin: `${source.name} ${name}` };
      }
    }
  }
  return null;
}

/**
 * The URL as shown, after checking that it can be used at all.
 * @throws UserError that names where the URL came from.
 */
export function showUrl({ value, origin }: Found): string {
  try {
    return redactUrl(value);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, [`The URL came from ${origin}.`, ...error.next]);
  }
}

/** A URL from its parts; `ssl` is an sslmode. Missing parts are left to the PG* variables. */
export function makeUrl(parts: {
  readonly host?: string | undefined;
  readonly port?: string | number | undefined;
  readonly database?: string | undefined;
  readonly user?: string | undefined;
  readonly password?: string | undefined;
  readonly ssl?: string | undefined;
}): string {
  const secret = parts.password ? `:${encodeURIComponent(parts.password)}` : '';
  const login = parts.user ? `${encodeURIComponent(parts.user)}${secret}@` : '';
  const host = parts.host || 'localhost';
  const socket = host.startsWith('/');
  const address = socket ? '' : host.includes(':') ? `[${host}]` : encodeURIComponent(host);
  const query = new URLSearchParams();
  if (socket) query.set('host', host);
  if (socket && parts.port) query.set('port', String(parts.port));
  if (parts.ssl) query.set('sslmode', parts.ssl);
  const port = parts.port && !socket ? `:${parts.port}` : '';
  const path = parts.database ? `/${encodeURIComponent(parts.database)}` : '/';
  const tail = query.size > 0 ? `?${query.toString()}` : '';
  return `postgresql://${login}${address}${port}${path}${tail}`;
}

/**
 * PGUSER or PGPASSWORD alone name no target: a host or a database must be told. The files
 * complete each other (a password is often in `.env.local` only); the process environment
 * takes nothing from them, since that could join one server with the database of another.
 */
function urlFromPgVariables(source: EnvSource, sources: readonly EnvSource[]): Found | null {
  if (!source.values['PGHOST'] && !source.values['PGDATABASE']) return null;
  const files = sources.filter(({ name }) => name !== 'environment');
  const values = source.name === 'environment' ? source.values : mergeEnv(files);
  const names = ['PGHOST', 'PGPORT', 'PGDATABASE', 'PGUSER', 'PGPASSWORD', 'PGSSLMODE'];
  const [host, port, database, user, password, ssl] = names.map((name) => values[name]);
  return {
    value: makeUrl({ host, port, database, user, password, ssl }),
    origin: `${source.name} ${names.filter((name) => values[name]).join(', ')}`,
  };
}

function isUrl(value: string): boolean {
  try {
    urlParts(value);
    return true;
  } catch {
    return false;
  }
}
