import { urlParts } from '../postgres/connect.js';

/** libpq variables that say how, not where: these are the operator's and stay. */
const kept = /^PG(SSL\w+|REQUIRESSL|CHANNELBINDING|GSS\w+|KRBSRVNAME|PASSFILE|REQUIREAUTH)$/;

/** URL parameters that pg and libpq share, and libpq's variable for each. */
const parameters: Readonly<Record<string, string>> = {
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  options: 'PGOPTIONS',
  channel_binding: 'PGCHANNELBINDING',
};

/**
 * The environment for pg_dump and pg_restore: ours, without any PG* variable that could lead
 * them to another server, with messages in English so that they can be recognised.
 */
export function programEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const ours = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('PG') || kept.test(name),
  );
  return { ...Object.fromEntries(ours), LC_ALL: 'C', PGCONNECT_TIMEOUT: '10', ...extra };
}

/**
 * How libpq finds the database of `url`. The password travels here and never in argv: `ps`
 * shows argv to everyone, /proc/PID/environ only to its owner, and nothing is left on disk.
 * `name` is what pg_stat_activity shows.
 */
export function libpqEnvironment(url: string, name: string): NodeJS.ProcessEnv {
  const parts = urlParts(url);
  const extra: Record<string, string> = {
    PGHOST: parts.host,
    PGPORT: String(parts.port),
    PGDATABASE: parts.database,
    PGUSER: parts.user,
    PGAPPNAME: name,
  };
  if (parts.password !== null) extra['PGPASSWORD'] = parts.password;
  const query = url.includes('?') ? new URLSearchParams(url.slice(url.indexOf('?') + 1)) : [];
  for (const [key, value] of query) {
    const variable = parameters[key];
    if (variable !== undefined) extra[variable] = value;
  }
  // A mode of pg's own: encrypted, certificate not verified. libpq calls that "require".
  if (extra['PGSSLMODE'] === 'no-verify') extra['PGSSLMODE'] = 'require';
  return programEnvironment(extra);
}
