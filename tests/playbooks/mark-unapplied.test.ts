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

const notes = { '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);' };
const all = { ...base, ...notes };

/** All three are recorded; of the named one nothing is there. */
beforeEach(async () => {
  await shop.reset();
  await shop.put(sqlFiles(notes));
  await shop.list(entriesOf(Object.keys(all)));
  await shop.migrate();
});

test('the newest becomes pending again, and undo gives back the very row', async () => {
  await shop.client.query('DROP TABLE notes');
  const before = await shop.rows();
  const wish = { migrations: ['0002_notes'], answers: { reason: 'the table was lost' } };
  const recovery = await session.play('mark-unapplied', wish);
  expect(states(recovery)).toEqual({ look: 'done', 'mark:0002_notes': 'done', agree: 'done' });
  expect(recovery.plan?.warnings).toEqual([]);
  expect(recovery.verdict?.words).toContain('it will run 0002_notes');
  expect(await shop.rows()).toEqual(before.slice(0, 2));

  expect(await session.undo('mark:0002_notes')).toMatchObject({ state: 'done' });
  expect(await shop.rows()).toEqual(before);

  await session.play('mark-unapplied', wish);
  const { wrote, error } = await shop.migrate();
  expect([wrote.length, error]).toEqual([1, null]);
  expect(await shop.one(`SELECT to_regclass('notes')`)).toBe('notes');

  // The migrator has recorded it anew: with the old row back, it would be there twice.
  const after = await shop.rows();
  expect(await session.undo('mark:0002_notes')).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('nobody else has written') as string,
  });
  expect(await shop.rows()).toEqual(after);
});

deepTest('the undo refuses when the journal was changed meanwhile', async () => {
  await session.play('mark-unapplied', { migrations: ['0002_notes'], answers });
  const stamped = entriesOf(Object.keys(all)).map((entry, at) =>
    at === 2 ? { ...entry, when: T + 9000 } : entry,
  );
  await shop.list(stamped);
  expect(await session.undo('mark:0002_notes')).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('_journal.json has other content') as string,
  });
  expect(await shop.rows()).toHaveLength(2);
});

deepTest(
  'of an older one it warns that it will be skipped; reconciling the journal then makes it pending',
  async () => {
    await shop.client.query('DROP TABLE orders');
    const recovery = await session.play('mark-unapplied', { migrations: ['0001_orders'], answers });
    expect(recovery.plan?.warnings).toEqual([
      expect.stringMatching(/will skip 0001_orders.*apply-manually/),
    ]);
    expect(recovery.verdict?.agrees).toBe(true);
    expect(recovery.verdict?.words).toContain('it will skip 0001_orders');
    expect(await shop.nextRun()).toEqual({ runs: [], skips: ['0001_orders'], fails: null });
    expect((await shop.migrate()).wrote).toEqual([]);

    const again = await session.play('reconcile-journal', { answers: { apply: 'no' } });
    expect(again.verdict?.words).toContain('it will run 0001_orders');
    const { wrote, error } = await shop.migrate();
    expect([wrote.length, error]).toEqual([1, null]);
    expect(await shop.one('SELECT count(*) FROM orders')).toBe('2');
    expect(await shop.nextRun()).toEqual({ runs: [], skips: [], fails: null });
  },
);

deepTest('all rows of one that is recorded twice go, and come back', async () => {
  await shop.client.query(
    `INSERT INTO drizzle.__drizzle_migrations (hash, created_at)
     SELECT hash, created_at FROM drizzle.__drizzle_migrations WHERE created_at = ${T + 2000}`,
  );
  const before = await shop.rows();
  expect(before).toHaveLength(4);
  await session.play('mark-unapplied', { migrations: ['0002_notes'], answers });
  expect(await shop.rows()).toEqual(before.slice(0, 2));
  expect(await session.undo('mark:0002_notes')).toMatchObject({ state: 'done' });
  expect(await shop.rows()).toEqual(before);
});

test('what is not recorded is refused', async () => {
  await shop.put({ '0003_tags.sql': 'select 1;' });
  const { end, plan } = await session.play('mark-unapplied', {
    migrations: ['0003_tags'],
    answers,
  });
  expect(plan).toBeNull();
  expect(end).toMatchObject({ why: expect.stringContaining('not recorded as applied') as string });
});

deepTest('the undo refuses when someone has recorded it anew under the same id', async () => {
  const [, , row] = await shop.rows();
  await session.play('mark-unapplied', { migrations: ['0002_notes'], answers });
  await shop.client.query(
    `INSERT INTO drizzle.__drizzle_migrations (id, hash, created_at) VALUES (${row?.id}, 'theirs', 1)`,
  );
  const database = await shop.database();
  expect((await session.undo('mark:0002_notes')).state).toBe('failed');
  expect(await shop.database()).toBe(database);
});
