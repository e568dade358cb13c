import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { watchHandles } from '../support/handles.js';
import { fileSha, sha256Of, undoFileEdit, writeFileStep } from '../../src/files/edit.js';

let base: string;
let root: string;
let keepIn: string;
beforeEach(async () => {
  base = await mkdtemp(join(tmpdir(), 'pgmedic-edit-'));
  root = join(base, 'drizzle');
  keepIn = join(base, 'session');
  await mkdir(join(root, 'meta'), { recursive: true });
});
afterEach(() => rm(base, { recursive: true }));

const path = 'meta/_journal.json';
const file = () => join(root, path);

function edit(before: string | Buffer | null, after: string, at = path) {
  const write = {
    type: 'file',
    path: at,
    before: before === null ? null : sha256Of(before),
    after,
    afterSha256: sha256Of(after),
  } as const;
  return {
    run: () => writeFileStep({ root, write, keepIn }),
    undo: () =>
      undoFileEdit({
        root,
        keepIn,
        undo: { type: 'file', path: at, expects: write.afterSha256, restores: write.before },
      }),
  };
}

describe('an edit', () => {
  test('writes the new text, keeps the mode, the original bytes, and no litter', async () => {
    // No valid UTF-8, so that only bytes can bring it back.
    const original = Buffer.from([0xef, 0xbb, 0xbf, 0x7b, 0xff, 0x7d, 0x0d, 0x0a]);
    await writeFile(file(), original);
    await chmod(file(), 0o640);
    const { run, undo } = edit(original, '{"é": 1}\n');
    expect(await run()).toMatchObject({ state: 'done' });
    expect(await readFile(file(), 'utf8')).toBe('{"é": 1}\n');
    expect((await stat(file())).mode & 0o777).toBe(0o640);
    const kept = join(keepIn, 'originals', sha256Of(original));
    expect(await readFile(kept)).toEqual(original);
    expect((await stat(kept)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(root, 'meta'))).toEqual(['_journal.json']);

    expect(await undo()).toMatchObject({ state: 'done' });
    expect(await readFile(file())).toEqual(original);
    expect((await stat(file())).mode & 0o777).toBe(0o640);
    expect(await readdir(join(root, 'meta'))).toEqual(['_journal.json']);
  });

  test('has the original and then the new bytes on the disk before the name changes hands', async () => {
    await writeFile(file(), 'old');
    const calls: string[] = [];
    const stop = await watchHandles((name) => calls.push(name));
    await edit('old', 'new').run().finally(stop);
    const order = calls.filter((name) => name === 'writeFile' || name === 'sync');
    // The original, its two folders; the new bytes; their folder, once the file is renamed.
    expect(order).toEqual(['writeFile', 'sync', 'sync', 'sync', 'writeFile', 'sync', 'sync']);
  });

  test('makes a file that was not there, as readable as its folder, and removes it again', async () => {
    const umask = process.umask(0o077);
    const { run, undo } = edit(null, 'new', 'meta2/_journal.json');
    const outcome = await run().finally(() => process.umask(umask));
    expect(outcome).toMatchObject({ state: 'done' });
    const made = await stat(join(root, 'meta2/_journal.json'));
    const above = await stat(root);
    expect(made.mode & 0o777).toBe(above.mode & 0o666);
    expect((await stat(join(root, 'meta2'))).mode & 0o777).toBe(above.mode & 0o777);
    expect([made.uid, made.gid]).toEqual([above.uid, above.gid]);
    expect(await undo()).toMatchObject({ state: 'done' });
    expect(await fileSha(root, 'meta2/_journal.json')).toBeNull();
  });

  test('is refused when the file is not what it was', async () => {
    await writeFile(file(), 'theirs');
    for (const before of ['old', null]) {
      expect(await edit(before, 'ours').run()).toMatchObject({ state: 'failed' });
    }
    await rm(file());
    expect(await edit('old', 'ours').run()).toMatchObject({ state: 'failed' });
    expect(await readdir(join(root, 'meta'))).toEqual([]);
  });

  test('is taken back only from what it wrote', async () => {
    await writeFile(file(), 'old');
    const { run, undo } = edit('old', 'ours');
    await run();
    await writeFile(file(), 'theirs');
    expect(await undo()).toMatchObject({ state: 'failed' });
    expect(await readFile(file(), 'utf8')).toBe('theirs');
    await writeFile(file(), 'ours');
    await writeFile(join(keepIn, 'originals', sha256Of('old')), 'damaged');
    expect(await undo()).toMatchObject({ state: 'failed' });
    expect(await readFile(file(), 'utf8')).toBe('ours');
  });

  test('in a folder that cannot take it leaves the old bytes', async () => {
    await writeFile(file(), 'old');
    // A file in the place of the session's folder: the original cannot be kept.
    await writeFile(keepIn, '');
    expect(await edit('old', 'ours').run()).toMatchObject({ state: 'failed' });
    expect(await readFile(file(), 'utf8')).toBe('old');
  });

  test('of a text that is not the one that was confirmed is a bug of ours', async () => {
    const write = { type: 'file', path, before: null, after: 'x', afterSha256: sha256Of('y') };
    await expect(
      writeFileStep({ root, keepIn, write: { ...write, type: 'file' } }),
    ).rejects.toThrow('afterSha256');
  });

  test('sweeps away what a dead process left, and leaves a living one alone', async () => {
    await writeFile(file(), 'old');
    await writeFile(join(root, 'meta', '._journal.json.pgmedic-4194305-aa'), 'half');
    await writeFile(join(root, 'meta', '._journal.json.pgmedic-1-aa'), 'busy');
    await edit('old', 'ours').run();
    expect((await readdir(join(root, 'meta'))).sort()).toEqual([
      '._journal.json.pgmedic-1-aa',
      '_journal.json',
    ]);
  });
});

describe('where an edit goes', () => {
  test('never out of the folder', async () => {
    await writeFile(join(base, 'outside'), 'old');
    const names = [
      '../outside',
      'meta/../../outside',
      join(base, 'outside'),
      '',
      '.',
      'a//b',
      'a\\b',
    ];
    for (const name of names) {
      const outcome = await edit('old', 'ours', name).run();
      expect(outcome, name).toMatchObject({ state: 'failed' });
    }
    await symlink(join(base, 'outside'), join(root, 'link'));
    expect(await edit('old', 'ours', 'link').run()).toMatchObject({ state: 'failed' });
    await symlink(base, join(root, 'up'));
    expect(await edit('old', 'ours', 'up/outside').run()).toMatchObject({ state: 'failed' });
    expect(await edit(null, 'ours', 'up/new').run()).toMatchObject({ state: 'failed' });
    await symlink(join(base, 'gone'), join(root, 'dangling'));
    expect(await edit(null, 'ours', 'dangling').run()).toMatchObject({ state: 'failed' });
    expect((await readdir(base)).sort()).toEqual(['drizzle', 'outside']);
    expect(await readFile(join(base, 'outside'), 'utf8')).toBe('old');
  });

  test('through a link inside it, to the file behind the link', async () => {
    await writeFile(join(root, 'real.json'), 'old');
    await symlink('../real.json', file());
    expect(await edit('old', 'ours').run()).toMatchObject({ state: 'done' });
    expect((await lstat(file())).isSymbolicLink()).toBe(true);
    expect(await readFile(join(root, 'real.json'), 'utf8')).toBe('ours');
  });

  test('to no folder and no pipe', async () => {
    await mkdir(file());
    expect(await edit(null, 'ours').run()).toMatchObject({ state: 'failed' });
  });
});
