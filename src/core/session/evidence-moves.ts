import type { Diagnosis } from '../diagnosis.js';
import type { Finding } from '../finding.js';
import { withDiagnosis } from './backup-counts.js';
import { onShownRow } from './cursor-moves.js';
import type { Reply } from './events.js';
import type { Move } from './move.js';
import { orderedPlaybooks } from './recommend.js';
import type { Scene, State } from './state.js';
import { firstToLookAt } from './step-moves.js';

type Weighed = Extract<Reply, { type: 'evidence-progress' | 'evidence-read' | 'evidence-failed' }>;

/** News of the look behind the board. What comes after a newer reading is not wanted any more. */
export function weighed(state: State, reply: Weighed): Move {
  const { weighing } = state;
  if (weighing.state !== 'working') return [state, []];
  switch (reply.type) {
    case 'evidence-progress':
      return [{ ...state, weighing: { ...weighing, progress: reply.progress } }, []];
    case 'evidence-failed':
      return [{ ...state, weighing: { state: 'failed', message: reply.message } }, []];
    case 'evidence-read': {
      const read = withDiagnosis(state, reply.diagnosis);
      return [{ ...read, scene: onTheSame(state, reply.diagnosis) }, []];
    }
  }
}

/** The lists are others now: the cursor stays on what it was on, since the next key may be on its way. */
function onTheSame(state: State, after: Diagnosis): Scene {
  const { scene, diagnosis: before, playbooks } = state;
  switch (scene.name) {
    case 'board': {
      // Who has not moved yet is taken to what there is to see now.
      const unmoved = before === null || scene.cursor === firstToLookAt(before);
      const cursor = unmoved ? firstToLookAt(after) : scene.cursor;
      return onShownRow({ diagnosis: after }, { ...scene, cursor });
    }
    case 'findings': {
      const here = before?.findings[scene.cursor];
      const same = ({ code, migrations }: Finding): boolean =>
        code === here?.code && migrations.join() === here.migrations.join();
      if (after.findings.length === 0) return scene.back;
      return { ...scene, cursor: Math.max(0, after.findings.findIndex(same)) };
    }
    case 'playbooks': {
      if (before === null) return scene;
      const here = orderedPlaybooks(playbooks, before)[scene.cursor];
      const cursor = orderedPlaybooks(playbooks, after).findIndex((one) => one === here);
      return { ...scene, cursor: Math.max(0, cursor) };
    }
    default:
      return scene;
  }
}
