import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { recovering, states, type Recovering } from './session.js';
import { deepTest } from '../support/deep-test.js';
import { openShop, type Shop } from './shop.js';

const playbook = `name: pause-and-index
title: Pause the worker and index orders
summary: Stops the worker, indexes the orders, starts the worker.
treats: []
migrations: none
asks:
  - id: worker
    question: Is the worker stopped?
    choices: { 'yes': it is stopped, 'no': stop it here }
    suggested: 'no'
steps:
  - tell: Warn the team
    id: warn
    text: The orders are locked for a moment.
  - command: ['NODE', -e, 'require("fs").appendFileSync("worker.log", "stopped in " + process.cwd())']
    id: stop
    title: Stop the worker
    when: { worker: 'no' }
  - check: sql
    id: idle
    title: Every order has a user
    sql: select count(*) from orders where user_id is null
    expect: [['0']]
  - write: sql
    id: index
    title: Index the orders
    sql: |
      create index orders_total on orders (total);
      update orders set total = total + 1;
    risk: ddl
  - write: sql
    id: forget
    title: Forget small orders
    sql: delete from orders where total < 15
  - check: next-run
    id: agree
    title: The migrator agrees
`;

let shop: Shop;
let session: Recovering;
beforeAll(async () => {
  shop = await openShop();
  await bringPlaybook();
  session = await recovering(shop);
});
beforeEach(async () => {
  await shop.reset();
  await bringPlaybook();
});
afterAll(async () => {
  await session.close();
  await shop.close();
});

let life = 0;

/** With a file that is new each time: for the same facts, what was done is not done again. */
async function bringPlaybook(): Promise<void> {
  await shop.put({ '0009_draft.sql': `select ${++life};` });
  const folder = join(shop.dir, 'pgmedic/playbooks');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'pause.yaml'), playbook.replace('NODE', process.execPath));
}

const name = (): string => new URL(shop.url).pathname.slice(1);
const workerLog = (): Promise<string | null> =>
  readFile(join(shop.dir, 'worker.log'), 'utf8').catch(() => null);

test('tells, runs the command in the project, checks, writes, and asks the migrator', async () => {
  const recovery = await session.play('pause-and-index', { targetName: name() });
  expect(recovery.end).toEqual({ end: 'ran' });
  expect(states(recovery)).toEqual({
    warn: 'done',
    stop: 'done',
    idle: 'done',
    index: 'done',
    forget: 'done',
    agree: 'done',
  });
  expect(recovery.verdict?.agrees).toBe(true);
  expect(await workerLog()).toBe(`stopped in ${shop.dir}`);
  expect(await shop.one('SELECT string_agg(total::text, $$,$$) FROM orders')).toBe('21');
  expect(await shop.one(`SELECT to_regclass('orders_total')`)).toBe('orders_total');
  await expect(session.undo('index')).rejects.toThrow('cannot be taken back');
  await expect(session.undo('stop')).rejects.toThrow('wrote nothing');
});

deepTest('a step that its answer rules out is left out', async () => {
  const recovery = await session.play('pause-and-index', {
    answers: { worker: 'yes' },
    confirm: [],
  });
  expect(recovery.end).toEqual({ end: 'unconfirmed', step: 'index' });
  expect(recovery.plan?.steps.map(({ id }) => id)).toEqual([
    'warn',
    'idle',
    'index',
    'forget',
    'agree',
  ]);
  expect(await workerLog()).toBeNull();
});

test('what destroys needs the name of the database as well; SQL without a risk counts as that', async () => {
  const recovery = await session.play('pause-and-index', { targetName: 'another' });
  expect(recovery.end).toMatchObject({
    end: 'stopped',
    why: expect.stringContaining(name()) as string,
  });
  expect(await shop.one('SELECT count(*) FROM orders')).toBe('2');
});

test('a check that does not hold stops it before anything is written', async () => {
  await shop.client.query(
    'ALTER TABLE orders ALTER user_id DROP NOT NULL; INSERT INTO orders (total) VALUES (5)',
  );
  const database = await shop.database();
  const recovery = await session.play('pause-and-index', { targetName: name() });
  expect(recovery.outcomes).toMatchObject({
    idle: { state: 'failed', message: expect.stringContaining('expected 0, found 1') as string },
    index: { state: 'notRun' },
    forget: { state: 'notRun' },
  });
  expect(await shop.database()).toBe(database);
});

test('a command that fails stops it, with what it said', async () => {
  const failing = playbook
    .replace('NODE', process.execPath)
    .replace(/require.*cwd\(\)\)/, 'console.error("no such unit"); process.exit(5)');
  await writeFile(join(shop.dir, 'pgmedic/playbooks/pause.yaml'), failing);
  const database = await shop.database();
  const own = await recovering(shop);
  try {
    const recovery = await own.play('pause-and-index', { targetName: name() });
    expect(recovery.outcomes).toMatchObject({
      stop: {
        state: 'failed',
        message: expect.stringMatching(/exit code 5: no such unit/) as string,
      },
      index: { state: 'notRun' },
    });
    expect(await shop.database()).toBe(database);
  } finally {
    await own.close();
  }
});
