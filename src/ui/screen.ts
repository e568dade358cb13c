import type { Coach } from '../core/coach.js';
import type { SessionHandle } from '../core/session/store.js';
import { pageOf, scrollRange } from './draw.js';
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
  view(size: Size): View;
  act(action: UiAction): void;
  /** Rows by which PgUp and PgDn move in the list that is shown. */
  page(): number;
  /** Calls back after each change, and once a second for the clocks. */
  subscribe(listener: () => void): () => void;
  version(): number;
}

/** `coach`: of the drill that is played; its page lies over the first scene. */
export function createScreen(
  handle: SessionHandle,
  glyphs: Glyphs,
  terminal: { readonly suspend: () => void; readonly redraw: () => void } | null = null,
  coach: Coach | null = null,
): Screen {
  const listeners = new Set<() => void>();
  let version = 0;
  let ticking: NodeJS.Timeout | undefined;
  let size: Size = { columns: 80, rows: 24 };
  let kept: Local | null = coach && {
    ...localFor(handle.getState(), null),
    coach,
    overlay: { kind: 'drill', coach },
  };

  const local = (): Local => (kept = localFor(handle.getState(), kept));
  const changed = (): void => {
    version += 1;
    for (const listener of listeners) listener();
  };
  const view = (): View => ({
    ...size,
    now: handle.now(),
    glyphs,
    local: local(),
    log: handle.log,
  });
  return {
    local,
    view: (given) => {
      size = given;
      return view();
    },
    act: (action) => {
      if (action.type === 'ui-suspend') return terminal?.suspend();
      if (action.type === 'ui-redraw') return terminal?.redraw();
      if (action.type === 'ui-hint') coach?.giveNext();
      const state = handle.getState();
      kept = updateLocal(state, local(), action, scrollRange(state, view()));
      changed();
    },
    page: () => pageOf(handle.getState(), view()),
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
