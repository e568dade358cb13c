import { UserError, messageOf } from '../core/errors.js';
import type { PlanTarget } from '../core/plan.js';
import { quoteLiteral } from '../core/tool.js';
import { openWriteSession, type WriteSession } from './write-session.js';

/** What the server says became of a transaction. */
export type XactAnswer =
  /** `sameLife` false: the server was restarted or replaced meanwhile, so the number alone proves nothing. */
  | { readonly status: 'committed'; readonly sameLife: boolean }
  | { readonly status: 'aborted' }
  | { readonly status: 'in progress' }
  | { readonly status: 'unknown'; readonly why: string };

/** How long to go on asking. */
export interface Patience {
  readonly tries: number;
  /** Milliseconds between two. */
  readonly pause: number;
}

/** Current transaction's id; the older names work from PostgreSQL 10 on. */
export function xidSql(versionNum: number, ifAssigned: boolean): string {
  const name = versionNum >= 130000 ? 'pg_current_xact_id' : 'txid_current';
  return `SELECT pg_catalog.${name}${ifAssigned ? '_if_assigned' : ''}()::text`;
}

/** @throws what the connection throws, once it is gone */
export async function xactStatus(
  session: WriteSession,
  xid: string,
  life: string,
): Promise<XactAnswer> {
  if (!/^\d+$/.test(xid)) return { status: 'unknown', why: 'its number was not noted' };
  const call =
    session.versionNum >= 130000
      ? `pg_catalog.pg_xact_status('${xid}'::pg_catalog.xid8)`
      : `pg_catalog.txid_status(${xid})`;
  let status: string | null | undefined;
  try {
    status = (await session.rows(`SELECT ${call}`))[0]?.[0];
  } catch (error) {
    // 22023: the server has not given out this number yet, so it is not the one that did.
    if ((error as { code?: string }).code !== '22023') throw error;
    return { status: 'unknown', why: 'this server does not know the transaction' };
  }
  if (status === 'committed') return { status, sameLife: session.life === life };
  if (status === 'aborted' || status === 'in progress') return { status };
  return { status: 'unknown', why: 'the server no longer remembers the transaction' };
}

/**
 * Asks on connections of its own, again and again while the server cannot be reached or the
 * transaction is still running, `patience.tries` times at the most.
 */
export async function askXactStatus(options: {
  readonly url: string;
  readonly target: PlanTarget;
  readonly xid: string;
  readonly life: string;
  readonly patience: Patience;
}): Promise<XactAnswer> {
  let answer: XactAnswer = { status: 'unknown', why: 'it was not asked' };
  for (let left = options.patience.tries; left > 0; left--) {
    const { answered, ...found } = await askOnce(options);
    answer = found;
    if (answered && answer.status !== 'in progress') break;
    if (left > 1) await pause(options.patience.pause);
  }
  return answer;
}

async function askOnce(options: {
  readonly url: string;
  readonly target: PlanTarget;
  readonly xid: string;
  readonly life: string;
}): Promise<XactAnswer & { readonly answered: boolean }> {
  let session: WriteSession | null = null;
  try {
    session = await openWriteSession(options.url, options.target, 10_000);
    return { ...(await xactStatus(session, options.xid, options.life)), answered: true };
  } catch (error) {
    const why = error instanceof UserError ? error.message : messageOf(error);
    return { status: 'unknown', why, answered: false };
  } finally {
    await session?.close();
  }
}

/**
 * Whether a session's server process is still there, and so may still be running what it was sent.
 * A process of the same number that shows us no start is another role's; it counts as there.
 */
export async function isStillThere(
  session: WriteSession,
  { pid, since }: { readonly pid: number; readonly since: string },
): Promise<boolean> {
  const found = await session.rows(
    `SELECT 1 FROM pg_catalog.pg_stat_activity WHERE pid = ${Math.trunc(pid)}
      AND (backend_start IS NULL OR extract(epoch FROM backend_start)::text = ${quoteLiteral(since)})`,
  );
  return found.length > 0;
}

/** The same, on a session of its own; null when nobody can be asked. */
export async function askStillThere(options: {
  readonly url: string;
  readonly target: PlanTarget;
  readonly pid: number;
  readonly since: string;
}): Promise<boolean | null> {
  try {
    const session = await openWriteSession(options.url, options.target, 10_000);
    try {
      return await isStillThere(session, options);
    } finally {
      await session.close();
    }
  } catch {
    return null;
  }
}

/** Resolves after so many milliseconds, or at once when the signal aborts. */
export function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal?.addEventListener('abort', done);
  });
}
