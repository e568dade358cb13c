import { expect } from 'vitest';
import type { Terminal } from './support.js';

/** Makes the window smaller and larger again, and looks each time that it holds one whole picture and nothing else. */
export async function resizeAbout(shell: Terminal, sees: string): Promise<void> {
  for (const [columns, rows] of [
    [70, 24],
    [60, 15],
    [120, 40],
    [80, 24],
  ] as const) {
    shell.resize(columns, rows);
    if (rows < 16) await shell.expectText(`This window has ${columns} x ${rows}`);
    else {
      const rule = new RegExp(`^─{${columns}}$`, 'm');
      await shell.waitFor(() => rule.test(shell.screen()), `a rule of ${columns} columns`);
      await shell.expectText(sees);
    }
    expectOnePicture(shell, rows);
  }
}

/** From the first row on, with nothing of an earlier one above or below. */
function expectOnePicture(shell: Terminal, rows: number): void {
  const screen = shell.screen();
  const [first, ...rest] = screen.split('\n');
  expect(first, screen).toMatch(rows < 16 ? /^ This window has/ : /^ \S+ @ 127\.0\.0\.1:\d+ /);
  expect(rest.join('\n')).not.toMatch(/This window has|@ 127/);
  expect(screen.split('Diagnose ─').length - 1, screen).toBe(rows < 16 ? 0 : 1);
  expect(screen.split('\n').length, screen).toBeLessThan(rows + 1);
}

/** The transcript is on the main screen: there was no other one, and no past was erased. */
export function expectOneTranscript(shell: Terminal): void {
  for (const escape of ['[?1049h', '[?1047h', '[?47h', '[3J']) {
    expect(shell.raw()).not.toContain(`\u001b${escape}`);
  }
}
