import type { Command, Event, Reply, Wish } from '../core/session/events.js';
import type { State } from '../core/session/state.js';
import type { LogEntry } from '../core/session/log-entry.js';
import type { SessionHandle } from '../core/session/store.js';
import { startSession } from '../core/session/start.js';
import { update } from '../core/session/update.js';

/** Does what one command says and replies with events; the last words of a command that fails are a reply too. */
export type Perform = (
  command: Exclude<Command, { type: 'exit' }>,
  state: State,
  reply: (reply: Reply) => void,
) => void;

/**
 * Holds the state, and sends each event through `update`, one after another: an event that
 * arrives while another is handled waits. Each command is performed once.
 */
export function runSession(options: {
  readonly operator: string;
  readonly now: () => number;
  readonly perform: Perform;
  readonly readOnly?: boolean;
  readonly log?: () => readonly LogEntry[];
}): SessionHandle {
  const { operator, now, perform, readOnly = false, log = () => [] } = options;
  const listeners = new Set<() => void>();
  const queue: Event[] = [];
  let handling = false;
  let end: (code: number) => void = () => {};
  const ended = new Promise<number>((resolve) => {
    end = resolve;
  });
  let [state, commands] = startSession(now(), operator, readOnly);

  const perform1 = (command: Command): void => {
    if (command.type === 'exit') end(command.code);
    else perform(command, state, send);
  };
  const send = (event: Event): void => {
    queue.push(event);
    if (handling) return;
    handling = true;
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      [state, commands] = update(state, next);
      for (const listener of listeners) listener();
      commands.forEach(perform1);
    }
    handling = false;
  };

  commands.forEach(perform1);
  return {
    getState: () => state,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dispatch: (wish: Wish) => send(wish),
    now,
    log,
    ended,
  };
}
