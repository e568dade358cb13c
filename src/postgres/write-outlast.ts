import type { Blocker } from '../core/facts.js';
import type { BlockerWatch } from './write-blockers.js';
import { pause } from './write-status.js';

/** Milliseconds between two looks. */
const INTERVAL = 100;
/** Seconds for which a session that has just asked for the history, or begun, may still be about to write. */
const FRESH = 2;

/**
 * drizzle-orm's migrator takes no lock: it reads the history, begins, and runs what it saw to be
 * pending, whatever was recorded meanwhile. Whoever begins behind our lock on the history table
 * waits and reads it with our row. Who had begun before may be such a migrator: a transaction that
 * has written, or a session that asked for the history a moment ago. Their end is waited for;
 * then the checks under lock tell whether they did what we were about to do. One that waits for
 * us is not waited for. It is asked from another connection: a transaction sees the sessions as
 * they were when it first looked, and under REPEATABLE READ the checks would see the rows so.
 * @param pid of the session that has the lock
 * @param lock the history table, quoted
 * @param patience milliseconds
 * @returns those that are still there; empty: nobody is
 */
export async function outlast(
  watch: Pick<BlockerWatch, 'ask' | 'report'>,
  options: {
    readonly pid: number;
    readonly lock: string;
    readonly patience: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<readonly Blocker[]> {
  const { pid, lock, patience, signal } = options;
  const look = (): Promise<readonly Suspect[]> => watch.ask<Suspect>(suspectsSql(pid, lock));
  let found = await look();
  const seen = found.map(({ key }) => key);
  for (let left = patience; found.length > 0; left -= INTERVAL) {
    const blockers = found.map(blockerOf);
    // A short transaction of the application is over before anybody has read of it.
    if (left < patience) await watch.report('earlier writers', blockers);
    const waitsForUs = found.some((one) => one.waits_for_us === 'true');
    if (left <= 0 || waitsForUs || signal?.aborted === true) return blockers;
    await pause(INTERVAL, signal);
    found = (await look()).filter(({ key }) => seen.includes(key));
  }
  return [];
}

/** Text, as the server sends it; what belongs to another role may be null. */
type Suspect = { readonly [key in keyof Blocker | 'key' | 'waits_for_us']: string };

function blockerOf({ key, waits_for_us, ...shown }: Suspect): Blocker {
  return { ...shown, pid: Number(shown.pid), age: Number(shown.age) };
}

/** Who a session is, and which of its transactions, is its key; transaction ids are shown to every role, queries are not. */
function suspectsSql(pid: number, lock: string): string {
  return `SELECT a.pid::text || ' ' || coalesce(a.backend_xid::text, a.query_start::text, '') AS key,
      a.pid::text, coalesce(a.usename::text, '') AS "user",
      coalesce(a.application_name, '') AS application, coalesce(a.state, '') AS state,
      coalesce(left(a.query, 500), '') AS query,
      coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::bigint, 0)::text AS age,
      coalesce((SELECT string_agg(DISTINCT l.mode || ' on ' || l.relation::regclass::text, ', ')
         FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_class c ON c.oid = l.relation AND c.relkind IN ('r', 'p')
        WHERE l.pid = a.pid AND l.granted AND l.mode <> 'AccessShareLock' AND c.oid >= 16384),
        CASE WHEN a.backend_xid IS NULL THEN 'nothing yet, and has just asked for the history or begun'
             ELSE 'an open transaction that has written' END) AS holds,
      (${pid} = ANY (pg_catalog.pg_blocking_pids(a.pid)))::text AS waits_for_us
    FROM pg_catalog.pg_stat_activity a
    WHERE a.datname = pg_catalog.current_database() AND a.pid <> ${pid}
      AND a.backend_type = 'client backend' AND a.application_name NOT LIKE 'pgmedic%'
      AND (a.backend_xid IS NOT NULL
        OR a.state_change > pg_catalog.clock_timestamp() - interval '${FRESH} s'
          AND (a.state = 'idle in transaction' AND a.query ~* '^\\s*(begin|start)[^;]*;?\\s*$'
            OR a.state = 'idle' AND pg_catalog.strpos(a.query, (SELECT relname::text
                 FROM pg_catalog.pg_class WHERE oid = '${lock.replaceAll("'", "''")}'::regclass)) > 0))`;
}
