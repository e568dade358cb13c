import type { Move } from './move.js';
import { say } from './move.js';
import type { ProvenBackup } from '../backup.js';
import { whyProofDoesNotCount } from '../backup.js';
import { startBackup, whyNoLonger, withCountingBackup } from './backup-counts.js';
import { recheck } from './plan-moves.js';
import { readOnlyWords } from './read-only.js';
import type { State } from './state.js';

/** From the board at any time; from the plan as the way to its first step. */
export function takeBackup(state: State, at: number): Move {
  const { scene } = state;
  if (scene.name !== 'board' && scene.name !== 'plan') {
    return say(state, 'A backup is taken from the board or before the first step of a plan.');
  }
  if (scene.name === 'board') return startBackup(state, scene, at);
  if (state.readOnly) return say(state, readOnlyWords);
  const counting = withCountingBackup(state, scene.plan, at);
  if (counting.backup !== null) return recheck(counting, scene, at);
  const why = whyNoLonger(state, scene.plan, at);
  const notice = why === null ? state.notice : `${why} A new one is taken.`;
  return startBackup({ ...counting, notice }, scene, at);
}

/** What is proven counts for the database that was read, and for no other. */
export function backupProven(state: State, backup: ProvenBackup, at: number): Move {
  const { scene, diagnosis } = state;
  if (scene.name !== 'backup') return [state, []];
  const target = diagnosis?.facts.target ?? null;
  const elsewhere = target === null ? null : whyProofDoesNotCount(backup, target);
  if (elsewhere !== null) {
    return say({ ...state, scene: scene.goesOnTo }, `${elsewhere} It is kept: ${backup.path}`);
  }
  const proven = { ...state, backup, writtenSinceBackup: false, scene: scene.goesOnTo };
  return scene.goesOnTo.name === 'plan'
    ? recheck(proven, scene.goesOnTo, at)
    : say(proven, `Backup proven: ${backup.proof}.`);
}

export function backupFailed(state: State, message: string, next: readonly string[]): Move {
  const { scene } = state;
  if (scene.name !== 'backup' && scene.name !== 'unproven') return [state, []];
  return say({ ...state, scene: scene.goesOnTo }, ['No backup:', message, ...next].join(' '));
}
