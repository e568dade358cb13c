import { UserError, messageOf } from '../core/errors.js';
import type { Write } from '../core/plan.js';
import type { ParsedStatement } from '../core/sql.js';
import { adviceFor, explainStatementError, isServerAnswer } from './statement-error.js';
import { blockerLine, watchBlockers } from './write-blockers.js';
import { cancelOn } from './write-cancel.js';
import { firstBroken } from './write-checks.js';
import { leavesSomething, newLeftovers, readLeftovers, type Leftover } from './write-leftovers.js';
import type { Attempt, WriteOptions } from './write-options.js';
import { DEFAULT_PATIENCE, failed, settledAs, textOf, unknown } from './write-options.js';
import { openWriteSession, type WriteSession } from './write-session.js';
import { isStillThere, pause } from './write-status.js';
import { durable } from './write-timeouts.js';

export type StatementOptions = WriteOptions<Extract<Write, { type: 'statement' }>>;

interface Sent {
  readonly options: StatementOptions;
  readonly parsed: ParsedStatement;
  readonly session: WriteSession;
  readonly leftovers: readonly Leftover[];
  /** The `after` checks did not hold before: when they hold, the statement was done. */
  readonly telling: boolean;
}

/**
 * One statement that PostgreSQL refuses inside a transaction. There is no ROLLBACK and no
 * transaction id to ask for afterwards: the evidence is in the `after` checks alone.
 */
export async function runStatement(
  options: StatementOptions,
  parsed: ParsedStatement,
): Promise<Attempt> {
  const { url, target, timeouts, write, signal, parser, files } = options;
  if (signal?.aborted === true) return failed('Cancelled. Nothing was run.');
  const within = timeouts.statement === 0 ? 0 : timeouts.statement + 30_000;
  const session = await openWriteSession(url, target, within);
  const watch = watchBlockers(url, session.pid, options.onWaiting);
  const cancelling = cancelOn(signal, url, session.pid);
  const checks = { rows: session.rows, parser, files };
  try {
    // CONCURRENTLY waits for other transactions by design, and a lock timeout would end it half way.
    const lock = leavesSomething(parsed) ? 0 : timeouts.lock;
    await session.send(`SET lock_timeout = ${Math.trunc(lock)}`);
    await session.send(`SET statement_timeout = ${Math.trunc(timeouts.statement)}`);
    await session.send(durable('session'));
    const broken = await firstBroken(write.before, checks);
    if (broken !== null) {
      return failed(`${broken}: someone else changed it. Nothing was run.`, [
        'Read everything again and make a new plan.',
      ]);
    }
    const telling = write.after.length > 0 && (await firstBroken(write.after, checks)) !== null;
    const leftovers = leavesSomething(parsed) ? await readLeftovers(session) : [];
    const sent: Sent = { options, parsed, session, leftovers, telling };
    if (cancelling.asked) return failed('Cancelled. Nothing was run.');
    await options.hooks.beforeStatement({ telling, pid: session.pid, since: session.since });
    try {
      await watch.during(() => session.send(write.statement.sql));
    } catch (error) {
      await cancelling.disarm();
      const blockers = watch.last.map((blocker) => `In the way: ${blockerLine(blocker)}`);
      return await afterError(sent, error, cancelling.asked, blockers);
    }
    await cancelling.disarm();
    return await afterSuccess(sent);
  } catch (error) {
    return notSent(error);
  } finally {
    cancelling.close();
    await watch.close();
    await session.close();
  }
}

/** Checks, settings and the run log come first; what fails there leaves the database alone. */
function notSent(error: unknown): Attempt {
  if (error instanceof UserError) {
    return failed(`${error.message.replace(/\.$/, '')}. Nothing was run.`, error.next);
  }
  return failed(`${messageOf(error)}. Nothing was run.`, ['Read everything again.']);
}

async function afterSuccess(sent: Sent): Promise<Attempt> {
  const { options, parsed, session } = sent;
  const { parser, files, write } = options;
  const broken = await firstBroken(write.after, { rows: session.rows, parser, files }).catch(
    (error: unknown) => messageOf(error),
  );
  if (broken === null) {
    return settledAs({ state: 'done', note: `${parsed.label} ran without error`, xid: null });
  }
  return unknown(`${parsed.label} ran without error, and yet: ${broken}.`, [
    'Read everything again to see what is there.',
  ]);
}

async function afterError(
  sent: Sent,
  error: unknown,
  cancelled: boolean,
  blockers: readonly string[],
): Promise<Attempt> {
  const { options, session, parsed } = sent;
  const left = isServerAnswer(error) ? await readLeftovers(session).catch(() => null) : null;
  if (!isServerAnswer(error) || left === null) return afterLoss(sent, messageOf(error));
  const found = newLeftovers(sent.leftovers, leavesSomething(parsed) ? left : []);
  const fileText = await textOf(options.write.statement, options.files);
  const { message, detail } = explainStatementError(error, options.write.statement, fileText);
  const what = cancelled ? `Cancelled: ${parsed.label} was stopped` : message;
  const rest =
    found.length === 0
      ? 'Nothing of it is in the database'
      : `It left ${found.map((leftover) => leftover.what).join(' and ')} behind`;
  return settledAs({
    state: 'failed',
    message: `${what}. ${mayBePartial(parsed) ? 'What it had finished by then stays' : rest}.`,
    detail,
    next: [
      ...blockers,
      ...found.map((leftover) => `Take it away before running the step again: ${leftover.remedy}`),
      ...(found.length === 0 && !cancelled ? adviceFor(error.code) : []),
    ],
  });
}

/** These go table by table, each in a transaction of its own; running them again does no harm. */
function mayBePartial(parsed: ParsedStatement): boolean {
  return /^(VACUUM|CLUSTER|REINDEX (SCHEMA|SYSTEM|DATABASE))/.test(parsed.label);
}

/** The answer was lost. Only checks that did not hold before, and hold now, can tell. */
async function afterLoss(sent: Sent, why: string): Promise<Attempt> {
  const { options, parsed, session } = sent;
  const { patience = DEFAULT_PATIENCE } = options;
  let seen = 'the server could not be reached again';
  for (let left = patience.tries; left > 0; left--) {
    const look = await lookAgain(sent).catch((error: unknown) => ({
      seen: messageOf(error),
      final: false,
    }));
    if (look === 'done') {
      const note = `${parsed.label} is done: its answer was lost, the checks behind it hold`;
      return settledAs({ state: 'done', note, xid: null });
    }
    if ('ended' in look) return notDone(parsed, why, look.ended);
    seen = look.seen;
    if (look.final) break;
    if (left > 1) await pause(patience.pause);
  }
  return unknown(`The connection was lost while ${parsed.label} ran (${why}): ${seen}.`, [
    `See whether it still runs: SELECT state, query FROM pg_stat_activity WHERE pid = ${session.pid};`,
    'Wait until it has ended, then read everything again. Do not run the step again before that.',
  ]);
}

/** The server's process that ran it is gone, and the checks say that it did not come to its end. */
function notDone(parsed: ParsedStatement, why: string, left: readonly Leftover[]): Attempt {
  const rest =
    left.length === 0
      ? 'what it was to do is not there'
      : `it left ${left.map(({ what }) => what).join(' and ')} behind`;
  return failed(
    `The connection was lost while ${parsed.label} ran (${why}). It did not come to its end: ${rest}.`,
    left.length === 0
      ? ['See that the server is up and reachable, then run the step again.']
      : left.map(({ remedy }) => `Take it away before running the step again: ${remedy}`),
  );
}

type Seen =
  | 'done'
  | { readonly ended: readonly Leftover[] }
  /** `final`: looking once more would not tell more. */
  | { readonly seen: string; readonly final: boolean };

async function lookAgain(sent: Sent): Promise<Seen> {
  const { url, target, write, parser, files } = sent.options;
  const session = await openWriteSession(url, target, 30_000);
  try {
    // Asked first: what is not there once the process has gone will never be.
    const running = await isStillThere(session, sent.session);
    const broken = await firstBroken(write.after, { rows: session.rows, parser, files });
    if (sent.telling && broken === null) return 'done';
    const left = newLeftovers(sent.leftovers, await readLeftovers(session));
    if (sent.telling && !running) return { ended: left };
    const behind = left.map(({ what, remedy }) => `${what} is there (to remove it: ${remedy})`);
    const seen = [broken ?? 'no check can tell whether it was done', ...behind].join('; ');
    return { seen, final: !sent.telling };
  } finally {
    await session.close();
  }
}
