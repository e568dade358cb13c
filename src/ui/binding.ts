import type { Wish } from '../core/session/events.js';
import type { UiAction } from './local.js';

/** A key as it was pressed. */
export interface Press {
  /** "y", "up", "enter", "ctrl-u"; see keyName. */
  readonly name: string;
  /** As many times at once: a row of j that came in one chunk. */
  readonly count: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Rows of the list in sight. */
  readonly page: () => number;
}

/** Keys that work in a scene, and what they do. Whatever is in no binding of the scene does nothing there. */
export interface Binding {
  readonly keys: readonly string[];
  /** How they are called in the footer and the help; `↑↓` stands for the arrows, in either alphabet. */
  readonly shown: string;
  readonly does: string;
  /** Left out of the footer first where the row is too short; `?` lists it all the same. */
  readonly minor?: true;
  readonly wish: (press: Press) => Wish | UiAction;
}
