import type { Blocker } from '../core/facts.js';
import type { LockWait } from '../core/lock-wait.js';
import { redactText } from '../core/redact.js';
import { connect, type Connection } from './connect.js';
import { type Ask, blockerOf, type BlockerRow, readBehind } from './read-lock-wait.js';
import type { WriteOptions } from './write-options.js';

/** Milliseconds a query may take before we look for what it waits for, and between two looks. */
const PATIENCE = 300;
const INTERVAL = 1000;

export interface BlockerWatch {
  /** Runs a query of the watched session, and reports while it waits for a lock. */
  during<T>(run: () => Promise<T>): Promise<T>;
  /** Those of the last report. */
  readonly last: readonly Blocker[];
  /** Rows of a SELECT on its own connection, outside the watched transaction. @throws UserError without one */
  readonly ask: Ask;
  /** Reports these, with who waits behind the session. Not being able to look must not disturb the write itself. */
  report(stage: LockWait['stage'], blockers: readonly Blocker[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Tells who stands in the way of a session that waits. It looks, from a connection of its
 * own; nobody is ever terminated.
 */
export function watchBlockers(
  url: string,
  pid: number,
  onWaiting: WriteOptions['onWaiting'],
): BlockerWatch {
  let side: Promise<Connection> | null = null;
  let last: readonly Blocker[] = [];

  async function ask<T extends object>(sql: string): Promise<readonly T[]> {
    side ??= connect(url, { purpose: 'look for blockers', statementTimeout: 5000 });
    const { client } = await side;
    return (await client.query<T>(sql)).rows;
  }

  async function report(stage: LockWait['stage'], blockers: readonly Blocker[]): Promise<void> {
    if (onWaiting === undefined) return;
    const behind = await readBehind(ask, pid).catch(() => []);
    onWaiting(blockers, { stage, blockers, behind, hidden: 0 });
  }

  async function look(): Promise<void> {
    const rows = await ask<BlockerRow>(blockersSql(pid)).catch(() => []);
    if (rows.length === 0) return;
    last = rows.map(blockerOf);
    await report('lock', last);
  }

  return {
    get last() {
      return last;
    },
    ask,
    report,
    async during(run) {
      let timer: NodeJS.Timeout;
      let looking: Promise<void> = Promise.resolve();
      const again = (): void => {
        looking = look();
        timer = setTimeout(again, INTERVAL);
      };
      timer = setTimeout(again, PATIENCE);
      try {
        return await run();
      } finally {
        clearTimeout(timer);
        await looking;
      }
    },
    async close() {
      const connection = await side?.catch(() => null);
      await connection?.client.end().catch(() => {});
    },
  };
}

/** A prepared transaction blocks with pid 0 and has no session. */
function blockersSql(pid: number): string {
  return `SELECT b.pid::text,
      coalesce(a.usename::text, '') AS "user",
      coalesce(a.application_name, '') AS application,
      coalesce(a.state, CASE WHEN b.pid = 0 THEN 'prepared transaction' ELSE '' END) AS state,
      coalesce(left(a.query, 500), '') AS query,
      coalesce(extract(epoch FROM pg_catalog.clock_timestamp() - a.xact_start)::bigint, 0)::text AS age,
      coalesce((SELECT string_agg(DISTINCT h.mode || ' on ' || h.relation::regclass::text, ', ')
        FROM pg_catalog.pg_locks h JOIN pg_catalog.pg_locks w
          ON w.pid = ${pid} AND NOT w.granted AND w.relation = h.relation AND w.database = h.database
        WHERE h.pid = b.pid AND h.granted), 'a lock') AS holds
    FROM (SELECT DISTINCT unnest(pg_catalog.pg_blocking_pids(${pid})) AS pid) b
    LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = b.pid AND b.pid <> 0
    ORDER BY a.xact_start NULLS LAST, 1`;
}

/** "pid 4711 (app, idle in transaction for 12 s): UPDATE ..." */
export function blockerLine(blocker: Blocker): string {
  const who = [blocker.user, blocker.application].filter((part) => part !== '').join(', ');
  const query = redactText(blocker.query).replace(/\s+/g, ' ').slice(0, 80);
  return `pid ${blocker.pid} (${who}; ${blocker.state} for ${blocker.age} s) holds ${blocker.holds}: ${query}`;
}
