import { createHash } from 'node:crypto';
import type { AcceptedBackup, CountingBackup } from '../core/backup.js';
import { isAccepted, whyProofDoesNotCount } from '../core/backup.js';
import { digestOf } from '../core/digest.js';
import type { Confirmation, Plan, Step } from '../core/plan.js';
import type { RunLogRecord } from '../core/run-log.js';
import { readOnlyWords } from '../core/session/read-only.js';
import { fateOf } from './earlier-steps.js';

export function sha256Text(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

export interface Asked {
  readonly plan: Plan;
  readonly step: Step;
  readonly confirmation: Confirmation | null;
  readonly proof: CountingBackup | null;
  readonly records: readonly RunLogRecord[];
  readonly readOnly?: boolean;
}

/** Why a step may not run; null when it may. Nothing it is told is believed without looking. */
export function whyNot({
  plan,
  step,
  confirmation,
  proof,
  records,
  readOnly,
}: Asked): string | null {
  const planned = plan.steps.find((one) => one.id === step.id);
  if (planned === undefined) return `The plan has no step ${step.id}.`;
  const digest = digestOf(step, plan.target, sha256Text);
  if (digest !== step.digest || digest !== planned.digest) {
    return `Step ${step.id} is not what the plan shows: its digest is ${digest}, the plan says ${planned.digest}.`;
  }
  // What only looks or tells may be done as often as one likes.
  if (step.kind !== 'write' && step.kind !== 'command') return null;
  if (readOnly) return readOnlyWords;
  const again = whyNotAgain(step.id, records);
  if (again !== null) return again;
  if (proof === null) return 'No backup has been proven in this session.';
  if (isAccepted(proof) && !isReasonLogged(proof, records)) {
    return 'The backup is not proven, and the run log has no reason why it should do.';
  }
  const elsewhere = whyProofDoesNotCount(proof, plan.target);
  if (elsewhere !== null) return elsewhere;
  return whyNotConfirmed({ id: step.id, digest, risk: step.risk }, confirmation, plan.target);
}

function isReasonLogged(
  { sha256, accepted }: AcceptedBackup,
  records: readonly RunLogRecord[],
): boolean {
  if (accepted.reason.trim() === '') return false;
  return records.some(
    (one) =>
      one.type === 'backup-accepted' &&
      one.backup.sha256 === sha256 &&
      one.backup.accepted.at === accepted.at,
  );
}

/** The operator's yes has to name this step, carry this digest, and for what destroys the database's name. */
export function whyNotConfirmed(
  step: { readonly id: string; readonly digest: string; readonly risk: Step['risk'] },
  confirmation: Confirmation | null,
  target: { readonly database: string },
): string | null {
  if (confirmation === null) return `Step ${step.id} is not confirmed.`;
  if (confirmation.step !== step.id) return `The confirmation is for step ${confirmation.step}.`;
  if (confirmation.digest !== step.digest) {
    return `The confirmation is for ${confirmation.digest}, and step ${step.id} is ${step.digest}: what was shown is not what would run.`;
  }
  if (step.risk === 'destructive' && confirmation.typed !== target.database) {
    return `Step ${step.id} destroys: it needs the database's name, ${target.database}, typed.`;
  }
  return null;
}

/** What the log says of a step of the present plan; never twice, and never on top of something unknown. */
function whyNotAgain(step: string, records: readonly RunLogRecord[]): string | null {
  const plan = records.findLastIndex((record) => record.type === 'plan');
  const last = records.findLastIndex((record) => record.type === 'intent' && record.step === step);
  if (last < 0) return null;
  const fate = fateOf(records.slice(last + 1), step);
  if (fate === 'unsettled') {
    return `What became of an earlier try of step ${step} is not known. Look first: pgmedic resume`;
  }
  return fate === 'done' && last > plan ? `Step ${step} is done already.` : null;
}
