import { setTimeout as pause } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { render } from 'ink-testing-library';
import type { Coach } from '../../src/core/coach.js';
import { App } from '../../src/ui/App.js';
import { asciiGlyphs, unicodeGlyphs } from '../../src/ui/glyphs.js';
import { createScreen } from '../../src/ui/screen.js';
import { themeOf } from '../../src/ui/theme.js';
import type { FakeSession } from '../support/fake-session.js';
import { keys } from '../terminal/support.js';

export const sizes = [
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
] as const;

export interface Shown {
  frame(): string;
  /** Every frame so far, without colours. */
  frames(): readonly string[];
  /** Each key in a chunk of its own; names of the pty rig's keys, or characters. */
  press(...pressed: readonly string[]): void;
  until(text: string | RegExp): Promise<void>;
  resize(columns: number, rows: number): void;
  close(): void;
}

/** The Ink screen over a canned session, in a terminal of this size. */
export async function show(
  session: FakeSession,
  {
    columns,
    rows,
    ascii = false,
    coach = null,
  }: { columns: number; rows: number; ascii?: boolean; coach?: Coach | null },
): Promise<Shown> {
  const { handle } = session;
  const screen = createScreen(handle, ascii ? asciiGlyphs : unicodeGlyphs, null, coach);
  const app = render(<App handle={handle} screen={screen} theme={themeOf(false)} />);
  const resize = (toColumns: number, toRows: number): void => {
    Object.defineProperty(app.stdout, 'columns', { value: toColumns, configurable: true });
    Object.defineProperty(app.stdout, 'rows', { value: toRows, configurable: true });
    app.stdout.emit('resize');
  };
  resize(columns, rows);
  // Frames of another size than this came before it was known.
  const first = app.frames.length;
  const frame = (): string => stripVTControlCharacters(app.lastFrame() ?? '');
  const waitFor = async (condition: () => boolean, what: string): Promise<void> => {
    const limit = Date.now() + 10_000;
    while (!condition()) {
      if (Date.now() > limit) throw new Error(`Waited in vain for ${what}:\n${frame()}`);
      await pause(5);
    }
  };
  await waitFor(() => app.stdin.listenerCount('readable') > 0, 'the keyboard');
  return {
    frame,
    frames: () => app.frames.slice(first).map((one) => stripVTControlCharacters(one)),
    press: (...pressed) => {
      for (const key of pressed) app.stdin.write(keys[key] ?? key);
    },
    until: (text) =>
      waitFor(
        () => (typeof text === 'string' ? frame().includes(text) : text.test(frame())),
        String(text),
      ),
    resize,
    close: () => app.unmount(),
  };
}
