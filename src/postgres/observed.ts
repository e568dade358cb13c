import { AsyncLocalStorage } from 'node:async_hooks';
import { messageOf } from '../core/errors.js';
import type { LogEntry } from '../core/session/log-entry.js';

export type Begun = Pick<LogEntry, 'kind' | 'by' | 'text'>;
/** Hears of what begins; what it returns hears how that ended: null, or why it failed. */
export type Listener = (begun: Begun) => (error: string | null) => void;

const listening = new AsyncLocalStorage<Listener>();

/** Every query and program that `run` starts, however deep, is told to the listener. */
export function observed<T>(listener: Listener, run: () => T): T {
  return listening.run(listener, run);
}

/** Tells the listener, if there is one, of what is about to be run, and of its end. */
export async function told<T>(begun: Begun, run: () => Promise<T>): Promise<T> {
  const listener = listening.getStore();
  if (listener === undefined) return run();
  const end = listener(begun);
  try {
    const result = await run();
    end(null);
    return result;
  } catch (error) {
    end(messageOf(error));
    throw error;
  }
}
