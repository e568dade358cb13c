import type { Blocker } from '../core/facts.js';
import { conflictsOf, type LockAsked, type LockWait } from '../core/lock-wait.js';
import { quoteLiteral } from '../core/tool.js';
import { readingTransaction } from './reading-transaction.js';

/** Seconds back that somebody counts as using a table. */
const RECENT = 60;

/** Rows of a SELECT, as text. */
export type Ask = <T extends object>(sql: string) => Promise<readonly T[]>;

export type BlockerRow = { readonly [key in keyof Blocker]: string };

/**
 * Whom a step would meet if it asked for its locks now. Who used a table is told by the last query
 * of each session, so far as it may be seen and names the table; the server keeps no better record.
 */
async function lookAhead(ask: Ask, locks: readonly LockAsked[]): Promise<LockWait> {
  const asked = askedSql(locks);
  const none = { stage: 'before', blockers: [], behind: [], hidden: 0 } as const;
  if (asked === null) return none;
  const blockers = (await ask<BlockerRow>(holdersSql(asked))).map(blockerOf);
  if (blockers.length === 0) return none;
  const users = (await ask<BlockerRow>(usersSql(asked))).map(blockerOf);
  const behind = users.filter(({ pid }) => !blockers.some((one) => one.pid === pid));
  const [hidden] = await ask<{ count: string }>(hiddenSql);
  return { stage: 'before', blockers, behind, hidden: Number(hidden?.count ?? 0) };
}

/**
 * The same on a connection of its own.
 * @throws UserError when the server cannot be asked
 */
export function readAhead(
  url: string,
  locks: readonly LockAsked[],
  signal?: AbortSignal,
): Promise<LockWait> {
  const options = { purpose: 'look for blockers', statementTimeout: 5000, signal };
  return readingTransaction(url, options, ({ query }) =>
    lookAhead(async <T extends object>(sql: string) => (await query(sql)) as unknown as T[], locks),
  );
}

/** Who waits for the session of this pid, or for who waits for it. */
export async function readBehind(ask: Ask, pid: number): Promise<readonly Blocker[]> {
  return (await ask<BlockerRow>(behindSql(pid))).map(blockerOf);
}

export function blockerOf(row: BlockerRow): Blocker {
  return { ...row, pid: Number(row.pid), age: Number(row.age) };
}

/** `relation`, `name` and the modes in conflict of each lock; null: no lock is known. */
function askedSql(locks: readonly LockAsked[]): string | null {
  if (locks.length === 0) return null;
  const rows = locks.map(({ relation, mode }) => {
    const conflicts = conflictsOf(mode).map(quoteLiteral).join(', ');
    return `(${quoteLiteral(relation)}, ARRAY[${conflicts}]::text[])`;
  });
  return `asked AS (SELECT c.oid, c.relname, k.name, k.conflicts
    FROM (VALUES ${rows.join(', ')}) AS k (name, conflicts)
    JOIN pg_catalog.pg_namespace n ON true
    JOIN pg_catalog.pg_class c ON c.relnamespace = n.oid AND n.nspname || '.' || c.relname = k.name)`;
}

const who = `coalesce(a.usename::text, '') AS "user", coalesce(a.application_name, '') AS application,
  coalesce(left(a.query, 500), '') AS query,
  coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::bigint, 0)::text AS age`;

/**
 * Who has a lock in the way or waits for one: a new one queues behind both. A prepared transaction
 * has no session. Autovacuum gives way by itself, and another pgmedic that looks is soon gone.
 */
function holdersSql(asked: string): string {
  return `WITH ${asked}, held AS (
      SELECT coalesce(l.pid, 0) AS pid, string_agg(DISTINCT
        CASE WHEN l.granted THEN '' ELSE 'waits for ' END || l.mode || ' on ' || asked.name, ', ') AS holds
      FROM pg_catalog.pg_locks l JOIN asked ON asked.oid = l.relation AND l.mode = ANY (asked.conflicts)
      WHERE l.locktype = 'relation' AND l.pid IS DISTINCT FROM pg_catalog.pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database())
      GROUP BY 1)
    SELECT held.pid::text AS pid, held.holds, ${who},
      coalesce(a.state, CASE WHEN held.pid = 0 THEN 'prepared transaction' ELSE '' END) AS state
    FROM held LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = held.pid
    WHERE a.backend_type IS DISTINCT FROM 'autovacuum worker'
      AND coalesce(a.application_name, '') NOT IN ('pgmedic read', 'pgmedic rehearse')
    ORDER BY a.xact_start NULLS LAST, 1`;
}

/** Reading waits for ACCESS EXCLUSIVE alone. */
function usersSql(asked: string): string {
  return `WITH ${asked}, used AS (
      SELECT a.pid, string_agg(DISTINCT asked.name, ', ') AS names
      FROM pg_catalog.pg_stat_activity a JOIN asked ON a.query ~* ('(^|\\W)'
        || pg_catalog.regexp_replace(replace(asked.relname, '"', '""'), '(\\W)', '\\\\\\1', 'g') || '(\\W|$)')
        AND ('AccessShareLock' = ANY (asked.conflicts) OR a.query !~* '^\\s*select\\M')
      WHERE a.datname = pg_catalog.current_database() AND a.backend_type = 'client backend'
        AND a.pid <> pg_catalog.pg_backend_pid() AND a.application_name NOT LIKE 'pgmedic%'
        AND (a.state = 'active' OR a.state_change > pg_catalog.clock_timestamp() - interval '${RECENT} s')
      GROUP BY 1)
    SELECT a.pid::text AS pid, ${who}, coalesce(a.state, '') AS state, 'used ' || used.names AS holds
    FROM used JOIN pg_catalog.pg_stat_activity a ON a.pid = used.pid
    ORDER BY a.state_change DESC, 1`;
}

/** What the server shows instead of a query when it is of another role. */
const hiddenSql = `SELECT count(*)::text AS count FROM pg_catalog.pg_stat_activity a
  WHERE a.datname = pg_catalog.current_database() AND a.query = '<insufficient privilege>'`;

/** CASE, since the locks are looked through only for those that wait at all. */
function behindSql(pid: number): string {
  return `WITH RECURSIVE waiting AS (
      SELECT a.pid, pg_catalog.pg_blocking_pids(a.pid) AS behind_of
      FROM pg_catalog.pg_stat_activity a
      WHERE CASE WHEN a.wait_event_type = 'Lock' THEN a.pid <> ${Math.trunc(pid)} ELSE false END),
    behind AS (
      SELECT pid FROM waiting WHERE ${Math.trunc(pid)} = ANY (behind_of)
      UNION SELECT w.pid FROM waiting w JOIN behind b ON b.pid = ANY (w.behind_of))
    SELECT a.pid::text AS pid, ${who}, coalesce(a.state, '') AS state,
      coalesce((SELECT string_agg(DISTINCT 'waits for ' || l.mode || coalesce(' on ' || l.relation::regclass::text, ''), ', ')
        FROM pg_catalog.pg_locks l WHERE l.pid = a.pid AND NOT l.granted), 'waits') AS holds
    FROM behind JOIN pg_catalog.pg_stat_activity a ON a.pid = behind.pid
    ORDER BY a.query_start, 1`;
}
