import type { Target } from '../core/facts.js';
import { readIdentity } from './identity.js';
import type { UrlParts } from './url.js';
import type { Reading } from './reading-transaction.js';

/**
 * The database as the server itself names it; only host and port come from the URL. Behind a
 * pooler the process id of the protocol's start is not the one of the server process.
 */
export async function readTarget(
  { query, keyDataPid }: Reading,
  { host, port }: Pick<UrlParts, 'host' | 'port'>,
  environment: string | null,
): Promise<Target> {
  const [row] = await query(`
    SELECT current_setting('server_version') AS version,
           current_setting('server_version_num') AS version_num,
           pg_is_in_recovery() AS in_recovery,
           pg_backend_pid() AS pid,
           current_database() AS database,
           current_user AS "user"`);
  if (row === undefined) throw new Error('the server returned no row for its own version');
  return {
    host,
    port,
    database: row['database'] ?? '',
    user: row['user'] ?? '',
    // Distributions add their own words: "15.18 (Debian 15.18-0+deb12u1)".
    serverVersion: (row['version'] ?? '').split(' ')[0] ?? '',
    serverVersionNum: Number(row['version_num']),
    role: row['in_recovery'] === 't' ? 'replica' : 'primary',
    pooler: isPooled(host, keyDataPid, row['pid'] ?? ''),
    identity: await readIdentity(query),
    environment,
  };
}

/**
 * A server itself always sends its process id at the start; PgBouncer sends one of its own,
 * RDS Proxy none (vapor/postgres-nio#296). Neon's direct endpoints make up a cancel key too
 * (neondatabase/neon#1052), so there the host name decides: pooled ones end in "-pooler".
 */
export function isPooled(host: string, keyDataPid: number | null, backendPid: string): boolean {
  if (/\.neon\.tech$/i.test(host)) return /^[^.]*-pooler\./i.test(host);
  return String(keyDataPid) !== backendPid;
}
