import type pg from 'pg';
import { age } from '../core/telling/amounts.js';

/**
 * How far the replica that is read is behind its primary, in words; null for a primary. What it has
 * not received it cannot know of: without a connection to the primary only the last commit tells.
 */
export async function replicaLag(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query<Record<string, string | null>>(`
    SELECT pg_is_in_recovery() AS replica,
      CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() END AS replayed,
      CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END AS since`);
  const row = rows[0];
  if (row?.['replica'] !== 't') return null;
  const since = row['since'] == null ? null : Math.max(0, Number(row['since']));
  const last =
    since === null ? 'no commit was replayed yet' : `its last commit is ${age(since)} old`;
  return row['replayed'] === 't'
    ? `from a replica that has replayed all it received; ${last}`
    : `from a replica that lags behind; ${last}`;
}
