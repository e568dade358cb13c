import type { Blocker } from '../core/facts.js';
import { connect, type Connection } from '../postgres/connect.js';
import { blockerOf, type BlockerRow } from '../postgres/read-lock-wait.js';

/** Milliseconds between two looks. */
const INTERVAL = 1000;

/**
 * Tells for which sessions those of a backup wait, whenever that changes, from a connection of its
 * own; nobody is ended. Not being able to look must not disturb the backup.
 */
export function watchWaiting(
  url: string,
  onWaiting: (blockers: readonly Blocker[]) => void,
): { end(): Promise<void> } {
  let side: Promise<Connection> | null = null;
  let told = '';
  let looking: Promise<void> = Promise.resolve();
  let timer: NodeJS.Timeout;
  const look = async (): Promise<void> => {
    side ??= connect(url, { purpose: 'look for blockers', statementTimeout: 5000 });
    const { client } = await side;
    const { rows } = await client.query<BlockerRow>(waitedFor);
    const pids = rows.map(({ pid }) => pid).join();
    // Ages grow by themselves; they are told anew while there is a wait.
    if (pids !== '' || told !== '') onWaiting(rows.map(blockerOf));
    told = pids;
  };
  const again = (): void => {
    timer = setTimeout(() => {
      looking = look().then(again, () => {});
    }, INTERVAL);
  };
  again();
  return {
    async end() {
      clearTimeout(timer);
      await looking;
      clearTimeout(timer);
      const connection = await side?.catch(() => null);
      await connection?.client.end().catch(() => {});
    },
  };
}

/** A prepared transaction blocks with pid 0 and has no session. */
const waitedFor = `
  SELECT b.pid::text, coalesce(a.usename::text, '') AS "user",
    coalesce(a.application_name, '') AS application,
    coalesce(a.state, CASE WHEN b.pid = 0 THEN 'prepared transaction' ELSE '' END) AS state,
    coalesce(left(a.query, 500), '') AS query,
    coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::bigint, 0)::text AS age,
    coalesce((SELECT string_agg(DISTINCT h.mode || ' on ' || h.relation::regclass::text, ', ')
      FROM pg_catalog.pg_locks h WHERE h.pid = b.pid AND h.granted AND h.relation = ANY (b.relations)), 'a lock') AS holds
  FROM (
    SELECT p.pid, array_agg(w.relation) AS relations
    FROM pg_catalog.pg_stat_activity o
      CROSS JOIN LATERAL unnest(pg_catalog.pg_blocking_pids(o.pid)) AS p (pid)
      LEFT JOIN pg_catalog.pg_locks w ON w.pid = o.pid AND NOT w.granted
    WHERE o.datname = pg_catalog.current_database() AND o.usename = current_user
      AND o.wait_event_type = 'Lock'
      AND o.application_name ~ '^pgmedic (backup|dump)'
    GROUP BY p.pid
  ) b LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid AND b.pid <> 0
  WHERE coalesce(a.application_name, '') !~ '^pgmedic (backup|dump)'
  ORDER BY a.xact_start NULLS LAST, 1`;
