import { UserError } from '../core/errors.js';
import type { StepOutcome } from '../core/plan.js';
import { outcomeText } from '../core/report/markdown.js';
import type { RunLogRecord } from '../core/run-log.js';
import type { RunLog } from '../files/run-log.js';
import { readRunLog } from '../files/run-log.js';
import type { Ground } from '../runtime/ground.js';
import { openGround } from '../runtime/ground.js';
import { operatorName } from '../runtime/identity.js';
import { proveBackup } from '../runtime/prove-backup.js';
import { findSession, openSessionLog } from '../runtime/session-record.js';
import type { PlannedUndo } from '../runtime/undo.js';
import { planUndo, undoStep } from '../runtime/undo.js';
import { writeGround } from '../runtime/write-ground.js';
import { look } from '../runtime/parts.js';
import type { SharedOptions } from './options.js';
import { parseConfirms } from './options.js';
import { exitCodes, print, printJson } from './output.js';

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
  const confirms = parseConfirms(options.confirm);
  const ground = await openGround(options, process.env);
  const place = await findSession(await ground.places(), session);
  const { records } = await readRunLog(place.logPath);
  const planned = choose(records, step);
  const digest = confirms.get(planned.id) ?? confirms.get(planned.step);
  if (digest !== planned.digest) {
    const message = `Not confirmed. To do it: pgmedic undo ${place.id} ${planned.step} --confirm ${planned.id}:${planned.digest}`;
    tell(planned, { state: 'notRun', why: message }, options);
    return exitCodes.needsConfirmation;
  }
  const log = await openSessionLog(place, () => new Date());
  try {
    const outcome = await takeBack(ground, log, place.folder, planned);
    tell(planned, outcome, options);
    return codes[outcome.state];
  } finally {
    await log.close();
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
): Promise<StepOutcome> {
  const controller = new AbortController();
  const stop = (): void => controller.abort();
  process.on('SIGINT', stop);
  try {
    const { signal } = controller;
    const now = (): Date => new Date();
    const diagnosis = await look(ground, now, signal);
    const proof = await proveBackup({
      ground,
      facts: diagnosis.facts,
      session: `undo-${now().getTime()}`,
      signal,
      now,
      onProgress: () => {},
    });
    await log.append({ type: 'backup-proven', backup: proof });
    const { id, digest } = planned;
    const by = operatorName(process.env);
    const confirmation = { step: id, digest, at: now().toISOString(), by, typed: null };
    const base = await writeGround({ ground, log, folder, signal });
    return await undoStep({ ...base, planned, target: targetOf(log.records), confirmation, proof });
  } finally {
    process.off('SIGINT', stop);
  }
}

function targetOf(records: readonly RunLogRecord[]) {
  const started = records.find((record) => record.type === 'session-started');
  if (started === undefined)
    throw new UserError('The run log does not say which database it was for.');
  return started.target;
}

/** The step that is named, or the last one that was done and not taken back. */
function choose(records: readonly RunLogRecord[], step: string | undefined): PlannedUndo {
  const target = targetOf(records);
  if (step !== undefined) return planUndo(records, step, target);
  const begun = records.flatMap((record) =>
    record.type === 'intent' && record.write !== null ? [record.step] : [],
  );
  let why: unknown = new UserError('This session wrote nothing.');
  for (const candidate of begun.reverse()) {
    try {
      return planUndo(records, candidate, target);
    } catch (error) {
      why = error;
      // Steps are taken back from the last one; one that was undone already makes way for the one before.
      if (!(error instanceof UserError) || !error.message.includes('taken back already')) break;
    }
  }
  throw why;
}

function tell(planned: PlannedUndo, outcome: StepOutcome, options: UndoOptions): void {
  const { undo: what, id, step, digest } = planned;
  const sql = what.type === 'sql' ? what.write.statements.map((one) => `${one.sql};`) : [];
  const file = what.type === 'file' ? { path: what.path, restores: what.restores } : null;
  const message = outcomeText(outcome, true);
  if (options.json) {
    printJson({ format: 1, id, step, digest, sql, file, outcome: outcome.state, message });
    return;
  }
  const shown = file === null ? sql : [`${file.path}: back to the bytes it had`];
  print([`Undo of ${step}:`, ...shown.map((line) => `  ${line}`), message].join('\n'));
}
