import type { Check, PlanTarget, Step, Write } from '../core/plan.js';
import type { RunLogRecord, StepState, UndoWrite } from '../core/run-log.js';
import type { RunLog } from '../files/run-log.js';
import type { Leftover } from '../postgres/write-leftovers.js';
import type { XactAnswer } from '../postgres/write-status.js';

/** How the world is looked at; read-only. `at`: from another database of the plan's server. */
export interface World {
  xactStatus(xid: string, life: string, at?: PlanTarget): Promise<XactAnswer>;
  /** Whether the server's process is still there; null when that cannot be found out. */
  isRunning(
    process: { readonly pid: number; readonly since: string },
    at?: PlanTarget,
  ): Promise<boolean | null>;
  /** Whether all of them hold; null when that cannot be found out. */
  holds(checks: readonly Check[], at?: PlanTarget): Promise<boolean | null>;
  /** What statements that did not come to their end have left; null when that cannot be found out. */
  leftovers(): Promise<readonly Leftover[] | null>;
  /** sha256 of a file's bytes; null when there is none. */
  fileSha(path: string): Promise<string | null>;
}

export interface StepStanding {
  /** The step's id, with `undo:` in front for its undo. */
  readonly step: string;
  readonly state: StepState;
  /** The log ends without an outcome for it, or with an unknown one: the world was asked. */
  readonly looked: boolean;
}

type Begun = Extract<RunLogRecord, { type: 'intent' | 'undo-intent' }>;

/**
 * Where every step of the last plan stands, and every other that was begun: from the run log,
 * and where that ends too early by looking at the world.
 */
export async function stateOfSteps(
  records: readonly RunLogRecord[],
  world: World,
): Promise<readonly StepStanding[]> {
  const plan = records.findLast((record) => record.type === 'plan')?.plan;
  const begun = new Map<string, number>();
  records.forEach((record, index) => {
    if (record.type === 'intent' || record.type === 'undo-intent') begun.set(nameOf(record), index);
  });
  const standings: StepStanding[] = [];
  for (const [step, index] of begun) {
    const record = records[index] as Begun;
    const after = records.slice(index + 1);
    const told = toldBy(after, step);
    const kind = plan?.steps.find(({ id }) => id === record.step)?.kind;
    const state = told ?? (await look(record, kind, after, step, world));
    standings.push({ step, state, looked: told === null });
  }
  for (const { id } of plan?.steps ?? []) {
    if (!begun.has(id)) standings.push({ step: id, state: notDone('never begun'), looked: false });
  }
  return standings;
}

/** The same, and what the world said is written down, so that steps can go on or be undone. */
export async function resolveSteps(log: RunLog, world: World): Promise<readonly StepStanding[]> {
  const standings = await stateOfSteps(log.records, world);
  for (const { step, state, looked } of standings) {
    if (looked) await log.append({ type: 'resolved', step, state });
  }
  return standings;
}

function nameOf(record: Begun): string {
  return record.type === 'intent' ? record.step : `undo:${record.step}`;
}

const notDone = (why: string): StepState => ({ state: 'not done', why });
const committed = (why: string): StepState => ({ state: 'committed', why });
const unknown = (why: string): StepState => ({ state: 'unknown', why });

/** What the log itself says; null when it does not, or says unknown. */
function toldBy(after: readonly RunLogRecord[], step: string): StepState | null {
  const end = after.findLast(
    (record) =>
      (record.type === 'outcome' && record.step === step) ||
      (record.type === 'undo-outcome' && `undo:${record.step}` === step) ||
      (record.type === 'resolved' && record.step === step),
  );
  if (end?.type === 'resolved') return end.state.state === 'unknown' ? null : end.state;
  if (end?.type !== 'outcome' && end?.type !== 'undo-outcome') return null;
  switch (end.outcome.state) {
    case 'done':
      return committed(end.outcome.note);
    case 'failed':
      return notDone(end.outcome.message);
    case 'notRun':
      return notDone(end.outcome.why);
    case 'unknown':
      return null;
  }
}

async function look(
  record: Begun,
  kind: Step['kind'] | undefined,
  after: readonly RunLogRecord[],
  step: string,
  world: World,
): Promise<StepState> {
  const write: Write | UndoWrite | null = record.type === 'intent' ? record.write : record.undo;
  if (write === null) {
    return kind === 'command' || kind === undefined
      ? unknown('it ran a command of the team: only they can tell what came of it')
      : notDone('it had begun, and writes nothing');
  }
  if (write.type === 'file') {
    const [old, fresh] =
      'expects' in write ? [write.expects, write.restores] : [write.before, write.afterSha256];
    return lookAtFile(write.path, old, fresh, world);
  }
  const sql = write.type === 'sql' ? write.write : write;
  if (sql.type === 'statement') return lookAtStatement(sql, after, step, world);
  if (sql.type === 'batches') return lookAtBatches(sql, after, step, world);
  if (sql.type === 'restore') return lookAtRestore(sql, after, step, world);
  return lookAtTransaction(sql, after, step, world);
}

async function lookAtFile(
  path: string,
  old: string | null,
  fresh: string | null,
  world: World,
): Promise<StepState> {
  const now = await world.fileSha(path);
  if (now === fresh) return committed(`${path} has the new content`);
  if (now === old) return notDone(`${path} is as it was`);
  return unknown(`${path} is neither what it was nor what was to be written: look at it`);
}

async function lookAtTransaction(
  write: Extract<Write, { type: 'transaction' }>,
  after: readonly RunLogRecord[],
  step: string,
  world: World,
): Promise<StepState> {
  const number = after.findLast((record) => record.type === 'xid' && record.step === step);
  if (number?.type !== 'xid') {
    // Except where a statement ended the transaction by itself, which the outcome says.
    const ended = after.some((record) => record.type === 'outcome' && record.step === step);
    return ended
      ? byEvidence(write, 'a statement ended the transaction by itself', world)
      : notDone('COMMIT had not been sent');
  }
  const { xid, life } = number;
  const answer = await world.xactStatus(xid, life, write.in);
  switch (answer.status) {
    case 'aborted':
      return notDone(`the server says that transaction ${xid} was rolled back`);
    case 'in progress':
      return unknown(`transaction ${xid} is still in progress: look again when it has ended`);
    case 'committed':
      if (answer.sameLife) return committed(`the server says that transaction ${xid} is committed`);
      return byEvidence(write, `the server was restarted since transaction ${xid}`, world);
    case 'unknown':
      return byEvidence(write, `transaction ${xid}: ${answer.why.replace(/\.$/, '')}`, world);
  }
}

async function lookAtStatement(
  write: Extract<Write, { type: 'statement' }>,
  after: readonly RunLogRecord[],
  step: string,
  world: World,
): Promise<StepState> {
  const sent = after.findLast((record) => record.type === 'sent' && record.step === step);
  if (sent?.type !== 'sent') return notDone('the statement had not been sent');
  const { telling, pid, since } = sent;
  // Asked first: what is not there once the process has gone will never be.
  const known = pid !== undefined && since !== undefined;
  const running = telling && known ? await world.isRunning({ pid, since }, write.in) : null;
  const holds = telling ? await world.holds(write.after, write.in) : null;
  if (holds === true) return committed('what it was to do is there');
  if (holds === false && running === false) {
    const left = (await world.leftovers()) ?? [];
    const lines = left.map(({ what, remedy }) => `; there is ${what}, to be removed: ${remedy}`);
    return notDone(
      `it did not come to its end, and what it was to do is not there${lines.join('')}`,
    );
  }
  if (running === true) {
    return unknown(`it is still running (server process ${pid}): look again when it has ended`);
  }
  return unknown('it was sent, and no check can tell what came of it: it may still be running');
}

/** What is left to do says how far it came; a batch may still be running. */
async function lookAtBatches(
  write: Extract<Write, { type: 'batches' }>,
  after: readonly RunLogRecord[],
  step: string,
  world: World,
): Promise<StepState> {
  const number = after.findLast((record) => record.type === 'xid' && record.step === step);
  if (number?.type !== 'xid') return notDone('no batch had been sent to be committed');
  const answer = await world.xactStatus(number.xid, number.life);
  if (answer.status === 'in progress') {
    return unknown(`its last batch, transaction ${number.xid}, is still in progress: look again`);
  }
  const done = write.after.length === 0 ? null : await world.holds(write.after);
  if (done === null) return unknown('no check can tell whether rows are left');
  return done
    ? committed('no row is left')
    : notDone(`it stopped between two batches: ${batchesDone(after, step, answer.status)}`);
}

/** Each batch has its record before its COMMIT; only of the last one it is not said by the next. */
function batchesDone(
  after: readonly RunLogRecord[],
  step: string,
  last: 'committed' | 'aborted' | 'unknown',
): string {
  const sent = new Set(
    after.flatMap((record) => (record.type === 'xid' && record.step === step ? [record.xid] : [])),
  ).size;
  const done = last === 'committed' ? sent : sent - 1;
  const open = last === 'unknown' ? ', of one more it is not known' : '';
  return `${done} ${done === 1 ? 'batch is' : 'batches are'} committed and ${done === 1 ? 'stays' : 'stay'}${open}; begun anew, it goes on with the rows that are left`;
}

/** Checks can tell only where those before and those behind the write say different things. */
async function byEvidence(
  write: Extract<Write, { type: 'transaction' }>,
  why: string,
  world: World,
): Promise<StepState> {
  const evidence = (checks: readonly Check[]): readonly Check[] =>
    checks.filter(({ type }) => type === 'sql' || type === 'schema');
  const [before, behind] = [evidence(write.before), evidence(write.after)];
  if (before.length > 0 && behind.length > 0) {
    const was = await world.holds(before, write.in);
    const is = await world.holds(behind, write.in);
    if (is === true && was === false) return committed(`${why}, and what it was to write is there`);
    if (was === true && is === false) return notDone(`${why}, and all is as before the step`);
  }
  return unknown(`${why}, and no check can tell whether it was done`);
}

/** The new database has its name only when all is in it. */
async function lookAtRestore(
  write: Extract<Write, { type: 'restore' }>,
  after: readonly RunLogRecord[],
  step: string,
  world: World,
): Promise<StepState> {
  const { in: at, database, working } = write;
  const mine = after.filter((record) => 'step' in record && record.step === step);
  const number = mine.findLast((record) => record.type === 'xid');
  if (number?.type === 'xid') {
    const { status } = await world.xactStatus(number.xid, number.life, at);
    if (status === 'in progress') {
      return unknown(
        `transaction ${number.xid} is still in progress: look again when it has ended`,
      );
    }
    const there = await world.holds(write.after, at);
    if (there === null) return unknown(`whether ${database} is there could not be found out`);
    if (there) return committed(`${database} is there, restored to its end`);
  }
  const sent = mine.findLast((record) => record.type === 'sent');
  if (sent?.type !== 'sent') return notDone('the new database had not been made');
  const remedy = `When nothing works in it any more, it can be dropped: DROP DATABASE "${working.replaceAll('"', '""')}"`;
  // Asked first: CREATE DATABASE goes on where nobody waits for it, and shows only at its end.
  const { pid, since } = sent;
  const known = pid !== undefined && since !== undefined;
  const running = known ? await world.isRunning({ pid, since }, at) : null;
  if (running === true) {
    return unknown(
      `${working} is still being made (server process ${pid}): look again when that has ended. ${remedy}`,
    );
  }
  // The first two say that its names are free.
  const clear = await world.holds(write.before.slice(0, 2), at);
  if (clear === true && running === false) {
    return notDone(`there is no database ${database}, and nothing is left of it`);
  }
  return notDone(
    `${database} was not restored to its end; ${clear === false ? `look for ${working}` : `${working} may be left`}, which holds a part of the backup. ${remedy}`,
  );
}
