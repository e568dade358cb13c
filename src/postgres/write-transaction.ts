import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError, messageOf } from '../core/errors.js';
import type { Blocker } from '../core/facts.js';
import type { Statement, Write } from '../core/plan.js';
import { lockTable } from '../core/plan.js';
import type { ReturnedRow } from '../core/run-log.js';
import { adviceFor, explainStatementError, isServerAnswer } from './statement-error.js';
import { blockerLine, watchBlockers, type BlockerWatch } from './write-blockers.js';
import { cancelOn, type Cancelling } from './write-cancel.js';
import { firstBroken } from './write-checks.js';
import { commit, settleLost } from './write-commit.js';
import type { Attempt, WriteOptions } from './write-options.js';
import { answerWithin, failed, settledAs, textOf, unknown } from './write-options.js';
import { outlast } from './write-outlast.js';
import { openWriteSession, type WriteSession } from './write-session.js';
import { xactStatus, xidSql } from './write-status.js';
import { refuseUsed } from './write-unused.js';
import { durable, keepTimeouts, setTimeouts } from './write-timeouts.js';

export type TransactionOptions = WriteOptions<Extract<Write, { type: 'transaction' }>>;

/** What one try knows of itself; the stages fill it in. */
export interface Run {
  readonly options: TransactionOptions;
  readonly session: WriteSession;
  readonly watch: BlockerWatch;
  readonly cancelling: Cancelling;
  /** The statement being run; null between statements. */
  statement: Statement | null;
  xid: string | null;
  returned: ReturnedRow[];
  /** Files that rows were copied out to. */
  readonly copied: string[];
  /** Rows that the last statement changed, and those of them that say `still_open`. */
  affected: number;
  stillOpen: number;
}

/**
 * One try at all statements of a write in one transaction. Lock, look, write, look again,
 * and only then COMMIT; whatever goes wrong before leads to ROLLBACK.
 */
export async function tryTransaction(options: TransactionOptions): Promise<Attempt> {
  const { url, target, timeouts, signal, onWaiting } = options;
  if (signal?.aborted === true) return failed('Cancelled. Nothing was written.');
  const session = await openWriteSession(url, target, answerWithin(timeouts));
  const watch = watchBlockers(url, session.pid, onWaiting);
  const cancelling = cancelOn(signal, url, session.pid);
  const empty = { statement: null, xid: null, returned: [], affected: 0, stillOpen: 0 };
  const run: Run = { options, session, watch, cancelling, copied: [], ...empty };
  try {
    const attempt = await attempted(run);
    // Rolled back, the rows are where they were.
    if (attempt.outcome.state === 'failed') {
      for (const path of run.copied) await rm(path, { force: true }).catch(() => {});
    }
    return attempt;
  } finally {
    cancelling.close();
    await watch.close();
    await session.close();
  }
}

async function attempted(run: Run): Promise<Attempt> {
  const ended = await untilCommit(run)
    .then((slipped) => slipped ?? readyToCommit(run))
    .catch((error: unknown) => rolledBack(run, error));
  if (ended !== null) return ended;
  const { affected, stillOpen } = run;
  return { ...(await commit(run)), affected, stillOpen };
}

/** The record of the number comes last: with it on the disk, a crash from here on can be settled. */
async function readyToCommit(run: Run): Promise<null> {
  const { xid, returned, session, cancelling } = run;
  // So late, because a migration may set it off.
  await session.send(durable('transaction'));
  await run.options.hooks.beforeCommit({ xid: xid ?? '', life: session.life, returned });
  await cancelling.disarm();
  if (cancelling.asked) throw new UserError('Cancelled.');
  return null;
}

/** Everything but COMMIT. Not null: it was ended, by us or from within. */
async function untilCommit(run: Run): Promise<Attempt | null> {
  const { options, session, watch } = run;
  const { write, timeouts } = options;
  await session.send('BEGIN');
  await session.send(setTimeouts(timeouts));
  // Before the first SELECT: under REPEATABLE READ that fixes what the checks can see.
  const { lock } = write;
  if (lock !== null) {
    await watch.during(() => session.send(lockTable(lock)));
    const { signal } = options;
    const { pid } = session;
    const still = await outlast(watch, { pid, lock, patience: timeouts.lock, signal });
    if (still.length > 0) return await stoodBack(run, still);
  }
  run.xid = (await session.rows(xidSql(session.versionNum, false)))[0]?.[0] ?? null;
  await demand(run, write.before, 'someone else changed it.');
  await refuseUsed(session.rows, write.unused ?? []);
  for (const [index, statement] of write.statements.entries()) {
    if (run.cancelling.asked) throw new UserError('Cancelled.');
    run.statement = statement;
    const results = await watch.during(() => sent(run, statement));
    run.statement = null;
    run.affected = results.at(-1)?.rowCount ?? 0;
    run.stillOpen = stillOpenIn(results.at(-1));
    if (statement.source === null) run.returned.push(...results.flatMap(returnedIds));
    const xid = (await session.rows(xidSql(session.versionNum, true)))[0]?.[0] ?? null;
    if (xid !== run.xid) return await slippedOut(run, index);
    // Now, not before the next: the checks and COMMIT, with its deferred triggers, need them too.
    await session.send(keepTimeouts(timeouts));
  }
  await demand(run, write.after, 'the statements did not do what they should.');
  return null;
}

async function sent(
  { session, options, copied }: Run,
  { sql, copyTo }: Statement,
): Promise<Awaited<ReturnType<WriteSession['send']>>> {
  if (copyTo === undefined) return session.send(sql);
  if (options.keepIn === undefined) throw new Error('there is no folder for what is copied out');
  await session.copy(sql, { folder: options.keepIn, name: copyTo });
  copied.push(join(options.keepIn, copyTo));
  return [];
}

async function demand(
  run: Run,
  checks: TransactionOptions['write']['before'],
  meaning: string,
): Promise<void> {
  const { rows } = run.session;
  const { parser, files } = run.options;
  const broken = await run.watch.during(() => firstBroken(checks, { rows, parser, files }));
  if (broken === null) return;
  throw new UserError(`${broken}: ${meaning}`, ['Read everything again and make a new plan.']);
}

interface RowsOf {
  readonly fields: readonly { readonly name: string }[];
  readonly rows: readonly unknown[];
}

/** The id of a history row, which its undo needs. What else free SQL returns is the application's. */
function returnedIds({ fields, rows }: RowsOf): ReturnedRow[] {
  const index = fields.findIndex(({ name }) => name === 'id');
  return (rows as readonly (readonly (string | null)[])[]).flatMap((row) => {
    const id = row[index] ?? '';
    return /^(?:\d+|[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})$/.test(id) ? [{ id }] : [];
  });
}

function stillOpenIn(result: RowsOf | undefined): number {
  const index = result?.fields.findIndex(({ name }) => name === 'still_open') ?? -1;
  if (result === undefined || index < 0) return 0;
  return (result.rows as readonly (readonly (string | null)[])[]).filter(
    (row) => row[index] === 't',
  ).length;
}

/** A COMMIT or ROLLBACK in a statement that the parser read otherwise than the server did. */
async function slippedOut(run: Run, index: number): Promise<Attempt> {
  const { session, xid, options } = run;
  const answer = await xactStatus(session, xid ?? '', session.life);
  await session.send('ROLLBACK');
  const count = options.write.statements.length;
  const what = `Statement ${index + 1} of ${count} ended the transaction by itself`;
  const fate =
    answer.status === 'committed'
      ? `what ran before its COMMIT, ${index === 0 ? 'in it' : `statements 1 to ${index} among it`}, is in the database for good`
      : 'what ran before its end was rolled back';
  return unknown(
    `${what}: ${fate}; what stands behind it in the same statement may be there as well. No later statement was run.`,
    [
      'Read everything again to see what is there.',
      'Take the transaction control out of the migration before it is run again.',
    ],
  );
}

/** Gives the lock back, so that who waits for it can go on, and tries again later. */
async function stoodBack(run: Run, still: readonly Blocker[]): Promise<Attempt> {
  await run.session.send('ROLLBACK');
  if (run.cancelling.asked) return failed('Cancelled. Nothing was written.');
  const next = [
    ...still.map((blocker) => `In the way: ${blockerLine(blocker)}`),
    'Wait until they are done, or ask their owners to end them; pgmedic ends nobody. Then read everything again.',
  ];
  const text =
    'A transaction that had written before pgmedic had its lock is still open: it may be the migration tool at work, which would not see what pgmedic records. Nothing was written.';
  return { ...failed(text, next), lockTimeout: true };
}

/** Ends the transaction after whatever went wrong in it, and says what that was. */
async function rolledBack(run: Run, error: unknown): Promise<Attempt> {
  const { session, options, statement } = run;
  await run.cancelling.disarm();
  const alive = await session.send('ROLLBACK').then(
    () => true,
    () => false,
  );
  if (run.cancelling.asked) return failed('Cancelled. Nothing was written.');
  if (error instanceof UserError) {
    return failed(`${error.message.replace(/\.$/, '')}. Nothing was written.`, error.next);
  }
  if (!isServerAnswer(error)) {
    if (alive) throw error;
    return settleLost(run, messageOf(error));
  }
  if (error.code === '55P03') return lockTimeout(run, error.message);
  if (error.code === '55006') {
    const used = await refuseUsed(session.rows, options.write.unused ?? []).catch(
      (found: unknown) => found,
    );
    if (used instanceof UserError)
      return failed(`${used.message}. Nothing was written.`, used.next);
  }
  const fileText = await textOf(statement, options.files);
  const { message, detail } = explainStatementError(error, statement, fileText);
  return settledAs({
    state: 'failed',
    message: `${message}. The transaction was rolled back; nothing was written.`,
    detail,
    next: adviceFor(error.code),
  });
}

function lockTimeout(run: Run, message: string): Attempt {
  const blockers = run.watch.last.map(blockerLine);
  const next = [
    ...blockers.map((line) => `In the way: ${line}`),
    'Wait until they are done, or ask their owners to end them; pgmedic ends nobody. Then run the step again.',
  ];
  const text = `${message} (after ${run.options.timeouts.lock} ms). Nothing was written.`;
  return { ...failed(text, next), lockTimeout: true };
}
