import type { Wish } from '../core/session/events.js';
import type { Question, Taken } from './questions.js';
import { logText } from './tell-more.js';

/** What is chosen: a wish, lines to read, or one more question. */
export type Entry = readonly [value: string, name: string, take: (at: number) => Wish | Further];
type Further = Extract<Taken, { tell: unknown } | { ask: unknown }>;

export const showLog: Entry = [
  'log',
  'Show every command and SQL that was run so far',
  () => ({ tell: logText }),
];

/** A question with an answer for each entry. */
export function menu(
  message: string,
  entries: readonly Entry[],
  suggested: string | null = null,
): Question {
  return {
    type: 'select',
    message,
    choices: entries.map(([value, name]) => ({ value, name })),
    suggested,
    take: (value, at) => {
      const entry = entries.find((one) => one[0] === value);
      if (entry === undefined) return { again: 'Choose one of the list.' };
      const taken = entry[2](at);
      return 'type' in taken ? { wish: taken } : taken;
    },
  };
}
