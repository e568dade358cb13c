import type { State } from '../../core/session/state.js';
import type { Body, View } from '../view.js';
import { drawUnproven } from './unproven.js';
import { drawAsking } from './asking.js';
import { drawBackup } from './backup.js';
import { drawBoard } from './board.js';
import { drawEnded, drawLeaving } from './ended.js';
import { drawFindings } from './findings.js';
import { drawPlan } from './plan.js';
import { drawPlaybooks } from './playbooks.js';
import { drawRunning } from './running.js';
import { drawResume, drawSession, drawSessions } from './sessions.js';
import { drawStep } from './step.js';
import { drawCannotLook, drawReading, drawWaiting } from './waiting.js';

/** The part between header and footer; `height` rows are there for it. */
export function drawScene(state: State, view: View, height: number): Body {
  const { scene } = state;
  switch (scene.name) {
    case 'reading':
      return drawReading(state, scene, view);
    case 'cannot-look':
      return drawCannotLook(state, scene, view);
    case 'board':
      return drawBoard(state, scene, view, height);
    case 'findings':
      return drawFindings(state, scene, view, height);
    case 'playbooks':
      return drawPlaybooks(state, scene, view, height);
    case 'sessions':
      return drawSessions(scene, view, height);
    case 'session':
      return drawSession(scene, view);
    case 'resume':
      return drawResume(scene, view);
    case 'asking':
      return drawAsking(scene, view);
    case 'planning':
      return drawWaiting('Building the plan', 'Nothing is written.', null, view);
    case 'plan':
      return drawPlan(state, scene, view);
    case 'backup':
      return drawBackup(scene, view);
    case 'unproven':
      return drawUnproven(scene, view);
    case 'rechecking':
      return drawWaiting(
        'Reading the facts again',
        'Time has passed since the plan was shown: is it still the same?',
        scene.since,
        view,
      );
    case 'step':
      return drawStep(state, view);
    case 'running':
      return drawRunning(state, scene, view);
    case 'verifying':
      return drawWaiting(
        'Verifying',
        'The facts are read again: does the migrator agree?',
        scene.since,
        view,
      );
    case 'ended':
      return drawEnded(state, view);
    case 'leaving':
      return drawLeaving(state, scene, view);
  }
}
