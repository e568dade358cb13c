import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Listener, observed } from '../../src/postgres/observed.js';
import { openGround, type Ground } from '../../src/runtime/ground.js';
import { reader } from '../../src/runtime/reader.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from '../playbooks/shop.js';
import { sandboxServer } from '../support/server.js';

/** The look behind the board: what decides waits for it, and a newer reading gives it up. */

let shop: Shop;
let state: string;
let ground: Ground;
beforeAll(async () => {
  shop = await openShop();
  state = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-test-')));
  const options = { dir: shop.dir, databaseUrl: shop.url, sandboxUrl: sandboxServer().adminUrl };
  ground = await openGround(options, { XDG_STATE_HOME: state });
  await shop.put(sqlFiles({ '0002_notes': 'CREATE TABLE "notes" ("id" int);' }));
  await shop.list(entriesOf([...Object.keys(base), '0002_notes']));
});
afterAll(async () => {
  await ground.close();
  await shop.close();
  await rm(state, { recursive: true, force: true });
});

const now = (): Date => new Date();

test('who asks for the latest while it goes on gets its end, with the evidence', async () => {
  const looking = reader(async () => ground, now);
  expect(await looking.latest()).toBeNull();
  const doing: string[] = [];
  const logged: string[] = [];
  const listener: Listener = ({ by, text }) => {
    logged.push(`${by}: ${text}`);
    return () => {};
  };
  const behind = observed(listener, () => looking.behind((progress) => doing.push(progress.doing)));
  const latest = await looking.latest();
  expect(latest?.evidence?.migrations.get('0002_notes')?.schema).toBe('absent');
  expect(await behind).toBe(latest);
  expect(doing).toContain('running the migrations');
  expect(logged).toContain('sandbox: use the server of --sandbox-url as the sandbox');
  // What the sandbox was sent is one entry of the session's log, which says so.
  expect(logged).toContain(
    'sandbox: rehearse 0002_notes on a schema-only copy of the live database, in the sandbox (its own statements are not listed)',
  );
});

test('a newer reading gives it up: nothing more comes of it', async () => {
  const looking = reader(async () => ground, now);
  let news = 0;
  const behind = looking.behind(() => (news += 1));
  const quick = looking.quick();
  const heard = news;
  expect(await behind).toBeNull();
  expect([await looking.latest(), news]).toEqual([null, heard]);
  expect((await quick).facts.schema.state).toBe('not read');
});

test('one that is over, and given up before its news could be told, is no news either', async () => {
  const looking = reader(async () => ground, now);
  let release = (): void => {};
  const over = new Promise<void>((resolve) => {
    const held = new Promise<void>((letGo) => (release = letGo));
    void looking
      .behind(
        () => {},
        () => {
          resolve();
          return held;
        },
      )
      .then((news) => (told = news));
  });
  let told: unknown = 'nothing yet';
  await over;
  const quick = looking.quick();
  release();
  await quick;
  expect(told).toBeNull();
});

test('one that fails says why, and is not the latest', async () => {
  const looking = reader(() => Promise.reject(new Error('the folder is gone')), now);
  const behind = looking.behind(() => {});
  expect(await looking.latest()).toBeNull();
  await expect(behind).rejects.toThrow('the folder is gone');
});

test('a look of just now stands for the first two readings, and for no later one', async () => {
  const seen = await reader(async () => ground, now).whole();
  const looking = reader(async () => ground, now, seen);
  expect(await looking.quick()).toBe(seen);
  expect(await looking.behind(() => {})).toBe(seen);
  expect(await looking.latest()).toBe(seen);
  expect(await looking.quick()).not.toBe(seen);

  const deciding = reader(async () => ground, now, seen);
  const whole = await deciding.whole();
  expect(whole).not.toBe(seen);
  expect(await deciding.quick()).not.toBe(seen);
});
