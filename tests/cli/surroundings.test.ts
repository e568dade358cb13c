import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { openShop, type Shop } from '../playbooks/shop.js';
import { sandboxServer } from '../support/server.js';
import { openTerminal } from '../terminal/support.js';
import { at, bin, json, makeHome, type Home } from './program.js';

let home: Home;
let shop: Shop;
beforeAll(async () => {
  home = makeHome();
  shop = await openShop();
});
afterAll(async () => {
  await shop.close();
  await home.remove();
});

type Parts = readonly { readonly part: string; readonly state: string; readonly says: string }[];

test('doctor: what works, and what is limited', async () => {
  const ended = await home.run(['doctor', '--json', ...at(shop)]);
  const { parts } = json(ended) as { parts: Parts };
  expect(ended.code).toBe(0);
  expect(parts.map(({ part, state }) => [part, state])).toEqual([
    ['Node', 'works'],
    ['terminal', 'limited'],
    ['state folder', 'works'],
    ['project', 'works'],
    ['database', 'works'],
    ['sandbox', 'works'],
    ['pg_dump', 'works'],
  ]);
  expect(parts.at(-1)?.says).toContain('WebAssembly');
  const password = new URL(shop.url).password;
  expect(ended.stdout).not.toContain(password);
});

test('doctor: what is missing is said with its way out, and nothing is tried on a server that may be the live one', async () => {
  const empty = join(home.path, 'empty');
  await mkdir(empty);
  const ended = await home.run(['doctor', '--sandbox-url', sandboxServer().adminUrl], {
    cwd: empty,
  });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(/^missing {2}project .*\n {23}\S/m);
  expect(ended.stdout).toMatch(/^missing {2}sandbox .* not tried/m);
  expect(ended.stdout).toMatch(/^Missing: project, sandbox\.$/m);
  expect(ended.stderr).toBe('');
});

test('doctor: the state folder is that of the package in which the project is found', async () => {
  const dir = join(home.path, 'workspace');
  const addPackage = async (name: string): Promise<void> => {
    const folder = join(dir, name, 'migrations');
    await mkdir(folder, { recursive: true });
    await writeFile(join(dir, name, 'package.json'), '{}');
    await writeFile(join(folder, '1_goods.js'), 'exports.up = (knex) => knex.raw("SELECT 1")');
  };
  await addPackage('packages/shop');
  const state = join(home.path, 'other-state');
  const looked = async (): Promise<string | undefined> => {
    const ended = await home.run(['doctor', '--json', '--dir', dir, '--sandbox-url', 'no'], {
      env: { XDG_STATE_HOME: state },
    });
    const { parts } = json(ended) as { parts: Parts };
    return parts.find(({ part }) => part === 'state folder')?.says;
  };
  expect(await looked()).toMatch(/\/shop-[0-9a-f]{8}/);
  await addPackage('packages/web');
  expect(await looked()).toContain('which one is meant is not known');
  expect((await readdir(join(state, 'pgmedic'))).filter((name) => name !== '.gitignore')).toEqual([
    expect.stringMatching(/^shop-/),
  ]);
});

test('completion: commands, the names there are, and where a file is to be named', async () => {
  const asked = await Promise.all(
    [
      ['plan', 'mark'],
      ['diagnose', '--format', ''],
      ['apply', ''],
    ].map((words) => home.run(['complete', '--', ...words])),
  );
  expect(asked.map(({ stdout }) => stdout.match(/^[\w-]+(?=\t|$)/gm))).toEqual([
    ['mark-applied', 'mark-unapplied'],
    ['text', 'json', 'github', 'junit', 'sarif'],
    null,
  ]);
  // 4: nothing but these.
  expect(asked.map(({ stdout }) => stdout.match(/^:\d+$/m)?.[0])).toEqual([':4', ':4', ':0']);
});

/** An interactive one, where it is installed; nothing is read in that completes other commands. */
const bash = ['/bin/bash', '/usr/bin/bash'].find((path) => existsSync(path));
const bashTest = bash === undefined ? () => {} : test;

bashTest('completion in bash: the script may be read in twice, and Tab runs nothing', async () => {
  const folder = join(home.path, 'completed');
  await mkdir(folder);
  await writeFile(join(folder, 'plan.json'), '{}');
  await writeFile(join(folder, 'pgmedic'), `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`);
  await chmod(join(folder, 'pgmedic'), 0o755);
  const { PATH = '' } = process.env;
  const env = { HOME: folder, PATH: `${folder}:${PATH}`, PS1: '> ' };
  const args = ['--norc', '--noprofile', '-i'];
  const shell = openTerminal({ command: bash ?? '', args, cwd: folder, env });
  onTestFinished(() => shell.close());
  const tab = async (line: string, completed: string): Promise<void> => {
    shell.paste(line);
    await shell.expectText(line.trimEnd());
    await shell.sendKeys('Tab');
    await shell.expectText(completed);
    await shell.sendKeys('Ctrl-U');
  };
  await shell.expectText('>');
  shell.paste('its=$(pgmedic completion bash); eval "$its"; eval "$its"; echo is "read"\r');
  await shell.expectText(/^is read$/m);
  await tab('pgmedic drill push', 'pgmedic drill push-then-migrate');
  await tab('pgmedic diagnose --tool=dr', 'pgmedic diagnose --tool=drizzle');
  await tab('pgmedic plan $(touch run) --to', 'pgmedic plan $(touch run) --tool');
  await tab('pgmedic apply pl', 'pgmedic apply plan.json');
  expect(shell.transcript()).not.toMatch(/not found|readonly/);
  expect(existsSync(join(folder, 'run'))).toBe(false);
});
