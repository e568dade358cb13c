import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { base, entriesOf, openShop, sqlFiles, type Shop } from '../playbooks/shop.js';
import { sandboxServer } from '../support/server.js';
import { type PlanOnPaper, plan as contract } from './contract.js';
import { at, json, makeHome, type Ended, type Home } from './program.js';
import { deepTest } from '../support/deep-test.js';

let home: Home;
let shop: Shop;
let path: string;
let checkout: string;
let made: PlanOnPaper;
beforeAll(async () => {
  home = makeHome();
  shop = await openShop();
  await shop.reset();
  await shop.put(sqlFiles({ '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY);' }));
  await shop.list(entriesOf(Object.keys(base)));
  path = join(home.path, 'plan.json');
  checkout = join(home.path, 'checkout');
  await cp(shop.dir, checkout, { recursive: true });
  await shop.client.query(`CREATE ROLE second_person SUPERUSER LOGIN PASSWORD 'second'`);
  const planned = await home.run(['plan', 'reconcile-journal', '--out', path, ...at(shop)]);
  made = contract.parse(JSON.parse(await readFile(path, 'utf8')));
  expect(planned.stdout).toContain(`Code, for a second person to compare: ${made.code}`);
});
afterAll(async () => {
  await shop.client.query('DROP ROLE second_person');
  await shop.close();
  await home.remove();
});

/** From a checkout of one's own and as another role. */
function verify(...args: string[]): Promise<Ended> {
  const url = new URL(shop.url);
  [url.username, url.password] = ['second_person', 'second'];
  const sandbox = ['--sandbox-url', sandboxServer().adminUrl];
  return home.run([
    ...['verify-plan', path, '--dir', checkout, '--database-url', url.href],
    ...[...sandbox, '--json', ...args],
  ]);
}

test('another checkout and another role give the same code', async () => {
  const ended = await verify('--code', made.code.toLowerCase().replaceAll('-', ' '));
  expect(ended.code).toBe(0);
  expect(json(ended)).toMatchObject({ same: true, code: made.code, planned: made.code });
});

test('a code that was told for another plan is refused', async () => {
  const ended = await verify('--code', 'AAAA-BBBB-CCCC');
  expect(ended.code).toBe(1);
  expect(json(ended)).toMatchObject({ same: false, code: made.code });
});

test('one byte of SQL, one history row give another', async () => {
  const file = join(checkout, 'drizzle', '0002_notes.sql');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace('"notes" (', '"notes"  ('));
  const byte = await verify();
  await writeFile(file, text);
  expect(byte.code).toBe(1);
  expect(json(byte)).toMatchObject({
    same: false,
    planned: made.code,
    message: expect.stringContaining('Other, or not in the file: Apply by hand: 0002_notes'),
  });

  await shop.client.query(
    `INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('x', 1)`,
  );
  const row = await verify();
  await shop.client.query(`DELETE FROM drizzle.__drizzle_migrations WHERE hash = 'x'`);
  expect(row.code).toBe(1);
  expect(json(row)).toMatchObject({ same: false, planned: made.code });
  expect((json(row) as { code: string }).code).not.toBe(made.code);
});

deepTest('another database is refused, and nothing of it all leaves a session', async () => {
  const url = new URL(shop.url);
  url.pathname = '/postgres';
  const ended = await verify('--database-url', url.href);
  expect(ended).toMatchObject({ code: 2, stdout: '' });
  expect(ended.stderr).toContain('This plan is for');
  const { stdout } = await home.run(['sessions', '--json', '--dir', checkout]);
  expect(JSON.parse(stdout)).toEqual({ sessions: [] });
  await rm(checkout, { recursive: true });
});
