import { reachedBefore } from '../core/backup.js';
import type { Wish } from '../core/session/events.js';
import type { State } from '../core/session/state.js';

/** What Ctrl-C means where nothing is asked. There are no keys in lines, so the first one of a proof ends the proof alone; the next one everything. */
export function interrupted({ scene }: State): Wish {
  const { progress = null } = scene.name === 'backup' ? scene : {};
  const proving =
    scene.name === 'backup' &&
    scene.goesOnTo.name === 'plan' &&
    scene.goesOnTo.plan.undoes === undefined &&
    scene.stoppingProof === undefined &&
    progress !== null &&
    reachedBefore(progress.phase) === 'read back';
  return { type: proving ? 'stop-proof' : 'cancel' };
}
