import type { Wish } from './events.js';
import type { LogEntry } from './log-entry.js';
import type { State } from './state.js';

/** What a face gets of the session: a state to draw, and a way to send wishes. */
export interface SessionHandle {
  getState(): State;
  /** Calls back after every change; returns how to stop that. */
  subscribe(listener: () => void): () => void;
  dispatch(wish: Wish): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Every command and query that the session ran so far, in order. */
  log(): readonly LogEntry[];
  /** The exit code, once the session has ended. */
  readonly ended: Promise<number>;
}
