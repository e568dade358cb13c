import type { Coach } from '../core/coach.js';
import type { State } from '../core/session/state.js';
import { currentStep } from '../core/session/step-moves.js';

/**
 * What belongs to the screen alone and decides nothing: how far the text is scrolled, which
 * answer the cursor stands on, what has been typed so far. It is for one scene and begins
 * anew with the next.
 */
export interface Local {
  readonly scene: string;
  /** What lies over the scene, and takes all its keys; null: nothing. */
  readonly overlay: Overlay | null;
  /** First row shown of the text that scrolls. */
  readonly scroll: number;
  /** The choice under the cursor; -1: none yet. */
  readonly choice: number;
  readonly typed: string;
  /** Of the drill that is played; null: none is. It stays from scene to scene. */
  readonly coach: Coach | null;
}

/** Looked at without leaving the scene beneath: nothing of the session changes by it. */
export type Overlay =
  /** The keys of what it lies over. */
  | { readonly kind: 'help'; readonly over: Overlay | null }
  | { readonly kind: 'log' }
  /** The page of a drill. Only the operator closes it. */
  | { readonly kind: 'drill'; readonly coach: Coach }
  /** A migration and all that is known of it. */
  | { readonly kind: 'details'; readonly id: string }
  /** A step of the plan that is shown. */
  | { readonly kind: 'steps'; readonly index: number };

export type UiAction =
  | { readonly type: 'ui-open'; readonly overlay: 'help' | 'log' }
  | { readonly type: 'ui-open'; readonly overlay: 'drill'; readonly coach: Coach }
  /** One more hint of the drill. */
  | { readonly type: 'ui-hint' }
  | { readonly type: 'ui-open'; readonly overlay: 'details'; readonly id: string }
  | { readonly type: 'ui-open'; readonly overlay: 'steps'; readonly index: number }
  | { readonly type: 'ui-close' }
  /** Ctrl-Z: give the terminal back to the shell until it says go on. */
  | { readonly type: 'ui-suspend' }
  /** In rows, or in windows. */
  | { readonly type: 'ui-scroll'; readonly by: number; readonly unit: 'row' | 'window' }
  | { readonly type: 'ui-choice'; readonly by: number }
  | { readonly type: 'ui-type'; readonly text: string }
  | { readonly type: 'ui-erase'; readonly all: boolean };

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
  return local?.scene === scene ? local : fresh(state, scene, local);
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
    case 'sessions':
      return `${scene.name} ${scene.cursor}`;
    case 'session':
      return `session ${scene.summary.session}`;
    case 'resume':
      return `resume ${scene.resumed !== null}`;
    default:
      return scene.name;
  }
}

function fresh(state: State, scene: string, before: Local | null): Local {
  const question = state.scene.name === 'asking' ? state.scene.asks[state.scene.index] : undefined;
  const choices = question?.choices ? Object.keys(question.choices) : [];
  return {
    scene,
    overlay: before?.overlay?.kind === 'drill' ? before.overlay : null,
    coach: before?.coach ?? null,
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
    case 'ui-open':
      return { ...local, overlay: opened(local, action), scroll: 0 };
    case 'ui-close': {
      const overlay = local.overlay?.kind === 'help' ? local.overlay.over : null;
      return { ...local, overlay, scroll: 0 };
    }
    case 'ui-hint':
      // The newest stands last.
      return { ...local, scroll: Number.MAX_SAFE_INTEGER };
    case 'ui-suspend':
      // For the terminal, see suspend.ts.
      return local;
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

function opened(local: Local, action: Extract<UiAction, { type: 'ui-open' }>): Overlay {
  switch (action.overlay) {
    case 'help':
      return { kind: 'help', over: local.overlay };
    case 'log':
      return { kind: 'log' };
    case 'drill':
      return { kind: 'drill', coach: action.coach };
    case 'details':
      return { kind: 'details', id: action.id };
    case 'steps':
      return { kind: 'steps', index: action.index };
  }
}
