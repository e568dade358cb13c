import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openShop, type Shop } from '../playbooks/shop.js';
import { expectRefusal, json, makeHome, type Home } from './program.js';

let home: Home;
let shop: Shop;
let tmp: string;
beforeAll(async () => {
  home = makeHome();
  shop = await openShop();
  tmp = join(home.path, 'tmp');
  await mkdir(tmp);
});
afterAll(async () => {
  await shop.close();
  await home.remove();
});

test('a backup is proven in a server of its own, kept where it was asked for, and nothing else stays', async () => {
  const out = join(home.path, 'kept');
  const database = await shop.database();
  const args = ['backup', '--json', '--out', out, '--dir', shop.dir, '--database-url', shop.url];
  const ended = await home.run(args, { env: { TMPDIR: tmp } });
  expect(ended).toMatchObject({ code: 0 });
  const { backup } = json(ended) as { backup: Record<'path' | 'sha256' | 'proof', string> };
  expect(backup.proof).toContain('(sandbox)');
  const bytes = await readFile(backup.path);
  expect(createHash('sha256').update(bytes).digest('hex')).toBe(backup.sha256);
  expect((await stat(backup.path)).mode & 0o777).toBe(0o600);
  expect((await readdir(out)).filter((name) => name.includes('partial'))).toEqual([]);
  expect(await readdir(tmp)).toEqual([]);
  expect(await shop.database()).toBe(database);
  const kept = await readdir(home.state, { recursive: true });
  expect(kept.filter((name) => name.endsWith('.sql'))).toEqual([]);
});

test('no backup of what cannot be reached', async () => {
  const url = new URL(shop.url);
  url.port = '1';
  const args = ['backup', '--json', '--dir', shop.dir, '--database-url', url.href];
  const ended = await home.run(args);
  expectRefusal(ended, 2, 'No server answers');
  expect(ended.stdout).toBe('');
});
