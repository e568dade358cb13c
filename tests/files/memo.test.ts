import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openMemo } from '../../src/files/memo.js';
import { readFolder } from '../../src/tools/drizzle/read-folder.js';
import type { FolderContents } from '../../src/tools/contract.js';

let home = '';
beforeEach(async () => void (home = await mkdtemp(join(tmpdir(), 'pgmedic-memo-'))));
afterEach(() => rm(home, { recursive: true, force: true }));

const path = 'meta/0000_snapshot.json';

/** A snapshot with 11 MB of white space behind it. */
function folderWith(snapshot: object): FolderContents {
  const text = JSON.stringify(snapshot) + ' '.repeat(11_000_000);
  return { path: 'd', root: '/d', files: new Map([[path, Buffer.from(text)]]), unreadable: [] };
}

async function look(contents: FolderContents): Promise<unknown> {
  const memo = await openMemo(contents, { XDG_CACHE_HOME: home });
  if (memo === null) throw new Error('no memo');
  const { snapshots } = readFolder(contents, [], memo);
  await memo.save();
  return snapshots;
}

const sound = { id: 'a', prevId: 'b', version: '6', tables: {} };
const read = [{ state: 'read', path, id: 'a', prevId: 'b', version: '6' }];

test('remembers what was sound, by content', async () => {
  expect(await look(folderWith(sound))).toEqual(read);
  expect(await look(folderWith(sound))).toEqual(read);
  expect(await look(folderWith({ ...sound, id: 'c' }))).toEqual([{ ...read[0], id: 'c' }]);
  const broken = [{ state: 'malformed', path, reason: expect.stringContaining('$.prevId') }];
  const { prevId: _, ...without } = sound;
  expect(await look(folderWith(without))).toEqual(broken);
  expect(await look(folderWith(without))).toEqual(broken);
  expect(await look(folderWith(sound))).toEqual(read);
});

test('does without a memo that is damaged', async () => {
  await look(folderWith(sound));
  const folder = join(home, 'pgmedic', 'judged');
  const [name] = await readdir(folder);
  await writeFile(join(folder, name ?? ''), '{"drizzle snapshot');
  expect(await look(folderWith(sound))).toEqual(read);
});

test('is not kept for small folders', async () => {
  const small = { path: 'd', root: '/d', files: new Map(), unreadable: [] };
  expect(await openMemo(small, { XDG_CACHE_HOME: home })).toBeNull();
});
