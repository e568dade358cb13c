import type { Wish } from './events.js';
import type { State } from './state.js';

/** What a face gets of the session: a state to draw, and a way to send wishes. */
export interface SessionHandle {
  getState(): State;
  /** Calls back after every change; returns how to stop that. */
  subscribe(listener: () => void): () => void;
  dispatch(wish: Wish): void;
  /** Milliseconds since the epoch. */
  now(): number;
  /** The exit code, once the session has ended. */
  readonly ended: Promise<number>;
}
