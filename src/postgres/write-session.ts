import type pg from 'pg';
import { UserError } from '../core/errors.js';
import type { PlanTarget } from '../core/plan.js';
import { connect, urlParts } from './connect.js';
import { readIdentity } from './identity.js';
import { isPooled } from './read-target.js';
import { copyOut, type CopyPlace } from './write-copy.js';

export type TextRow = readonly (string | null)[];

/** One direct connection to the very database of the plan. */
export interface WriteSession {
  readonly pid: number;
  /** When this session began, in seconds since 1970: with its pid it is one of a kind. */
  readonly since: string;
  readonly versionNum: number;
  /**
   * The server's life: when its postmaster started, and its timeline. Transaction ids are
   * promised to mean the same only within one: a crash can lose ids that were never flushed
   * and give them out again, and a promoted standby goes on with ids of its own.
   */
  readonly life: string;
  /** Sends text as it is (simple protocol); one result for each statement in it. */
  send(text: string): Promise<readonly pg.QueryArrayResult[]>;
  /** One COPY ... TO STDOUT into a file; see write-copy.ts. */
  copy(sql: string, to: CopyPlace): Promise<void>;
  /** Rows of one SELECT, as text. */
  rows(sql: string): Promise<readonly TextRow[]>;
  close(): Promise<void>;
}

/**
 * Connects and asks the server who it is, right before it is written to.
 * @param answerWithin milliseconds after which a query without an answer counts as lost; 0 is never
 * @throws UserError when it is not the target, a pooler, or a replica
 */
export async function openWriteSession(
  url: string,
  target: PlanTarget,
  answerWithin: number,
): Promise<WriteSession> {
  refuseOther(url, target);
  const { client, keyDataPid } = await connect(url, { purpose: 'write' });
  const send = (text: string): Promise<readonly pg.QueryArrayResult[]> =>
    withDeadline(client, answerWithin, async () => {
      const result: unknown = await client.query({ text, rowMode: 'array' });
      return (Array.isArray(result) ? result : [result]) as pg.QueryArrayResult[];
    });
  const copy = (sql: string, place: CopyPlace): Promise<void> =>
    withDeadline(client, answerWithin, () => copyOut(client, sql, place));
  const rows = async (sql: string): Promise<readonly TextRow[]> =>
    (await send(sql)).flatMap((result) => result.rows as TextRow[]);
  const close = (): Promise<void> => client.end().catch(() => {});
  try {
    const pid = await refuseOtherServer(rows, target, keyDataPid);
    const [[version, started, since] = []] = await rows(
      `SELECT pg_catalog.current_setting('server_version_num'),
        extract(epoch FROM pg_catalog.pg_postmaster_start_time())::text,
        (SELECT extract(epoch FROM backend_start)::text FROM pg_catalog.pg_stat_activity
         WHERE pid = pg_catalog.pg_backend_pid())`,
    );
    const life = `${started} ${await timeline(rows)}`;
    return { pid, since: since ?? '', versionNum: Number(version), life, send, copy, rows, close };
  } catch (error) {
    await close();
    throw error;
  }
}

function refuseOther(url: string, target: PlanTarget): void {
  const { host, port, database } = urlParts(url);
  if (host === target.host && port === target.port && database === target.database) return;
  throw new UserError(
    `The plan is for ${target.database} at ${target.host}:${target.port}, the URL names ${database} at ${host}:${port}.`,
    ['Use the URL the plan was made with, or make a new plan.'],
  );
}

async function refuseOtherServer(
  rows: WriteSession['rows'],
  target: PlanTarget,
  keyDataPid: number | null,
): Promise<number> {
  const [[database, current, session, recovery, pid] = []] = await rows(
    `SELECT pg_catalog.current_database(), current_user, session_user,
      pg_catalog.pg_is_in_recovery(), pg_catalog.pg_backend_pid()`,
  );
  if (recovery !== 'f') {
    throw new UserError(`${target.host}:${target.port} is a replica now.`, [
      'Connect to the primary.',
    ]);
  }
  if (isPooled(target.host, keyDataPid, pid ?? '')) {
    throw new UserError('A connection pooler stands between pgmedic and the server.', [
      'Use a direct URL (DATABASE_URL_UNPOOLED or DIRECT_URL): behind a pooler neither locks nor the outcome of a write can be relied on.',
    ]);
  }
  const user = current === target.user || session === target.user;
  const identity = await readIdentity(async (sql) =>
    (await rows(sql)).map(([value]) => ({ ok: value ?? null, identity: value ?? null })),
  );
  if (database !== target.database || !user || identity !== target.identity) {
    throw new UserError(
      `This is not the database the plan was made for: ${database} as ${current} (${identity ?? 'no identity'}), not ${target.database} as ${target.user} (${target.identity ?? 'no identity'}).`,
      ['Find out which server answers at this address now, then read everything again.'],
    );
  }
  return Number(pid);
}

/** The first eight digits of a WAL file's name; '' where the server does not tell (Aurora). */
async function timeline(rows: WriteSession['rows']): Promise<string> {
  try {
    const [[name] = []] = await rows(
      'SELECT pg_catalog.pg_walfile_name(pg_catalog.pg_current_wal_lsn())',
    );
    return name?.slice(0, 8) ?? '';
  } catch {
    return '';
  }
}

/** The server's own timeouts come first; this one is for a network that went silent. */
async function withDeadline<T>(
  client: pg.Client,
  milliseconds: number,
  run: () => Promise<T>,
): Promise<T> {
  if (milliseconds <= 0) return run();
  const { connection } = client as unknown as { connection: { stream: { destroy(): void } } };
  const timer = setTimeout(() => connection.stream.destroy(), milliseconds);
  try {
    return await run();
  } finally {
    clearTimeout(timer);
  }
}
