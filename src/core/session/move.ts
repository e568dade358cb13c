import type { Command } from './events.js';
import type { State } from './state.js';

/** The next state, and what the runtime has to do. */
export type Move = readonly [State, readonly Command[]];

/** Nothing changes but the line that answers the operator. */
export function say(state: State, notice: string): Move {
  return [{ ...state, notice }, []];
}
