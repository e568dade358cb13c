import { withDiagnosis } from './backup-counts.js';
import type { Reply } from './events.js';
import type { Move } from './move.js';
import type { State } from './state.js';
import { firstToLookAt } from './step-moves.js';

type Weighed = Extract<Reply, { type: 'evidence-progress' | 'evidence-read' | 'evidence-failed' }>;

/** News of the look behind the board. What comes after a newer reading is not wanted any more. */
export function weighed(state: State, reply: Weighed): Move {
  const { weighing, scene } = state;
  if (weighing.state !== 'working') return [state, []];
  switch (reply.type) {
    case 'evidence-progress':
      return [{ ...state, weighing: { ...weighing, progress: reply.progress } }, []];
    case 'evidence-failed':
      return [{ ...state, weighing: { state: 'failed', message: reply.message } }, []];
    case 'evidence-read': {
      const read = withDiagnosis(state, reply.diagnosis);
      const last = Math.max(0, reply.diagnosis.board.length - 1);
      // Who has not moved yet is taken to what there is to see now.
      const before = state.diagnosis === null ? -1 : firstToLookAt(state.diagnosis);
      const moved =
        scene.name === 'board' && scene.cursor === before
          ? { ...scene, cursor: firstToLookAt(reply.diagnosis) }
          : scene;
      const shown =
        moved.name === 'board' ? { ...moved, cursor: Math.min(moved.cursor, last) } : moved;
      return [{ ...read, scene: shown }, []];
    }
  }
}
