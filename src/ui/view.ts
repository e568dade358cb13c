import type { LogEntry } from '../core/session/log-entry.js';
import type { Glyphs } from './glyphs.js';
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
  /** What the session ran so far. */
  readonly log: () => readonly LogEntry[];
}

/** A scene: fixed rows, a text that scrolls where it does not fit, and rows that are always in sight. */
export interface Body {
  readonly top: readonly Line[];
  readonly text: readonly Line[];
  readonly bottom: readonly Line[];
  /** Rows of its list that are in sight: how far a page goes. */
  readonly page?: number;
}

export function body(parts: Partial<Body>): Body {
  return { top: [], text: [], bottom: [], ...parts };
}
