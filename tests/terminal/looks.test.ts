import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { start } from '../drill/support.js';
import { isDeep } from '../support/cases.js';
import type { Terminal } from './support.js';
import type { World } from './world.js';
import { bareWorld, lightWorld } from './world.js';

/** What the terminal is able to show, and what it is left with. */

/** Colours of the foreground and background; weight and inversion are none. */
// oxlint-disable-next-line no-control-regex -- it is an escape
const COLOUR = /\u001b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;\d+)*m/;

test('where nothing answers: why, what next, another try, and 2', async () => {
  const world = await bareWorld();
  // A shell around it, as in life: it says in which mode it gets the terminal back.
  const command = await unreachable(world, 1);
  const shell = world.shell(`${command}; code=$?; stty -a; exit $code`);
  await shell.expectText('Could not look');
  await shell.expectText('No server answers at 127.0.0.1:1.');
  await shell.expectText('Check host and port');
  await shell.expectText('postgresql://app:***@127.0.0.1:1/shop   (drizzle.config.json');
  await unreachable(world, 2);
  await shell.sendKeys('r');
  await shell.expectText('No server answers at 127.0.0.1:2.');
  await shell.sendKeys('q');
  await shell.expectExit(2);
  const said = shell.transcript();
  expect(said).toContain('\nNo server answers at 127.0.0.1:2.\n');
  expect(said).not.toMatch(/s3cret|● (?:Repair|Verify)/);
  expect(said).toMatch(/ icanon .*/);
  expect(said).toMatch(/ echo .*/);
  expect(said).not.toMatch(/ -(?:icanon|echo|isig|opost) /);
  expect(shell.raw().lastIndexOf('\u001b[?25h')).toBeGreaterThan(
    shell.raw().lastIndexOf('\u001b[?25l'),
  );
});

describe('colour', () => {
  test('is there, unless NO_COLOR or --no-color asks for none', async () => {
    const { dir } = await start('push-then-migrate');
    const seen = async (args: readonly string[], env: Record<string, string>): Promise<string> => {
      const world = await lightWorld();
      const shell = world.pgmedic(['--dir', dir, ...args], { env });
      await toBoardAndOut(shell);
      return shell.raw();
    };
    expect(await seen([], {})).toMatch(COLOUR);
    expect(await seen([], { NO_COLOR: '1' })).not.toMatch(COLOUR);
    if (isDeep) expect(await seen(['--no-color'], {})).not.toMatch(COLOUR);
  });
});

test('a locale without UTF-8 gets ASCII alone', async () => {
  const world = await lightWorld();
  const { dir } = await start('journal-gap');
  const shell = world.pgmedic(['--dir', dir], { env: { LANG: 'C' } });
  await shell.expectText('>  0019_webauthn_mfa');
  await shell.sendKeys('f');
  await shell.expectText('file-not-in-journal');
  await shell.sendKeys('?');
  await shell.expectText('Keys that work here');
  await shell.sendKeys('x');
  await shell.expectText('Treated by');
  await shell.sendKeys('Enter');
  await shell.expectText('Treats here');
  await shell.sendKeys('q');
  await shell.expectExit(1);
  // oxlint-disable-next-line no-control-regex -- all of ASCII
  expect(shell.raw()).toMatch(/^[\u0000-\u007f]*$/);
});

async function toBoardAndOut(shell: Terminal): Promise<void> {
  await shell.expectText('The migrator');
  await shell.sendKeys('q');
  await shell.expectExit(1);
}

/** A command line of pgmedic for a project whose server is not there. */
async function unreachable(world: World, port: number): Promise<string> {
  const dir = join(world.home, 'project');
  await mkdir(join(dir, 'drizzle/meta'), { recursive: true });
  const url = `postgres://app:s3cret@127.0.0.1:${port}/shop`;
  const config = { dialect: 'postgresql', out: './drizzle', dbCredentials: { url } };
  await writeFile(join(dir, 'drizzle.config.json'), JSON.stringify(config));
  const journal = { version: '7', dialect: 'postgresql', entries: [] };
  await writeFile(join(dir, 'drizzle/meta/_journal.json'), JSON.stringify(journal));
  return `'${world.node}' '${world.program}' --dir '${dir}'`;
}
