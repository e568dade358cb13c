import type { Move } from './move.js';
import { BACKUP_LIFE, backupAge, isAccepted, whyProofDoesNotCount } from '../backup.js';
import type { Diagnosis } from '../diagnosis.js';
import type { Plan } from '../plan.js';
import type { BoardScene, PlanScene, State } from './state.js';

/** Why the backup there is does not count for a plan that begins now; null when it does, or where there is none. */
export function whyNoLonger({ backup, writtenSinceBackup }: State, plan: Plan, at: number) {
  if (backup === null) return null;
  if (plan.undoes && isAccepted(backup)) return 'An undo needs a backup that is proven.';
  if (writtenSinceBackup) return 'Something was written since the last backup.';
  if (backupAge(backup, at) >= BACKUP_LIFE) {
    return `The last backup is older than ${BACKUP_LIFE / 60_000} minutes.`;
  }
  return whyProofDoesNotCount(backup, plan.target);
}

/** A backup that does not count for a plan that begins now is no longer there. */
export function withCountingBackup(state: State, plan: Plan, at: number): State {
  return whyNoLonger(state, plan, at) === null ? state : { ...state, backup: null };
}

/** What was read; a backup of another database than the one that answers now is no longer there. */
export function withDiagnosis(state: State, diagnosis: Diagnosis): State {
  const { target } = diagnosis.facts;
  const elsewhere =
    state.backup !== null && target !== null && whyProofDoesNotCount(state.backup, target) !== null;
  const backup = elsewhere ? null : state.backup;
  return { ...state, diagnosis, weighing: { state: 'idle' }, backup };
}

export function startBackup(state: State, goesOnTo: PlanScene | BoardScene, at: number): Move {
  return [
    { ...state, scene: { name: 'backup', since: at, progress: null, cancelling: false, goesOnTo } },
    [{ type: 'take-backup' }],
  ];
}
