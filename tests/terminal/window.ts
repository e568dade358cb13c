import { expect } from 'vitest';
import type { Terminal } from './support.js';

/** Makes the window smaller and larger again, and looks each time that it holds one whole picture and nothing else. */
export async function resizeAbout(shell: Terminal, sees: string): Promise<void> {
  shell.resize(60, 15);
  await shell.expectText('This window has 60 x 15');
  expectOnePicture(shell, 15, 0);
  shell.resize(120, 40);
  await shell.expectText(sees);
  await shell.expectText('─'.repeat(120));
  expectOnePicture(shell, 40, 1);
  shell.resize(80, 24);
  await shell.waitFor(() => /^─{80}$/m.test(shell.screen()), 'a rule of 80 columns');
  await shell.expectText(sees);
  expectOnePicture(shell, 24, 1);
}

function expectOnePicture(shell: Terminal, rows: number, headers: number): void {
  const screen = shell.screen();
  expect(screen.split('\n').length, screen).toBeLessThan(rows + 1);
  expect(screen.split('Diagnose ─').length - 1, screen).toBe(headers);
  expect(screen.split('This window has').length - 1, screen).toBe(1 - headers);
}
