import type { State } from '../core/session/state.js';
import { currentStep } from '../core/session/step-moves.js';

/**
 * What belongs to the screen alone and decides nothing: how far the text is scrolled, which
 * answer the cursor stands on, what has been typed so far. It is for one scene and begins
 * anew with the next.
 */
export interface Local {
  readonly scene: string;
  readonly help: boolean;
  /** First row shown of the text that scrolls. */
  readonly scroll: number;
  /** The choice under the cursor; -1: none yet. */
  readonly choice: number;
  readonly typed: string;
}

export type UiAction =
  | { readonly type: 'ui-help'; readonly open: boolean }
  /** In rows, or in windows. */
  | { readonly type: 'ui-scroll'; readonly by: number; readonly unit: 'row' | 'window' }
  | { readonly type: 'ui-choice'; readonly by: number }
  | { readonly type: 'ui-type'; readonly text: string }
  | { readonly type: 'ui-erase'; readonly all: boolean }
  /** The page of the drill, over the scene. */
  | { readonly type: 'ui-drill'; readonly open: boolean }
  | { readonly type: 'ui-hint' };

/** How far the text of the scene can be scrolled, as drawn now. */
export interface ScrollRange {
  readonly window: number;
  readonly last: number;
}

/** The longest that may be typed: a name of PostgreSQL has 63 bytes, a reason is a sentence. */
const LONGEST = 300;

/** The local part that goes with this state: the given one, or a fresh one when the scene has changed. */
export function localFor(state: State, local: Local | null): Local {
  const scene = sceneKey(state);
  return local?.scene === scene ? local : fresh(state, scene);
}

function sceneKey(state: State): string {
  const { scene } = state;
  switch (scene.name) {
    case 'step':
      return `step ${state.runs.length} ${scene.index} ${currentStep(state)?.step.digest}`;
    case 'asking':
      return `asking ${scene.playbook.name} ${scene.index}`;
    case 'findings':
    case 'playbooks':
      return `${scene.name} ${scene.cursor}`;
    default:
      return scene.name;
  }
}

function fresh(state: State, scene: string): Local {
  const question = state.scene.name === 'asking' ? state.scene.asks[state.scene.index] : undefined;
  const choices = question?.choices ? Object.keys(question.choices) : [];
  return {
    scene,
    help: false,
    scroll: 0,
    choice: choices.indexOf(question?.suggested ?? ''),
    typed: question?.choices === null ? (question.suggested ?? '') : '',
  };
}

export function updateLocal(
  state: State,
  given: Local,
  action: UiAction,
  range: ScrollRange,
): Local {
  const local = localFor(state, given);
  switch (action.type) {
    case 'ui-help':
      return { ...local, help: action.open, scroll: 0 };
    case 'ui-drill':
      return { ...local, scroll: 0 };
    case 'ui-hint':
      // The newest stands last.
      return { ...local, scroll: Number.MAX_SAFE_INTEGER };
    case 'ui-scroll': {
      const by = action.unit === 'row' ? action.by : action.by * Math.max(1, range.window - 1);
      return { ...local, scroll: Math.min(Math.max(local.scroll + by, 0), range.last) };
    }
    case 'ui-choice': {
      const { scene } = state;
      const choices = scene.name === 'asking' ? scene.asks[scene.index]?.choices : null;
      const last = Object.keys(choices ?? {}).length - 1;
      return { ...local, choice: Math.min(Math.max(local.choice + action.by, 0), last) };
    }
    case 'ui-type':
      return { ...local, typed: (local.typed + action.text).slice(0, LONGEST) };
    case 'ui-erase':
      return { ...local, typed: action.all ? '' : Array.from(local.typed).slice(0, -1).join('') };
  }
}
