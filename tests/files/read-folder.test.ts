import { chmod, mkdir, symlink, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { readFolderContents } from '../../src/files/read-folder.js';
import type { FolderContents } from '../../src/tools/contract.js';
import { failure, tempProject } from './temp-project.js';

const wants = (path: string): boolean => /^[^/]*\.sql$|^meta\/|\/migration\.sql$/.test(path);
const read = (root: string): Promise<FolderContents> => readFolderContents(root, 'shown', wants);

test('wanted files are read by bytes, sorted by code unit; others are left alone', async () => {
  const root = await tempProject({
    '0001_b.sql': '\uFEFFselect 1;\r\n',
    '0000_a.sql': '',
    'Z.sql': 'x',
    'notes.txt': 'no',
    'meta/_journal.json': '{}',
    'meta/0000_snapshot.json': '{}',
    '20250101_x/migration.sql': 'y',
    '.hidden/migration.sql': 'no',
    'node_modules/a/migration.sql': 'no',
  });
  const contents = await read(root);
  expect(contents).toMatchObject({ path: 'shown', root, unreadable: [] });
  expect([...contents.files.keys()]).toEqual([
    '0000_a.sql',
    '0001_b.sql',
    '20250101_x/migration.sql',
    'Z.sql',
    'meta/0000_snapshot.json',
    'meta/_journal.json',
  ]);
  expect(contents.files.get('0001_b.sql')).toEqual(Buffer.from('\uFEFFselect 1;\r\n'));
});

test('what cannot be read as a file is listed with its reason', async () => {
  const root = await tempProject({ 'ok.sql': 'x', 'locked.sql': 'y' });
  await mkdir(join(root, 'meta/0000_snapshot.json'), { recursive: true });
  await writeFile(join(root, 'meta/_journal.json'), '');
  await truncate(join(root, 'meta/_journal.json'), 50 * 1024 * 1024);
  await symlink('gone.sql', join(root, 'broken.sql'));
  await chmod(join(root, 'locked.sql'), 0);
  const server = createServer().listen(join(root, 'socket.sql'));
  onTestFinished(() => void server.close());
  await new Promise((done) => server.once('listening', done));

  const { files, unreadable } = await read(root);
  const isRoot = process.getuid?.() === 0;
  expect([...files.keys()]).toEqual(isRoot ? ['locked.sql', 'ok.sql'] : ['ok.sql']);
  expect(unreadable).toEqual([
    { path: 'broken.sql', reason: 'it is a link to gone.sql, which cannot be read (ENOENT)' },
    ...(isRoot ? [] : [{ path: 'locked.sql', reason: 'no permission to read it' }]),
    { path: 'meta/0000_snapshot.json', reason: 'it is a folder, not a file' },
    {
      path: 'meta/_journal.json',
      reason: 'it is too large: 50 MiB, the limit is 32 MiB',
    },
    { path: 'socket.sql', reason: 'it is not a regular file' },
  ]);
});

test('links to files and folders are followed, one to a parent ends', async () => {
  const elsewhere = await tempProject({ 'real.sql': 'real', 'm/_journal.json': '{}' });
  const root = await tempProject();
  await symlink(join(elsewhere, 'real.sql'), join(root, '0000_x.sql'));
  await symlink(join(elsewhere, 'm'), join(root, 'meta'));
  await symlink(root, join(root, 'again'));
  const { files, unreadable } = await read(root);
  expect([...files].map(([path, bytes]) => `${path}=${bytes.toString()}`)).toEqual([
    '0000_x.sql=real',
    'meta/_journal.json={}',
  ]);
  expect(unreadable).toEqual([]);
});

test('a folder that cannot be listed is an error of the operator', async () => {
  const root = await tempProject({ file: '' });
  for (const name of ['gone', 'file']) {
    const error = await failure(read(join(root, name)));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('The migrations folder shown cannot be read');
  }
});
