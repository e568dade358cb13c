import type { Answer, Asker } from './ask.js';

/**
 * Asks as `asker` does, and anew when the program was stopped (Ctrl-Z) and goes on: the shell has
 * had the terminal and its mode meanwhile, and what was typed by then is no answer.
 */
export function resumableAsker(asker: Asker): Asker {
  const until = async <T>(
    withdrawn: AbortSignal,
    ask: (signal: AbortSignal) => Promise<Answer<T>>,
  ): Promise<Answer<T>> => {
    for (;;) {
      const resumed = new AbortController();
      const onResume = (): void => resumed.abort();
      process.once('SIGCONT', onResume);
      const answer = await ask(AbortSignal.any([withdrawn, resumed.signal]));
      process.off('SIGCONT', onResume);
      if (answer.type !== 'withdrawn' || withdrawn.aborted) return answer;
    }
  };
  return {
    ...asker,
    select: (question, signal) => until(signal, (both) => asker.select(question, both)),
    several: (question, signal) => until(signal, (both) => asker.several(question, both)),
    input: (message, signal) => until(signal, (both) => asker.input(message, both)),
  };
}
