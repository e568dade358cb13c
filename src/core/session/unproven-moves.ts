import { reachedBefore, standing, whyProofDoesNotCount, type ReadBackup } from '../backup.js';
import type { Move } from './move.js';
import { say } from './move.js';
import { recheck } from './plan-moves.js';
import type { State } from './state.js';

/** An operator who cannot wait for a proof; what is written and read back by then is kept. */
export function stopProof(state: State): Move {
  const { scene } = state;
  if (scene.name !== 'backup') return say(state, 'No proof is running.');
  if (scene.goesOnTo.name !== 'plan') {
    return say(state, 'A backup for itself is worth its proof; Ctrl-C stops it as a whole.');
  }
  if (scene.goesOnTo.plan.undoes) {
    return say(state, 'An undo needs a backup that is proven; Ctrl-C stops it as a whole.');
  }
  if (scene.cancelling || scene.stoppingProof) return say(state, 'It is being stopped.');
  const { progress } = scene;
  if (progress === null || reachedBefore(progress.phase) !== 'read back') {
    return say(state, 'The backup is not written and read back yet; Ctrl-C stops it as a whole.');
  }
  return [{ ...state, scene: { ...scene, stoppingProof: true } }, [{ type: 'stop-proof' }]];
}

/** By itself it leads nowhere: on the way to a plan the operator is asked why it should do. */
export function backupReadBack(state: State, backup: ReadBackup): Move {
  const { scene, diagnosis } = state;
  if (scene.name !== 'backup') return [state, []];
  const { goesOnTo } = scene;
  const target = diagnosis?.facts.target ?? null;
  const elsewhere = target === null ? null : whyProofDoesNotCount(backup, target);
  if (
    elsewhere !== null ||
    goesOnTo.name !== 'plan' ||
    goesOnTo.plan.undoes !== undefined ||
    scene.cancelling
  ) {
    const why = elsewhere ?? 'It does not open the way to writing.';
    const words = `Backup ${standing(backup)}. ${why} It is kept: ${backup.path}`;
    return say({ ...state, scene: goesOnTo }, words);
  }
  return [{ ...state, scene: { name: 'unproven', backup, accepting: null, goesOnTo } }, []];
}

/** The reason goes into the run log first. */
export function acceptReadBack(state: State, reason: string, at: number): Move {
  const { scene } = state;
  if (scene.name !== 'unproven') return say(state, 'There is nothing to accept here.');
  if (scene.accepting !== null) return say(state, 'The reason is being written down.');
  if (reason.trim() === '') {
    return say(state, 'It takes a reason: it stands in the run log and in the report.');
  }
  const accepted = {
    reason: reason.trim(),
    by: state.operator,
    at: new Date(at).toISOString(),
  };
  const accepting = { ...scene.backup, accepted };
  return [
    { ...state, scene: { ...scene, accepting } },
    [{ type: 'accept-backup', backup: accepting }],
  ];
}

export function backupAccepted(state: State, at: number): Move {
  const { scene } = state;
  if (scene.name !== 'unproven' || scene.accepting === null) return [state, []];
  const { accepting, goesOnTo } = scene;
  return recheck(
    { ...state, backup: accepting, writtenSinceBackup: false, scene: goesOnTo },
    goesOnTo,
    at,
  );
}
