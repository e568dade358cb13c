import { setTimeout as pause } from 'node:timers/promises';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { SETTLE } from '../../src/core/session/step-moves.js';

/**
 * A real terminal: the program on a pseudo-terminal, its output drawn by xterm. What a test
 * asserts is what a person would see. Every wait is for a condition; the time is only its limit.
 */
export interface Terminal {
  /** The window now, its rows without blanks at their ends. */
  screen(): string;
  /** Everything since the start, what has scrolled away included. */
  transcript(): string;
  /** Every byte it sent, escapes and all. */
  raw(): string;
  waitFor(condition: () => boolean, what: string): Promise<void>;
  /** Waits until the window shows it. */
  expectText(text: string | RegExp): Promise<void>;
  /** Waits until the transcript has it. */
  expectSaid(text: string | RegExp): Promise<void>;
  /** One after another, each in a chunk of its own: names of `keys`, or the characters themselves. */
  sendKeys(...pressed: readonly string[]): Promise<void>;
  /** All in one chunk, as a paste. */
  paste(text: string): void;
  /** Presses the key until the window shows the text: for a confirmation, which is answered with "Too quick" until its step has been seen for a moment. */
  pressUntil(key: string, text: string | RegExp): Promise<void>;
  /** Presses the key once a second until this holds: where it may be taken for a part of a paste. */
  pressUntilSo(key: string, condition: () => boolean, what: string): Promise<void>;
  /** Types the word where it is asked for, as often as that is too quick, and waits until the window shows it. */
  typeWord(word: string): Promise<void>;
  resize(columns: number, rows: number): void;
  /** Waits for the end of the program; its exit code. */
  exit(): Promise<number>;
  expectExit(code: number): Promise<void>;
  kill(signal: NodeJS.Signals): void;
  /** Closes the window: the program is left without a terminal. Waits for its end. */
  hangUp(): Promise<void>;
  readonly pid: number;
  /** Ends the program if it still runs. */
  close(): Promise<void>;
}

export const keys: Readonly<Record<string, string>> = {
  Enter: '\r',
  Tab: '\t',
  Escape: '\u001b',
  Up: '\u001b[A',
  Down: '\u001b[B',
  PageUp: '\u001b[5~',
  PageDown: '\u001b[6~',
  Home: '\u001b[H',
  End: '\u001b[F',
  Space: ' ',
  Backspace: '\u007f',
  'Ctrl-C': '\u0003',
  'Ctrl-D': '\u0004',
  'Ctrl-U': '\u0015',
  'Ctrl-Z': '\u001a',
};

export interface TerminalOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** Added to a bare environment: PATH, HOME, a UTF-8 locale and TERM (xterm-256color). Undefined takes one away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly columns?: number;
  readonly rows?: number;
  /** How long a condition may take, milliseconds. */
  readonly limit?: number;
}

export function openTerminal(options: TerminalOptions): Terminal {
  const { columns = 80, rows = 24, limit = 60_000 } = options;
  const drawn = new xterm.Terminal({
    cols: columns,
    rows,
    scrollback: 5000,
    allowProposedApi: true,
  });
  const program = spawn(options.command, [...options.args], {
    // node-pty sets TERM to this, whatever the environment says.
    name: options.env?.['TERM'] ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: environment(options.env ?? {}),
  });
  let ended: number | null = null;
  let sent = '';
  program.onData((data) => {
    sent += data;
    drawn.write(data);
  });
  drawn.onData((answer) => program.write(answer));
  program.onExit(({ exitCode, signal }) => {
    ended = signal ? 128 + signal : exitCode;
  });

  const lines = (from: number, to: number): string => {
    const buffer = drawn.buffer.active;
    const found: string[] = [];
    for (let row = from; row < to; row += 1) {
      const line = buffer.getLine(row);
      const text = line?.translateToString(true) ?? '';
      if (line?.isWrapped === true) found.push((found.pop() ?? '') + text);
      else found.push(text);
    }
    return found.join('\n').trimEnd();
  };
  const screen = (): string => {
    const { baseY } = drawn.buffer.active;
    return lines(baseY, baseY + drawn.rows);
  };
  const transcript = (): string => lines(0, drawn.buffer.active.length);
  const met = async (condition: () => boolean, milliseconds: number): Promise<boolean> => {
    const until = Date.now() + milliseconds;
    while (!condition()) {
      if (Date.now() > until) return false;
      // After its end nothing comes but what is still on its way.
      const over = ended !== null;
      await pause(over ? 500 : 20);
      if (over) return condition();
    }
    return true;
  };
  const waitFor = async (condition: () => boolean, what: string): Promise<void> => {
    if (await met(condition, limit)) return;
    const state = ended === null ? 'It still runs' : `It ended with ${ended}`;
    throw new Error(`Waited in vain for ${what}. ${state}. The screen:\n${screen()}`);
  };
  const has = (text: () => string, wanted: string | RegExp) => (): boolean =>
    typeof wanted === 'string' ? text().includes(wanted) : wanted.test(text());
  const exit = async (): Promise<number> => {
    await waitFor(() => ended !== null, 'the end of the program');
    // What it wrote last may still be on its way to the drawing.
    await new Promise<void>((resolve) => drawn.write('', resolve));
    return ended ?? -1;
  };

  /** Once, and again each time the answer is that it was too quick. */
  const patiently = async (key: string, done: () => boolean, what: string): Promise<void> => {
    const early = has(screen, 'Too quick');
    for (;;) {
      program.write(keys[key] ?? key);
      await waitFor(() => done() || early(), what);
      if (done()) return;
      // The answer may be that of the key before.
      if (await met(done, SETTLE + 50)) return;
    }
  };

  return {
    screen,
    transcript,
    raw: () => sent,
    waitFor,
    exit,
    pid: program.pid,
    expectText: (text) => waitFor(has(screen, text), String(text)),
    expectSaid: (text) => waitFor(has(transcript, text), String(text)),
    sendKeys: async (...pressed) => {
      for (const key of pressed) {
        program.write(keys[key] ?? key);
        await pause(25);
      }
    },
    paste: (text) => program.write(text),
    pressUntil: (key, text) => patiently(key, has(screen, text), `${String(text)} after ${key}`),
    pressUntilSo: async (key, condition, what) => {
      for (let waited = 0; waited < limit; waited += 1000) {
        program.write(keys[key] ?? key);
        if (await met(condition, 1000)) return;
      }
      await waitFor(condition, what);
    },
    typeWord: async (word) => {
      const typed = (count: number): string => `${word.slice(0, count)}▏`;
      for (const [index, letter] of word.split('').entries()) {
        await patiently(letter, has(screen, typed(index + 1)), `${typed(index + 1)} to be typed`);
      }
    },
    resize: (toColumns, toRows) => {
      program.resize(toColumns, toRows);
      drawn.resize(toColumns, toRows);
    },
    expectExit: async (code) => {
      const given = await exit();
      if (given !== code) {
        throw new Error(`It ended with ${given}, not ${code}. The transcript:\n${transcript()}`);
      }
    },
    kill: (signal) => program.kill(signal),
    hangUp: async () => {
      // Not in its types: it closes our end of the pseudo-terminal.
      (program as unknown as { destroy(): void }).destroy();
      await waitFor(() => ended !== null, 'the end of the program without its terminal');
    },
    close: async () => {
      if (ended === null) program.kill('SIGKILL');
      await met(() => ended !== null, 5000);
      drawn.dispose();
    },
  };
}

function environment(extra: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const { PATH = '', HOME = '' } = process.env;
  const all = { PATH, HOME, LANG: 'C.UTF-8', ...extra };
  return Object.fromEntries(
    Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
