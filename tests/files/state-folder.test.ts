import { chmod, readFile, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { stateFolder } from '../../src/files/state-folder.js';
import { failure, tempProject } from './temp-project.js';

const modeOf = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;

test('is by project under XDG_STATE_HOME, closed to others, ignored by git', async () => {
  const base = await tempProject();
  const project = await tempProject();
  const folder = await stateFolder({ XDG_STATE_HOME: join(base, 'state') }, project);
  expect(folder.root).toMatch(
    new RegExp(`^${base}/state/pgmedic/${basename(project)}-[0-9a-f]{8}$`),
  );
  for (const path of [dirname(folder.root), ...Object.values(folder)]) {
    expect(await modeOf(path)).toBe(0o700);
  }
  expect(await readFile(join(base, 'state/pgmedic/.gitignore'), 'utf8')).toBe('*\n');
});

test('is ~/.local/state otherwise; a relative XDG_STATE_HOME does not count', async () => {
  const home = await tempProject();
  const project = await tempProject();
  const plain = await stateFolder({ HOME: home }, project);
  expect(plain.root.startsWith(join(home, '.local/state/pgmedic/'))).toBe(true);
  expect(await stateFolder({ HOME: home, XDG_STATE_HOME: 'state' }, project)).toEqual(plain);
});

test('follows the real path: one project, one folder; another of its name, another folder', async () => {
  const env = { HOME: await tempProject() };
  const parent = await tempProject({ 'a/shop/x': '', 'b/shop/x': '' });
  await symlink(join(parent, 'a/shop'), join(parent, 'link'));
  const one = await stateFolder(env, join(parent, 'a/shop'));
  expect(await stateFolder(env, join(parent, 'link'))).toEqual(one);
  const other = await stateFolder(env, join(parent, 'b/shop'));
  expect(other.root).not.toBe(one.root);
  expect(basename(other.root)).toMatch(/^shop-/);
});

test('is closed when it was found open', async () => {
  const base = await tempProject();
  const project = await tempProject();
  const env = { XDG_STATE_HOME: base };
  const { backups } = await stateFolder(env, project);
  await chmod(backups, 0o755);
  await stateFolder(env, project);
  expect(await modeOf(backups)).toBe(0o700);
});

test('that cannot be made is refused with the way out', async () => {
  const project = await tempProject({ file: '' });
  const error = await failure(stateFolder({ XDG_STATE_HOME: join(project, 'file') }, project));
  expect(error).toBeInstanceOf(UserError);
  expect(error.message).toContain('cannot keep its run logs and backups');
  expect(error.next.join()).toContain('XDG_STATE_HOME');
});
