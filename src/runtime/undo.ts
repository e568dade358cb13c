import {
  type BackedUp,
  type CountingBackup,
  isAccepted,
  type ProvenBackup,
  whyProofDoesNotCount,
} from '../core/backup.js';
import { canonical } from '../core/digest.js';
import { UserError } from '../core/errors.js';
import type {
  Check,
  Confirmation,
  PlanTarget,
  Statement,
  StepOutcome,
  Undo,
  Write,
} from '../core/plan.js';
import type { ReturnedRow, RunLogRecord, UndoWrite } from '../core/run-log.js';
import { undoFileEdit } from '../files/edit.js';
import { executeWrite } from '../postgres/writer.js';
import { sha256Text, whyNotConfirmed } from './step-guard.js';
import { readOnlyWords } from '../core/session/read-only.js';
import { oneLine } from '../core/telling/visible.js';
import { lockedAt } from './standing.js';
import type { WriteGround } from './step-parts.js';
import { loggingHooks, recorded, writerOptions } from './step-parts.js';

/** An undo as it is shown and confirmed, like a step. */
export interface PlannedUndo {
  /** `undo:` and the step's id; the confirmation names this. */
  readonly id: string;
  readonly step: string;
  readonly digest: string;
  readonly undo: UndoWrite;
}

/**
 * What would take a step back, from the run log alone.
 * @throws UserError when the step was not done, is taken back already, or has no undo
 */
export function planUndo(
  records: readonly RunLogRecord[],
  step: string,
  target: PlanTarget,
): PlannedUndo {
  const from = records.findLastIndex((record) => record.type === 'intent' && record.step === step);
  const intent = records[from];
  if (intent?.type !== 'intent') throw new UserError(`This session ran no step ${step}.`);
  const after = records.slice(from + 1);
  refuseUnlessDone(after, step);
  const undo = undoOf(intent.write, returnedBy(after, step), step);
  const digest = sha256Text(canonical({ undo: step, write: undo, target })).slice(0, 16);
  return { id: `undo:${step}`, step, digest, undo };
}

/**
 * The undo of the step that is named, or of the last one that was done and not taken back.
 * @throws UserError when there is none
 */
export function lastUndo(
  session: string,
  records: readonly RunLogRecord[],
  step?: string,
): PlannedUndo {
  const target = startedOn(records);
  if (step !== undefined) return planUndo(records, step, target);
  const begun = records.flatMap((record) =>
    record.type === 'intent' && record.write !== null ? [record.step] : [],
  );
  let why: unknown = new UserError(`Session ${session} wrote nothing.`, [
    'Name another one: pgmedic sessions lists them.',
  ]);
  for (const candidate of begun.reverse()) {
    try {
      return planUndo(records, candidate, target);
    } catch (error) {
      why = error;
      // Steps are taken back from the last one; where nothing is in place, the one before is next.
      if (!(error instanceof UserError) || !/taken back already|was not done/.test(error.message)) {
        break;
      }
    }
  }
  throw why;
}

/** The database that a session was for. @throws UserError when its log does not say so */
export function startedOn(records: readonly RunLogRecord[]): PlanTarget {
  const started = records.find((record) => record.type === 'session-started');
  if (started === undefined) {
    throw new UserError('The run log does not say which database it was for.');
  }
  return started.target;
}

/** Steps that came after and are still in place: they may rest on the one that is taken back. */
export function laterSteps(records: readonly RunLogRecord[], step: string): readonly string[] {
  const from = records.findLastIndex((one) => one.type === 'intent' && one.step === step);
  const undone = records.flatMap((one) =>
    one.type === 'undo-outcome' && one.outcome.state === 'done' ? [one.step] : [],
  );
  const later = records.slice(from + 1).flatMap((one, index, after) => {
    if (one.type !== 'intent' || one.write === null || undone.includes(one.step)) return [];
    const end = after.slice(index).find((two) => two.type === 'outcome' && two.step === one.step);
    return end?.type === 'outcome' && end.outcome.state === 'done' ? [one.step] : [];
  });
  if (later.length === 0) return [];
  return [`Warning: done after it, and still in place: ${oneLine(later.join(', '))}.`];
}

/** Takes a step back if the world is as the step left it. Written down like a step. */
export async function undoStep(
  options: WriteGround & {
    readonly planned: PlannedUndo;
    readonly target: PlanTarget;
    readonly confirmation: Confirmation | null;
    readonly proof: CountingBackup | null;
  },
): Promise<StepOutcome> {
  const { planned, target, confirmation, proof, log, lock, root, keepIn } = options;
  const { id, step, digest, undo } = planned;
  if (options.readOnly) return { state: 'notRun', why: readOnlyWords };
  if (proof === null || isAccepted(proof)) {
    return { state: 'notRun', why: 'No backup has been proven in this session.' };
  }
  const elsewhere = whyProofDoesNotCount(proof, liveNow(undo, target, proof.target));
  if (elsewhere !== null) return { state: 'notRun', why: elsewhere };
  if (planUndo(log.records, step, target).digest !== digest) {
    return { state: 'notRun', why: `The undo of ${step} is not what was shown.` };
  }
  const why = whyNotConfirmed({ id, digest, risk: 'reversible' }, confirmation, target);
  if (why !== null || confirmation === null) return { state: 'notRun', why: why ?? '' };
  await lock.hold(lockedAt(options.url, undo.type === 'sql' ? undo.write : null));
  if (!isLogged(proof, log.records)) await log.append({ type: 'backup-proven', backup: proof });
  await log.append({ type: 'undo-intent', step, digest, confirmation, undo });
  const outcome =
    undo.type === 'file'
      ? await undoFileEdit({ root, undo, keepIn })
      : (
          await executeWrite({
            ...writerOptions(options),
            target,
            write: undo.write,
            hooks: loggingHooks(log, id),
          })
        ).outcome;
  return recorded(outcome, () => log.append({ type: 'undo-outcome', step, outcome }));
}

function isLogged(proof: ProvenBackup, records: readonly RunLogRecord[]): boolean {
  return records.some(
    (one) => one.type === 'backup-proven' && one.backup.provenAt === proof.provenAt,
  );
}

/** After databases were renamed, another one of the same server has the name that the plan was made for. */
export function liveNow(
  undo: UndoWrite,
  target: PlanTarget,
  live: Pick<BackedUp, 'identity'>,
): PlanTarget {
  const renames = undo.type === 'sql' && undo.write.in !== undefined;
  const server = (one: { readonly identity: string | null }): string | undefined =>
    one.identity?.split('/')[0];
  return renames && server(target) === server(live)
    ? { ...target, identity: live.identity }
    : target;
}

function refuseUnlessDone(after: readonly RunLogRecord[], step: string): void {
  const look = ['Look first: pgmedic resume'];
  const end = after.findLast(
    (record) => (record.type === 'outcome' || record.type === 'resolved') && record.step === step,
  );
  const done =
    (end?.type === 'outcome' && end.outcome.state === 'done') ||
    (end?.type === 'resolved' && end.state.state === 'committed');
  const unsettled =
    end === undefined ||
    (end.type === 'outcome' && end.outcome.state === 'unknown') ||
    (end.type === 'resolved' && end.state.state === 'unknown');
  if (unsettled) throw new UserError(`What became of step ${step} is not known.`, look);
  if (!done) throw new UserError(`Step ${step} was not done: there is nothing to take back.`);
  const undone = after.findLast(
    (record) =>
      ((record.type === 'undo-intent' || record.type === 'undo-outcome') && record.step === step) ||
      (record.type === 'resolved' && record.step === `undo:${step}`),
  );
  if (undone === undefined) return;
  const state =
    undone.type === 'undo-outcome'
      ? undone.outcome.state
      : undone.type === 'resolved'
        ? undone.state.state
        : 'unknown';
  if (state === 'done' || state === 'committed') {
    throw new UserError(`Step ${step} has been taken back already.`);
  }
  if (state === 'unknown')
    throw new UserError(`What became of the undo of ${step} is not known.`, look);
}

/** Rows noted with the transaction id are there even when the outcome was never written down. */
function returnedBy(after: readonly RunLogRecord[], step: string): readonly ReturnedRow[] {
  const record = after.findLast((one) => one.type === 'xid' && one.step === step);
  return record?.type === 'xid' ? record.returned : [];
}

function undoOf(write: Write | null, returned: readonly ReturnedRow[], step: string): UndoWrite {
  if (write === null) throw new UserError(`Step ${step} wrote nothing that pgmedic could undo.`);
  if (write.type === 'file') {
    const { path, before, afterSha256 } = write;
    return { type: 'file', path, expects: afterSha256, restores: before };
  }
  if (write.undo.type === 'none') {
    throw new UserError(`Step ${step} cannot be taken back: ${write.undo.why}`, [
      'What can be restored is in the backup.',
    ]);
  }
  const fill = (text: string): string => filled(text, returned);
  const before = write.undo.before.map((check) => filledCheck(check, fill));
  const none: Undo = { type: 'none', why: 'it is an undo itself' };
  if (write.undo.type === 'statement') {
    const { in: at, statement, after } = write.undo;
    return {
      type: 'sql',
      write: { type: 'statement', in: at, before, statement, after, undo: none },
    };
  }
  const { lock, statements, in: at, unused } = write.undo;
  return {
    type: 'sql',
    write: {
      type: 'transaction',
      ...(at && { in: at }),
      ...(unused && { unused }),
      lock,
      before,
      statements: statements.map((statement): Statement => ({
        ...statement,
        sql: fill(statement.sql),
      })),
      after: [],
      undo: none,
    },
  };
}

function filledCheck(check: Check, fill: (text: string) => string): Check {
  if (check.type !== 'sql') return check;
  const expect = check.expect.map((row) => row.map((value) => value && fill(value)));
  return { ...check, sql: fill(check.sql), expect };
}

/**
 * `{{returned:id}}`: the id that the insert got; `{{returned:id:2}}`: the second insert.
 * Digits or a UUID only, since it becomes part of SQL.
 */
function filled(text: string, returned: readonly ReturnedRow[]): string {
  return text.replaceAll(/\{\{returned:(\w+?)(?::(\d+))?\}\}/g, (_, column: string, nth = '1') => {
    const values = returned.flatMap((row) => row[column] ?? []);
    const value = values[Number(nth) - 1] ?? '';
    if (/^\d+$/.test(value)) return value;
    if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(value)) return `'${value}'`;
    throw new UserError(`The ${column} that the step was given is not in the run log.`, [
      'Take the row back by hand; the run log shows what was inserted.',
    ]);
  });
}
