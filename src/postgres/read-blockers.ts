import type { Blocker, TableRef } from '../core/facts.js';
import { tableName } from '../core/tool.js';
import type { Query } from '../tools/contract.js';

/**
 * Other sessions in the way of a write to the table: those that have a writer's lock or wait
 * for one (a new lock queues behind them), and those that keep any lock on it while idle in a
 * transaction. A reader that is at work is gone in a moment, so is another pgmedic that looks,
 * and autovacuum gives way by itself. Longest transaction first.
 */
export async function readBlockers(query: Query, table: TableRef): Promise<readonly Blocker[]> {
  const rows = await query(
    `SELECT l.pid,
            coalesce(a.usename, '') AS "user",
            coalesce(a.application_name, '') AS application,
            coalesce(a.state, 'unknown') AS state,
            coalesce(a.query, '') AS query,
            coalesce(greatest(0, floor(extract(epoch FROM clock_timestamp() - a.xact_start))), 0) AS age,
            string_agg(DISTINCT CASE WHEN l.granted THEN l.mode ELSE 'waits for ' || l.mode END, ', ') AS locks
       FROM pg_locks l
       JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
       JOIN pg_class c ON c.oid = l.relation
       JOIN pg_namespace n ON n.oid = c.relnamespace
       LEFT JOIN pg_stat_activity a ON a.pid = l.pid
      WHERE l.locktype = 'relation'
        AND n.nspname = $1
        AND c.relname = $2
        AND l.pid <> pg_backend_pid()
        AND a.backend_type IS DISTINCT FROM 'autovacuum worker'
        AND NOT (l.mode = 'AccessShareLock' AND a.application_name IN ('pgmedic read', 'pgmedic rehearse'))
        AND (l.mode IN ('RowExclusiveLock', 'ShareUpdateExclusiveLock', 'ShareLock',
                           'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
             OR a.state LIKE 'idle in transaction%')
      GROUP BY 1, 2, 3, 4, 5, 6
      ORDER BY age DESC, l.pid`,
    [table.schema, table.table],
  );
  return rows.map((row) => ({
    pid: Number(row['pid']),
    user: row['user'] ?? '',
    application: row['application'] ?? '',
    state: row['state'] ?? '',
    query: row['query'] ?? '',
    age: Number(row['age']),
    holds: `${row['locks']} on ${tableName(table)}`,
  }));
}

/** "pid 4711, app_admin, psql, idle in transaction, transaction 312 s old: RowExclusiveLock on ...". */
export function describeBlocker(blocker: Blocker): string {
  const { pid, user, application, state, age, holds } = blocker;
  const who = [`pid ${pid}`, user, application, state].filter((part) => part !== '');
  return `${who.join(', ')}, transaction ${age} s old: ${holds}`;
}
