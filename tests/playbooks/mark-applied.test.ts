import { createHash } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { recovering, states, type Recovering } from './session.js';
import { deepTest } from '../support/deep-test.js';
import { base, entriesOf, openShop, sqlFiles, T, type Shop } from './shop.js';

/** What the operator says where the evidence does not carry it; what it carries needs no reason. */
const answers = { reason: 'looked with psql' };

let shop: Shop;
let session: Recovering;
beforeAll(async () => {
  shop = await openShop();
  session = await recovering(shop);
});
afterAll(async () => {
  await session.close();
  await shop.close();
});

/** Pushed past the migrator, as in incident 001. */
const pushed = {
  '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);',
  '0003_tags': 'CREATE TABLE "tags" ("id" serial PRIMARY KEY NOT NULL);',
};
const all = { ...base, ...pushed };
const tags = Object.keys(pushed);

beforeEach(async () => {
  await shop.reset();
  await shop.put(sqlFiles(pushed));
  await shop.list(entriesOf(Object.keys(all)));
  for (const sql of Object.values(pushed)) await shop.client.query(sql);
});

const hash = (text: string): string => createHash('sha256').update(text).digest('hex');

test('several: the rows are what drizzle itself writes, it has nothing left to run, and undo takes back what is unchanged', async () => {
  expect((await shop.migrate()).error?.sqlstate).toBe('42P07');
  const before = await shop.rows();
  const wish = { migrations: tags.toReversed(), answers: { reason: 'pushed on Monday' } };
  const recovery = await session.play('mark-applied', wish);
  expect(states(recovery)).toEqual({
    look: 'done',
    'mark:0002_notes': 'done',
    'mark:0003_tags': 'done',
    agree: 'done',
  });
  expect(recovery.verdict?.words).toContain('The migrator agrees: nothing to run');
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
  expect(
    (await shop.rows()).slice(before.length).map(({ hash: h, created_at }) => [h, created_at]),
  ).toEqual([
    [hash(pushed['0002_notes']), String(T + 2000)],
    [hash(pushed['0003_tags']), String(T + 3000)],
  ]);
  expect(await session.report()).toContain('Reason: pushed on Monday');

  // Changed meanwhile, the row is not taken back.
  const last = `id = (SELECT max(id) FROM drizzle.__drizzle_migrations)`;
  const write = (value: string): Promise<unknown> =>
    shop.client.query(`UPDATE drizzle.__drizzle_migrations SET hash = $1 WHERE ${last}`, [value]);
  await write('theirs');
  const theirs = await shop.database();
  expect(await session.undo('mark:0003_tags')).toMatchObject({ state: 'failed' });
  expect(await shop.database()).toBe(theirs);
  await write(hash(pushed['0003_tags']));

  expect(await session.undo('mark:0003_tags')).toMatchObject({ state: 'done' });
  expect(await session.undo('mark:0002_notes')).toMatchObject({ state: 'done' });
  expect(await shop.rows()).toEqual(before);
  expect((await shop.migrate()).error?.sqlstate).toBe('42P07');
});

deepTest('the rows equal those that the real migrator writes for the same files', async () => {
  await session.play('mark-applied', { migrations: tags, answers });
  const ours = await shop.rows();
  await shop.client.query(
    'DROP TABLE notes, tags; DELETE FROM drizzle.__drizzle_migrations WHERE id > 2',
  );
  expect((await shop.migrate()).error).toBeNull();
  const drizzles = await shop.rows();
  const values = (rows: typeof ours): unknown[] => rows.map(({ id: _, ...row }) => row);
  expect(values(ours)).toEqual(values(drizzles));
});

test('one that would hide an earlier one is refused, and both together are not', async () => {
  const database = await shop.database();
  const { end, plan } = await session.play('mark-applied', { migrations: ['0003_tags'], answers });
  expect(plan).toBeNull();
  expect(end).toMatchObject({
    end: 'stopped',
    why: expect.stringContaining('the migrator would skip 0002_notes') as string,
  });
  expect(await shop.database()).toBe(database);
});

test('what is recorded, not listed, or without its file is refused with the way out', async () => {
  const refused = async (id: string): Promise<string> => {
    const { end, plan } = await session.play('mark-applied', { migrations: [id], answers });
    expect(plan).toBeNull();
    return end.end === 'stopped' ? end.why : end.end;
  };
  const database = await shop.database();
  expect(await refused('0001_orders')).toMatch(
    /recorded already: row 2 of drizzle\.__drizzle_migrations.*mark-unapplied 0001_orders/,
  );
  await shop.put({ '0004_loose.sql': 'select 1;' });
  expect(await refused('0004_loose')).toMatch(/no entry for 0004_loose.*reconcile-journal/);
  expect(await refused('0009_nosuch')).toMatch(/There is no migration 0009_nosuch/);
  await shop.put({ '0003_tags.sql': null });
  expect(await refused('0003_tags')).toMatch(/The file of 0003_tags is missing.*version control/);
  expect(await shop.database()).toBe(database);
});

deepTest('a file that is edited before the step runs stops it', async () => {
  // The last step is not confirmed, so that its turn never comes in this plan.
  const first = await session.play('mark-applied', {
    migrations: tags,
    answers,
    confirm: ['mark:0002_notes'],
  });
  expect(first.end).toEqual({ end: 'unconfirmed', step: 'mark:0003_tags' });
  await shop.put({ '0003_tags.sql': `${pushed['0003_tags']} -- later` });
  const second = await session.play('mark-applied', { migrations: ['0003_tags'], answers });
  expect(states(second)).toMatchObject({ 'mark:0003_tags': 'done' });
  const rows = await shop.rows();
  expect(rows.at(-1)?.hash).toBe(hash(`${pushed['0003_tags']} -- later`));
  expect(first.plan?.facts).not.toBe(second.plan?.facts);
});

deepTest(
  'the undo refuses when the migrator has run a later one: it would be skipped for good',
  async () => {
    await shop.client.query('DROP TABLE tags');
    await session.play('mark-applied', { migrations: ['0002_notes'], answers });
    expect((await shop.migrate()).wrote).toHaveLength(1);
    const database = await shop.database();
    expect(await session.undo('mark:0002_notes')).toMatchObject({
      state: 'failed',
      message: expect.stringContaining('nobody else has written') as string,
    });
    expect(await shop.database()).toBe(database);
    expect(await shop.nextRun()).toEqual({ runs: [], skips: [], fails: null });
  },
);

deepTest('the undo refuses when the journal was changed meanwhile', async () => {
  await session.play('mark-applied', { migrations: tags, answers });
  await shop.list(entriesOf(Object.keys(all)).map((entry) => ({ ...entry, when: entry.when - 1 })));
  const database = await shop.database();
  expect(await session.undo('mark:0003_tags')).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('_journal.json has other content') as string,
  });
  expect(await shop.database()).toBe(database);
});
