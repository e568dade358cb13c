/**
 * Draws the README's screens from the real program: a drill in a real terminal, its cells as SVG.
 *
 *   npm run screens
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import xterm from '@xterm/headless';
import { openTerminal, type Terminal } from '../tests/terminal/support.js';
import { svgOf } from './svg.js';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const [columns, rows] = [100, 30];

/** The window as it is now, its colours included. */
async function draw(shell: Terminal, name: string): Promise<void> {
  const window = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true });
  await new Promise<void>((resolve) => window.write(shell.raw(), resolve));
  await writeFile(here(`../docs/screens/${name}.svg`), svgOf(window));
  console.log(`docs/screens/${name}.svg`);
}

async function main(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'pgmedic-screens-'));
  const shell = openTerminal({
    command: process.execPath,
    args: [here('../bin/pgmedic.js'), 'drill', 'journal-gap'],
    env: { HOME: home, LANG: 'C.UTF-8' },
    columns,
    rows,
  });
  try {
    await shell.expectText('Goal: ');
    await shell.sendKeys('Enter');
    await shell.expectText('Reconcile the journal (recommended)');
    await shell.waitFor(
      () => !shell.screen().includes('Looking at the schema'),
      'the look behind the board',
    );
    await shell.sendKeys('End');
    await draw(shell, 'board');
    await shell.sendKeys('Enter');
    await shell.expectText('Treats here');
    await shell.sendKeys('Enter');
    await shell.expectText('question 1 of 1');
    await shell.sendKeys('Enter');
    await shell.expectText('Plan: Reconcile the journal');
    await shell.sendKeys('Enter');
    await shell.expectText('Step 1 of 6');
    await shell.sendKeys('Enter');
    await shell.expectText('Step 2 of 6');
    await shell.pressUntil('y', 'Step 3 of 6');
    await draw(shell, 'step');
  } finally {
    await shell.close();
    await rm(home, { recursive: true, force: true });
  }
}

await main();
