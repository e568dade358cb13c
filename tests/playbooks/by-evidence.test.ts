import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { asExpected, seenNow } from '../../src/core/planning/object-check.js';
import { catalogOf } from '../evidence/support.js';
import { recovering, states, type Recovering } from './session.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from './shop.js';

let shop: Shop;
let session: Recovering;
beforeAll(async () => {
  shop = await openShop();
  session = await recovering(shop);
});
beforeEach(() => shop.reset());
afterAll(async () => {
  await session.close();
  await shop.close();
});

const clean = { wrote: [], error: null, tableThere: true };

/** Listed and not recorded, behind those of the base. */
async function pending(files: Readonly<Record<string, string>>): Promise<void> {
  await shop.put(sqlFiles(files));
  await shop.list(entriesOf([...Object.keys(base), ...Object.keys(files)]));
}

test('incident 001: baseline records what was pushed, as drizzle would have, and leaves the rest', async () => {
  const pushed = {
    '0002_notes': `CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL, "body" text DEFAULT '' NOT NULL);`,
    '0003_tags': `CREATE TYPE "color" AS ENUM('red', 'blue');--> statement-breakpoint
CREATE TABLE "tags" ("id" serial PRIMARY KEY NOT NULL, "color" "color" NOT NULL);--> statement-breakpoint
CREATE INDEX "tags_color" ON "tags" ("color");`,
  };
  const before = await shop.rows();
  await pending({ ...pushed, '0004_later': 'ALTER TABLE "tags" ADD COLUMN "later" text;' });
  for (const sql of Object.values(pushed)) await shop.client.query(sql);
  expect((await shop.migrate()).error?.sqlstate).toBe('42P07');

  const all = await session.play('mark-applied', {
    migrations: ['0002_notes', '0003_tags', '0004_later'],
  });
  expect(all.end).toMatchObject({
    why: expect.stringContaining(
      '0004_later lacks column public.tags.later (statement 1)',
    ) as string,
  });

  const { plan, ...recovery } = await session.play('baseline');
  expect(states({ plan, ...recovery })).toEqual({ hold: 'done', record: 'done', agree: 'done' });
  expect(plan?.predicts.runs).toEqual(['0004_later']);
  expect(await session.undo('record')).toMatchObject({ state: 'done' });
  expect(await shop.rows()).toEqual(before);

  await session.play('baseline');
  const run = await shop.migrate();
  expect([run.wrote.length, run.error]).toEqual([1, null]);
  expect(await shop.one(`SELECT count(*) FROM drizzle.__drizzle_migrations`)).toBe('5');
  expect(await shop.migrate()).toEqual(clean);
});

test('a baseline stops when something it rests on is gone by then', async () => {
  await pending({ '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);' });
  await shop.client.query('CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL)');
  const { plan } = await session.play('baseline', { confirm: [] });
  const step = plan?.steps.find(({ id }) => id === 'record');
  const write = step?.kind === 'write' && step.write.type === 'transaction' ? step.write : null;
  const check = write?.before.find(({ title }) => title.startsWith('as the plan has it'));
  const rows = async (): Promise<unknown[]> =>
    check?.type === 'sql' ? (await shop.client.query(check.sql)).rows : ['no check'];
  expect(await rows()).toEqual([]);
  await shop.client.query('DROP TABLE notes');
  expect(await rows()).toContainEqual({ key: 'table public.notes' });
});

test('without a history table the baseline makes it, with every row', async () => {
  await shop.client.query('DROP SCHEMA drizzle CASCADE');
  const recovery = await session.play('baseline');
  expect(states(recovery)).toEqual({ hold: 'done', record: 'done', agree: 'done' });
  expect(await shop.rows()).toHaveLength(2);
  expect(await shop.migrate()).toEqual(clean);
});

test('a half-run migration is finished where it stopped, and recorded', async () => {
  const statements = [
    'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);',
    'ALTER TABLE "orders" ADD COLUMN "note_id" integer;',
    'ALTER TABLE "orders" ADD CONSTRAINT "orders_note_fk" FOREIGN KEY ("note_id") REFERENCES "notes"("id");',
    `INSERT INTO "notes" DEFAULT VALUES;`,
  ];
  await pending({ '0002_notes': statements.join('\n--> statement-breakpoint\n') });
  for (const sql of statements.slice(0, 2)) await shop.client.query(sql);
  expect((await shop.migrate()).error?.sqlstate).toBe('42P07');
  const whole = await session.play('apply-manually', { migrations: ['0002_notes'] });
  expect(whole.plan).toBeNull();
  expect(whole.end).toMatchObject({
    why: expect.stringContaining('finish-partial 0002_notes') as string,
  });

  const recovery = await session.play('finish-partial', { migrations: ['0002_notes'] });
  expect(states(recovery)).toEqual({ hold: 'done', 'finish:0002_notes': 'done', agree: 'done' });
  expect(await shop.one('SELECT count(*) FROM notes')).toBe('1');
  expect(await shop.migrate()).toEqual(clean);
});

test('every object of a catalog is seen to be there by the short look', async () => {
  await shop.client.query(
    `
    CREATE SCHEMA "Odd one"; CREATE TYPE "Odd one"."a.b" AS ENUM ('x', 'y''z'); CREATE DOMAIN "positive" AS int CHECK (VALUE > 0);
    CREATE TABLE "Odd one"."T.t" ("id" int PRIMARY KEY, "C c" "Odd one"."a.b" NOT NULL, p positive, CONSTRAINT "k k" CHECK (id > 0));
    CREATE INDEX "i i" ON "Odd one"."T.t" ("C c"); CREATE VIEW v AS SELECT 1 AS one; CREATE MATERIALIZED VIEW mv AS SELECT 1 AS one;
    CREATE SEQUENCE "s s"; CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER "t t" BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION f(); CREATE POLICY "p p" ON orders USING (true);
    ALTER TABLE orders ADD CONSTRAINT nv CHECK (total > -1) NOT VALID`.replace('f()', 'f()'),
  );
  const live = new Map((await catalogOf(shop.client)).map((object) => [object.key, object]));
  const look = async (): Promise<string[]> => {
    const check = asExpected(seenNow([...live.keys()], live));
    const { rows } = await shop.client.query<{ key: string }>(
      check?.type === 'sql' ? check.sql : '',
    );
    return rows.map(({ key }) => key);
  };
  expect(live.size).toBeGreaterThan(25);
  expect(await look()).toEqual([]);
  await shop.client.query(`
    ALTER TABLE "Odd one"."T.t" ALTER "C c" DROP NOT NULL; ALTER TABLE orders VALIDATE CONSTRAINT nv; DROP INDEX "Odd one"."i i";
    ALTER TYPE "Odd one"."a.b" ADD VALUE 'late'; DROP TRIGGER "t t" ON orders`);
  expect(await look()).toEqual([
    'column "Odd one"."T.t"."C c"',
    'constraint public.orders.nv',
    'enum "Odd one"."a.b"',
    'index "Odd one"."i i"',
    'trigger public.orders."t t"',
  ]);
  await shop.client.query('DROP SCHEMA "Odd one" CASCADE');
});
