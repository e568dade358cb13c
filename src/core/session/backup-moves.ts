import type { Move } from './move.js';
import { say } from './move.js';
import type { ProvenBackup } from '../backup.js';
import { recheck } from './plan-moves.js';
import type { State } from './state.js';

/** From the board at any time; from the plan as the way to its first step. */
export function takeBackup(state: State, at: number): Move {
  const { scene } = state;
  if (scene.name !== 'board' && scene.name !== 'plan') {
    return say(state, 'A backup is taken from the board or before the first step of a plan.');
  }
  if (scene.name === 'plan' && state.backup !== null) return recheck(state, scene, at);
  return [
    {
      ...state,
      scene: { name: 'backup', since: at, progress: null, cancelling: false, goesOnTo: scene },
    },
    [{ type: 'take-backup' }],
  ];
}

export function backupProven(state: State, backup: ProvenBackup, at: number): Move {
  const { scene } = state;
  if (scene.name !== 'backup') return [{ ...state, backup }, []];
  const proven = { ...state, backup, scene: scene.goesOnTo };
  return scene.goesOnTo.name === 'plan'
    ? recheck(proven, scene.goesOnTo, at)
    : say(proven, `Backup proven: ${backup.proof}.`);
}

export function backupFailed(state: State, message: string, next: readonly string[]): Move {
  const { scene } = state;
  if (scene.name !== 'backup') return [state, []];
  return say({ ...state, scene: scene.goesOnTo }, ['No backup:', message, ...next].join(' '));
}
