import { messageOf } from '../core/errors.js';
import { explainStatementError, isServerAnswer } from './statement-error.js';
import { firstBroken } from './write-checks.js';
import type { Attempt } from './write-options.js';
import { DEFAULT_PATIENCE, failed, settledAs, unknown } from './write-options.js';
import { openWriteSession } from './write-session.js';
import { askXactStatus, xactStatus, type XactAnswer } from './write-status.js';
import type { Run } from './write-transaction.js';

/** Sends COMMIT and believes only the server's own word for what came of it. */
export async function commit(run: Run): Promise<Attempt> {
  const { session, xid, returned } = run;
  let tag: string | undefined;
  try {
    [{ command: tag } = { command: undefined }] = await session.send('COMMIT');
  } catch (error) {
    return isServerAnswer(error) ? refused(run, error) : settleLostCommit(run, messageOf(error));
  }
  if (tag === 'COMMIT') {
    return settledAs({ state: 'done', note: `committed as transaction ${xid}`, xid }, returned);
  }
  // A failed transaction answers COMMIT with ROLLBACK, and with no error.
  return failed(`The server answered COMMIT with ${tag}: rolled back. Nothing was written.`, [
    'Read everything again and make a new plan.',
  ]);
}

/** An error in answer to COMMIT: a deferred constraint, as a rule. The server is asked all the same. */
async function refused(run: Run, error: Parameters<typeof explainStatementError>[0]) {
  const { session, xid } = run;
  const answer = await xactStatus(session, xid ?? '', session.life).catch(() => null);
  if (answer?.status !== 'aborted') return settleLostCommit(run, error.message);
  const { message, detail } = explainStatementError(error, null, null);
  return settledAs({
    state: 'failed',
    message: `${message}, found at COMMIT. The transaction was rolled back; nothing was written.`,
    detail,
    next: ['A constraint is checked only at COMMIT: put right the rows it names.'],
  });
}

/** The connection went away with COMMIT under way: only the server knows. */
async function settleLostCommit(run: Run, why: string): Promise<Attempt> {
  const answer = await ask(run);
  const { xid, options, returned } = run;
  const lost = `The connection was lost while COMMIT was under way (${why})`;
  if (answer.status === 'aborted') {
    return failed(`${lost}, and transaction ${xid} was rolled back. Nothing was written.`, [
      'Run the step again.',
    ]);
  }
  if (answer.status === 'committed') {
    const broken = await afterChecksBroken(run);
    if (broken === null && (answer.sameLife || options.write.after.length > 0)) {
      const note = `committed as transaction ${xid}: its answer was lost, the server confirmed it`;
      return settledAs({ state: 'done', note, xid }, returned);
    }
  }
  return unknown(`${lost}: ${unsettled(answer, xid)}.`, stepsToSettle(run));
}

/** The connection went away before COMMIT was sent: nothing can have been committed. */
export async function settleLost(run: Run, why: string): Promise<Attempt> {
  const lost = `The connection was lost before COMMIT (${why})`;
  const next = ['See that the server is up and reachable, then run the step again.'];
  if (run.xid === null) return failed(`${lost}. Nothing was written.`, next);
  const answer = await ask(run);
  switch (answer.status) {
    case 'aborted':
      return failed(
        `${lost}, and transaction ${run.xid} was rolled back. Nothing was written.`,
        next,
      );
    case 'committed':
      // Only a COMMIT hidden in a statement can have done this.
      return unknown(`${lost}, and yet ${unsettled(answer, run.xid)}.`, stepsToSettle(run));
    case 'in progress':
      return failed(
        `${lost}. Nothing is written: the server still runs the statement (pid ${run.session.pid}) and rolls it back when that ends.`,
        next,
      );
    case 'unknown':
      return failed(`${lost}. COMMIT was never sent, so nothing is written.`, next);
  }
}

function ask(run: Run): Promise<XactAnswer> {
  const { url, target, patience = DEFAULT_PATIENCE } = run.options;
  return askXactStatus({ url, target, xid: run.xid ?? '', life: run.session.life, patience });
}

/** A server that crashed may have given the number to another transaction: the result has to be there too. */
async function afterChecksBroken(run: Run): Promise<string | null> {
  const { url, target, write, parser, files } = run.options;
  if (write.after.length === 0) return null;
  try {
    const session = await openWriteSession(url, target, 30_000);
    try {
      return await firstBroken(write.after, { rows: session.rows, parser, files });
    } finally {
      await session.close();
    }
  } catch (error) {
    return messageOf(error);
  }
}

function unsettled(answer: XactAnswer, xid: string | null): string {
  switch (answer.status) {
    case 'in progress':
      return `transaction ${xid} is still in progress`;
    case 'committed':
      return `the server says that transaction ${xid} is committed, but what it should have left is not all there`;
    case 'aborted':
      return `transaction ${xid} was rolled back`;
    case 'unknown':
      return `what became of transaction ${xid} cannot be told: ${answer.why.replace(/\.$/, '')}`;
  }
}

function stepsToSettle(run: Run): readonly string[] {
  const call = run.session.versionNum >= 130000 ? 'pg_xact_status' : 'txid_status';
  return [
    `Ask the server: SELECT ${call}('${run.xid}');  committed: it is done; aborted: nothing was written.`,
    'Then run pgmedic resume, which asks the same and goes on from there. Do not run the step again before that.',
  ];
}
