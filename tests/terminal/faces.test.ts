import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import type { Terminal, TerminalOptions } from './support.js';
import { openTerminal } from './support.js';

/** Both faces in a real terminal, over a canned session: what only a terminal can show. */

let terminal: Terminal | undefined;
afterEach(() => terminal?.close());

function open(face: 'screen' | 'lines', options: Partial<TerminalOptions> = {}): Terminal {
  const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
  terminal = openTerminal({
    command: process.execPath,
    args: ['--import', at('run-typescript.mjs'), at('face.ts'), face],
    ...options,
  });
  return terminal;
}

describe('the screen', () => {
  test('is worked by keys alone, and leaves its last picture and the report in the transcript', async () => {
    const shell = open('screen');
    await shell.expectText('Reconcile the journal (recommended)');
    await shell.sendKeys('p');
    await shell.expectText('Treats here');
    await shell.sendKeys('Enter');
    await shell.expectText('question 1 of 2');
    await shell.sendKeys('Enter');
    await shell.expectText('question 2 of 2');
    await shell.sendKeys('Down', 'Enter');
    await shell.expectText('Plan: Reconcile the journal');
    await shell.sendKeys('Enter');
    await shell.expectText('Step 1 of 4');
    await shell.sendKeys('Enter');
    await shell.expectText('Step 2 of 4');
    shell.paste('yyy');
    await shell.expectText('Several keys came at once');
    await shell.pressUntil('y', 'Step 3 of 4');
    await shell.pressUntil('x', 'x▏');
    await shell.sendKeys('Backspace');
    shell.paste('apply\r');
    await shell.expectText('apply▏');
    await shell.sendKeys('Enter');
    await shell.expectText('Step 4 of 4');
    await shell.sendKeys('Enter');
    await shell.expectText('The migrator agrees: nothing to run');
    await shell.sendKeys('q');
    await shell.expectExit(0);
    const said = shell.transcript();
    expect(said).toMatch(/✓ +done +Write the journal/);
    expect(said).toMatch(/\nReport: \/state\/pgmedic\/report\.md\nwrites: 4$/);
    // On the main screen, one picture in the place of the other: none is left behind.
    expect(said.match(/Diagnose ─/g)).toHaveLength(1);
  });

  test('follows the size of its window', async () => {
    const shell = open('screen', { columns: 120, rows: 40 });
    await shell.expectText('r reread');
    expect(shell.screen()).not.toContain('more');
    shell.resize(80, 24);
    await shell.expectText(/↑ \d+ more/);
    expect(shell.screen().split('\n').length).toBeLessThanOrEqual(24);
    await shell.sendKeys('q');
    await shell.expectExit(1);
  });

  test('Ctrl-C leaves where nothing runs', async () => {
    const shell = open('screen');
    await shell.expectText('recommended');
    await shell.sendKeys('Ctrl-C');
    await shell.expectExit(1);
    expect(shell.transcript()).toContain('writes: 0');
  });
});

describe('line mode on a terminal', () => {
  async function toSecondStep(shell: Terminal): Promise<void> {
    await shell.expectText('What now?');
    await shell.sendKeys('Enter');
    await shell.expectText('question 1 of 2');
    await shell.expectText('remove: take them out');
    await shell.sendKeys('Enter');
    await shell.expectText('question 2 of 2');
    await shell.expectText('(nothing chosen yet)');
    await shell.sendKeys('Enter');
    await shell.expectSaid('Choose one of the list.');
    await shell.sendKeys('Down', 'Enter');
    await shell.expectText('Go on with this plan?');
    await shell.expectText('Back to the board');
    await shell.sendKeys('Enter');
    await shell.expectText('? Enter goes on.');
    await shell.sendKeys('Enter');
    await shell.expectText('? y: write exactly this');
  }

  test('asks with prompts, and Enter is not a yes', async () => {
    const shell = open('lines', { rows: 40 });
    await toSecondStep(shell);
    await shell.sendKeys('Enter');
    await shell.expectText('Enter is not a yes.');
    await shell.sendKeys('n', 'Enter');
    await shell.expectText('not run: Write the journal');
    await shell.expectText('Write the report and leave');
    await shell.sendKeys('Ctrl-C');
    await shell.expectExit(1);
    expect(shell.transcript()).toMatch(/Report: .*\nwrites: 1$/);
  });

  test.each(['Ctrl-C', 'Ctrl-D'])('%s at a question leaves safely', async (key) => {
    const shell = open('lines', { rows: 40 });
    await toSecondStep(shell);
    await shell.sendKeys(key);
    await shell.expectExit(1);
    expect(shell.transcript()).toMatch(/Report: .*\nwrites: 1$/);
  });

  test('a dumb terminal gets numbers and no escape', async () => {
    const shell = open('lines', { rows: 60, env: { TERM: 'dumb' } });
    await shell.expectText('Number, Enter takes 1:');
    await shell.sendKeys('5', 'Enter');
    await shell.expectExit(1);
    expect(shell.transcript()).toContain('Report: ');
  });
});
