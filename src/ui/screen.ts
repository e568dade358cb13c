import type { Coach } from '../core/coach.js';
import type { SessionHandle } from '../core/session/store.js';
import { scrollRange } from './draw.js';
import type { DrillView } from './drill.js';
import type { Glyphs } from './glyphs.js';
import type { Local, UiAction } from './local.js';
import { localFor, updateLocal } from './local.js';
import type { View } from './view.js';

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

/** What belongs to the screen alone, held outside React: a key meets it as it is, not as it was last drawn. */
export interface Screen {
  local(): Local;
  drill(): DrillView | null;
  view(size: Size): View;
  act(action: UiAction): void;
  /** Calls back after each change, and once a second for the clocks. */
  subscribe(listener: () => void): () => void;
  version(): number;
}

/** `coach`: of the drill that is played; its page is open at the start. */
export function createScreen(
  handle: SessionHandle,
  glyphs: Glyphs,
  coach: Coach | null = null,
): Screen {
  const listeners = new Set<() => void>();
  let version = 0;
  let ticking: NodeJS.Timeout | undefined;
  let size: Size = { columns: 80, rows: 24 };
  let kept: Local | null = null;
  let pageOpen = true;

  const local = (): Local => (kept = localFor(handle.getState(), kept));
  const changed = (): void => {
    version += 1;
    for (const listener of listeners) listener();
  };
  const drill = (): DrillView | null => (coach === null ? null : { coach, open: pageOpen });
  const view = (): View => ({
    ...size,
    now: handle.now(),
    glyphs,
    local: local(),
    drill: drill(),
  });
  return {
    local,
    drill,
    view: (given) => {
      size = given;
      return view();
    },
    act: (action) => {
      const state = handle.getState();
      if (action.type === 'ui-drill') pageOpen = action.open;
      if (action.type === 'ui-hint') coach?.giveNext();
      kept = updateLocal(state, local(), action, scrollRange(state, view()));
      changed();
    },
    subscribe: (listener) => {
      listeners.add(listener);
      ticking ??= setInterval(changed, 1000);
      return () => {
        listeners.delete(listener);
        if (listeners.size > 0) return;
        clearInterval(ticking);
        ticking = undefined;
      };
    },
    version: () => version,
  };
}
