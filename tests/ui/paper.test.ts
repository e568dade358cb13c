import { EventEmitter } from 'node:events';
import xterm from '@xterm/headless';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Paper, paperOn } from '../../src/ui/paper.js';
import { cases } from '../support/cases.js';

const ESC = '\u001b';

/** A window with a paper on it, to which pictures are sent as Ink sends them. */
function openWindow(columns: number, rows: number) {
  const terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  let sent = '';
  const stdout = Object.assign(new EventEmitter(), {
    columns,
    rows,
    write: (data: string): boolean => {
      sent += data;
      // As the tty does it.
      terminal.write(data.replaceAll('\n', '\r\n'));
      return true;
    },
  });
  const paper: Paper = paperOn(stdout as unknown as NodeJS.WriteStream);
  let lines = 0;
  return {
    paper,
    /** What the terminal was sent for it. */
    draw: (picture: readonly string[]): string => {
      sent = '';
      const text = picture.map((row) => `${row}\n`).join('');
      const erased = `${ESC}[2K${`${ESC}[1A${ESC}[2K`.repeat(Math.max(0, lines - 1))}${ESC}[G`;
      paper.stdout.write((lines === 0 ? '' : erased) + text);
      lines = picture.length + 1;
      return sent;
    },
    resize: (toColumns: number, toRows: number): void => {
      terminal.resize(toColumns, toRows);
      Object.assign(stdout, { columns: toColumns, rows: toRows });
      stdout.emit('resize');
    },
    async screen(): Promise<readonly string[]> {
      await new Promise<void>((resolve) => terminal.write('', resolve));
      const { active } = terminal.buffer;
      return Array.from(
        { length: terminal.rows },
        (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
      );
    },
  };
}

test('a row that did not change is not sent', () => {
  const window = openWindow(20, 8);
  window.draw(['head 00:01', 'first', 'second', 'third']);
  expect(window.draw(['head 00:02', 'first', 'second', 'third'])).toBe(
    `${ESC}[4A${ESC}[2Khead 00:02\n\n\n\n`,
  );
  expect(window.draw(['head 00:02', 'first', '> second', 'third'])).toBe(
    `${ESC}[2A${ESC}[2K> second\n\n`,
  );
});

test('what Ink sends beside its pictures goes through as it is', () => {
  const window = openWindow(20, 8);
  window.draw(['one']);
  const out = window.paper.stdout;
  for (const sign of [`${ESC}[?25l`, `${ESC}[?2026h`]) out.write(sign);
  expect(window.draw(['two'])).toBe(`${ESC}[1A${ESC}[2Ktwo\n`);
});

const row = fc.constantFrom('', 'a', 'second row', '─'.repeat(20), 'x'.repeat(19));
const drawn = fc.record({ picture: fc.array(row, { minLength: 1, maxLength: 7 }) });
const resized = fc.record({
  columns: fc.constantFrom(20, 30),
  rows: fc.constantFrom(8, 9, 12),
});

test('after any pictures and sizes the window shows the last picture and nothing else', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof({ weight: 4, arbitrary: drawn }, resized), { maxLength: 12 }),
      drawn,
      async (moves, { picture }) => {
        const window = openWindow(20, 8);
        for (const move of [...moves, { picture }]) {
          if ('picture' in move) window.draw(move.picture);
          else window.resize(move.columns, move.rows);
        }
        const screen = await window.screen();
        expect(screen.join('\n').trim()).toBe(picture.join('\n').trim());
      },
    ),
    cases(200, 5000),
  );
});

test('the picture is put back whole after a stop, and goes on from there', async () => {
  const window = openWindow(20, 12);
  window.draw(['head', 'first', 'second']);
  window.paper.write('$ fg\n');
  window.paper.again();
  window.draw(['head', 'first', '> second']);
  expect((await window.screen()).slice(0, 7).join('\n')).toBe(
    'head\nfirst\nsecond\n$ fg\nhead\nfirst\n> second',
  );
});

test('what another program wrote into the window goes when it is drawn anew', async () => {
  const window = openWindow(20, 8);
  window.draw(['head', 'first']);
  window.paper.write('NOTICE: oops\n');
  window.paper.redraw();
  window.draw(['head', '> first']);
  expect((await window.screen()).join('\n').trim()).toBe('head\n> first');
});
