import type { Glyphs } from './glyphs.js';
import type { DrillView } from './drill.js';
import type { Line } from './line.js';
import type { Local } from './local.js';

/** What a drawing needs besides the state: the terminal, the clock, and where the reader has scrolled to. */
export interface View {
  readonly columns: number;
  readonly rows: number;
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly glyphs: Glyphs;
  readonly local: Local;
  /** null where no drill is played. */
  readonly drill: DrillView | null;
}

/** A scene: fixed rows, a text that scrolls where it does not fit, and rows that are always in sight. */
export interface Body {
  readonly top: readonly Line[];
  readonly text: readonly Line[];
  readonly bottom: readonly Line[];
}

export function body(parts: Partial<Body>): Body {
  return { top: [], text: [], bottom: [], ...parts };
}
