import type pg from 'pg';
import { age, counted } from '../core/telling/amounts.js';
import { dumpedRelation } from './tables.js';

/**
 * How far the replica that is read is behind its primary, in words; null for a primary. What it has
 * not received it cannot know of: without a connection to the primary only the last commit tells.
 * Rows of unlogged tables are on the primary alone: a backup of a replica has none of them.
 */
export async function replicaLag(client: pg.Client): Promise<string | null> {
  const { rows } = await client.query<Record<string, string | null>>(`
    SELECT pg_is_in_recovery() AS replica,
      CASE WHEN pg_is_in_recovery() THEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() END AS replayed,
      CASE WHEN pg_is_in_recovery() THEN extract(epoch FROM now() - pg_last_xact_replay_timestamp()) END AS since,
      (SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'r' AND c.relpersistence = 'u' AND ${dumpedRelation}) AS unlogged`);
  const row = rows[0];
  if (row?.['replica'] !== 't') return null;
  const since = row['since'] == null ? null : Math.max(0, Number(row['since']));
  const last =
    since === null ? 'no commit was replayed yet' : `its last commit is ${age(since)} old`;
  const unlogged = Number(row['unlogged']);
  const lost =
    unlogged === 0
      ? ''
      : `; without the rows of ${counted(unlogged, 'unlogged table')}: no replica has them`;
  return row['replayed'] === 't'
    ? `from a replica that has replayed all it received; ${last}${lost}`
    : `from a replica that lags behind; ${last}${lost}`;
}
