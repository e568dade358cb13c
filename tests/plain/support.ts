import { setTimeout as pause } from 'node:timers/promises';
import { PassThrough } from 'node:stream';
import type { Coach } from '../../src/core/coach.js';
import { runLines } from '../../src/plain/run-lines.js';
import type { FakeSession } from '../support/fake-session.js';

export interface Conversation {
  said(): string;
  /** Waits for a text that came after what was waited for before. */
  hear(text: string): Promise<void>;
  /** A line, without its end. */
  answer(text: string): void;
  hangUp(): void;
  readonly code: Promise<number>;
}

/** Line mode on a pipe, or on a terminal that cannot move its cursor. */
export function converse(
  session: FakeSession,
  { tty = false, coach = null }: { tty?: boolean; coach?: Coach | null } = {},
): Conversation {
  const stdin = Object.assign(new PassThrough(), { isTTY: tty });
  const stdout = new PassThrough();
  let text = '';
  let heard = 0;
  stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  const io = {
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    environment: { TERM: 'dumb' },
  };
  const code = runLines(session.handle, io, null, coach);
  return {
    code,
    said: () => text,
    hear: async (wanted) => {
      const limit = Date.now() + 10_000;
      while (!text.slice(heard).includes(wanted)) {
        if (Date.now() > limit)
          throw new Error(`Never heard "${wanted}" after:\n${text.slice(heard)}`);
        await pause(2);
      }
      heard = text.indexOf(wanted, heard) + wanted.length;
      // On a terminal, lines that come as fast as a paste are taken for one.
      if (tty) await pause(25);
    },
    answer: (line) => stdin.write(`${line}\n`),
    hangUp: () => stdin.end(),
  };
}

export async function until(condition: () => boolean): Promise<void> {
  const limit = Date.now() + 10_000;
  while (!condition()) {
    if (Date.now() > limit) throw new Error('Waited in vain.');
    await pause(2);
  }
}
