import { UserError, messageOf } from '../core/errors.js';
import type { StepOutcome } from '../core/plan.js';
import { nextOf, outcomeText } from '../core/report/steps.js';
import { describeNextRun } from '../core/session/verdict.js';
import { oneLine } from '../core/telling/visible.js';
import type { RunLog } from '../files/run-log.js';
import { readRunLog } from '../files/run-log.js';
import type { Ground } from '../runtime/ground.js';
import { openGround } from '../runtime/ground.js';
import { operatorName } from '../runtime/identity.js';
import { proveBackup } from '../runtime/prove-backup.js';
import { saveReport } from '../runtime/sessions.js';
import { findSession, openSessionLog } from '../runtime/session-record.js';
import { runLock } from '../postgres/run-lock.js';
import { statementsOf } from '../core/telling/step-words.js';
import type { PlannedUndo } from '../runtime/undo.js';
import { lastUndo, laterSteps, startedOn, undoStep } from '../runtime/undo.js';
import { writeGround } from '../runtime/write-ground.js';
import { look } from '../runtime/parts.js';
import type { SharedOptions } from './options.js';
import { parseConfirms, refuseReadOnly } from './options.js';
import { exitCodes, print, printJson } from './output.js';
import { onSignals, tellPhases, tellWaiting } from './progress.js';

interface UndoOptions extends SharedOptions {
  readonly confirm: readonly string[];
  readonly json?: boolean;
}

/**
 * Takes one step of a session back (the last that can be, if none is named): shown first, done
 * with its own confirmation, after a backup proven now. 3: it is only shown.
 */
export async function undo(
  session: string | undefined,
  step: string | undefined,
  options: UndoOptions,
): Promise<number> {
  refuseReadOnly(options, 'undo');
  const confirms = parseConfirms(options.confirm);
  const ground = await openGround(options, process.env);
  // The environment may be marked so.
  refuseReadOnly(ground.resolved, 'undo');
  const place = await findSession(await ground.places(), session);
  const { records } = await readRunLog(place.logPath);
  const planned = lastUndo(place.id, records, step);
  const warning = laterSteps(records, planned.step);
  const digest = confirms.get(planned.id) ?? confirms.get(planned.step);
  if (digest !== planned.digest) {
    const message = `Not confirmed. To do it: pgmedic undo ${place.id} ${planned.step} --confirm ${planned.id}:${planned.digest}`;
    tell(planned, warning, { state: 'notRun', why: message }, options);
    return exitCodes.needsConfirmation;
  }
  const log = await openSessionLog(place, () => new Date());
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (): void => controller.abort();
  const unhook = onSignals(stop, stop);
  try {
    const outcome = await takeBack(ground, log, place.folder, planned, signal).catch(
      (error: unknown) => stopped(planned, signal, log, error),
    );
    const after = signal.aborted
      ? 'Stopped: what the migrator would do now was not read.'
      : await lookAfter(ground, log, signal);
    await saveReport(await ground.places(), place.id);
    tell(planned, [...warning, after], outcome, options);
    return codes[outcome.state];
  } finally {
    unhook();
    await log.close();
    await ground.close();
  }
}

const codes: Readonly<Record<StepOutcome['state'], number>> = {
  done: exitCodes.healthy,
  failed: exitCodes.findings,
  notRun: exitCodes.findings,
  unknown: exitCodes.unknownOutcome,
};

async function takeBack(
  ground: Ground,
  log: RunLog,
  folder: string,
  planned: PlannedUndo,
  signal: AbortSignal,
): Promise<StepOutcome> {
  const lock = runLock();
  try {
    const now = (): Date => new Date();
    const diagnosis = await look(ground, now, { evidence: false, signal });
    const proof = await proveBackup({
      ground,
      facts: diagnosis.facts,
      session: `undo-${now().getTime()}`,
      signal,
      now,
      onProgress: tellPhases(),
    });
    if (!('proof' in proof)) {
      throw new UserError(`The backup is not proven: ${proof.unproven}.`, [
        `It is kept: ${proof.path}`,
      ]);
    }
    const { id, digest } = planned;
    const by = operatorName(process.env);
    const confirmation = { step: id, digest, at: now().toISOString(), by, typed: null };
    const base = await writeGround({ ground, log, folder, lock, signal, ...tellWaiting('undo') });
    return await undoStep({
      ...base,
      planned,
      target: startedOn(log.records),
      confirmation,
      proof,
    });
  } finally {
    await lock.release();
  }
}

/** Told to end before the undo had begun; what fails behind its intent is not for here. */
function stopped(
  { step }: PlannedUndo,
  signal: AbortSignal,
  { records }: RunLog,
  error: unknown,
): StepOutcome {
  const last = records.at(-1);
  if (!signal.aborted || last?.type === 'undo-intent') throw error;
  const why = `Stopped before anything was taken back: step ${step} stands as it was.`;
  return { state: 'notRun', why };
}

/** What the migrator would do now, which is what the undo was for; read into the run log as well. */
async function lookAfter(ground: Ground, log: RunLog, signal: AbortSignal): Promise<string> {
  try {
    const { findings, nextRun, board } = await look(ground, () => new Date(), {
      evidence: true,
      signal,
    });
    await log.append({ type: 'diagnosed', findings, nextRun, migrations: board.length });
    return `Next run of the migrator: ${describeNextRun(nextRun)}`;
  } catch (error) {
    return `What the migrator would do now could not be read: ${messageOf(error)}`;
  }
}

function tell(
  planned: PlannedUndo,
  notes: readonly string[],
  outcome: StepOutcome,
  options: UndoOptions,
): void {
  const { undo: what, id, step, digest } = planned;
  const sql = what.type === 'sql' ? statementsOf(what.write).map((one) => `${one.sql};`) : [];
  const file = what.type === 'file' ? { path: what.path, restores: what.restores } : null;
  const message = outcomeText(outcome, true);
  if (options.json) {
    const next = nextOf(outcome);
    printJson({
      format: 1,
      id,
      step,
      digest,
      sql,
      file,
      outcome: outcome.state,
      message,
      next,
      notes,
    });
    return;
  }
  const shown = file === null ? sql : [`${file.path}: back to the bytes it had`];
  const todo = nextOf(outcome).map((line) => `  ${line}`);
  print(
    [
      `Undo of ${oneLine(step)}:`,
      ...shown.map((line) => `  ${line}`),
      message,
      ...todo,
      ...notes,
    ].join('\n'),
  );
}
