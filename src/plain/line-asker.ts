import { createInterface } from 'node:readline';
import type { Answer, Asker } from './ask.js';

export interface LineStreams {
  readonly stdin: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly print: (text: string) => void;
}

/** Milliseconds between two lines of a paste. */
const PASTED_WITHIN = 10;

/**
 * Questions as numbered lines, for pipes and terminals that cannot move their cursor. Lines of
 * a pipe may come before their question; on a terminal such a line is no answer to what was
 * not shown yet, and is dropped.
 */
export function lineAsker({ stdin, print }: LineStreams): Asker {
  const reader = createInterface({ input: stdin, terminal: false });
  const lines: string[] = [];
  let closed = false;
  let wake: () => void = () => {};
  let lastAt = Number.NEGATIVE_INFINITY;
  reader.on('line', (line) => {
    const sinceLast = performance.now() - lastAt;
    lastAt = performance.now();
    // Nobody types two lines so fast: the rest of a paste answers no question that it has not seen.
    if (stdin.isTTY === true && sinceLast < PASTED_WITHIN) {
      print('Several lines came at once, as from a paste; the first alone was taken.');
      return;
    }
    lines.push(line);
    wake();
  });
  reader.on('close', () => {
    closed = true;
    wake();
  });

  const next = async (signal: AbortSignal): Promise<Answer<string>> => {
    for (;;) {
      if (signal.aborted) return { type: 'withdrawn' };
      const line = lines.shift();
      if (line !== undefined) return { type: 'answered', value: line.trim() };
      if (closed) return { type: 'closed' };
      await new Promise<void>((resolve) => {
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      });
    }
  };
  const dropEarly = (): void => {
    if (stdin.isTTY === true) lines.length = 0;
  };
  /** Puts the question until `take` makes something of a line. */
  const until = async <T>(
    prompt: string,
    take: (line: string) => T | null,
    otherwise: string,
    signal: AbortSignal,
  ): Promise<Answer<T>> => {
    for (;;) {
      print(prompt);
      const answer = await next(signal);
      if (answer.type !== 'answered') return answer;
      const value = take(answer.value);
      if (value !== null) return { type: 'answered', value };
      print(otherwise);
    }
  };

  return {
    select: ({ message, choices, suggested }, signal) => {
      dropEarly();
      print(message);
      choices.forEach((choice, index) => print(`  ${index + 1}) ${choice.name}`));
      const at = choices.findIndex((choice) => choice.value === suggested);
      const enter = at === -1 ? '' : `, Enter takes ${at + 1}`;
      const pick = (line: string): string | null =>
        line === '' ? suggested : pickOne(line, choices);
      return until(`Number${enter}:`, pick, `Answer with 1 to ${choices.length}.`, signal);
    },
    several: ({ message, choices }, signal) => {
      dropEarly();
      print(message);
      choices.forEach((choice, index) => print(`  ${index + 1}) ${choice.name}`));
      const pick = (line: string): readonly string[] | null => {
        const picked = line.split(/[\s,]+/).filter((word) => word !== '');
        const values = picked.map((word) => pickOne(word, choices));
        return values.length === 0 || values.includes(null) ? null : (values as string[]);
      };
      return until('Numbers or names:', pick, 'Name at least one, each from the list.', signal);
    },
    input: (message, signal) => {
      dropEarly();
      print(message);
      return next(signal);
    },
    close: () => reader.close(),
  };
}

function pickOne(word: string, choices: readonly { readonly value: string }[]): string | null {
  const named = choices.find((choice) => choice.value === word);
  const numbered = /^\d+$/.test(word) ? choices[Number(word) - 1] : undefined;
  return (named ?? numbered)?.value ?? null;
}
