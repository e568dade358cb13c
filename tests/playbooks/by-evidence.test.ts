import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { loadParser } from '../../src/postgres/parse.js';
import { checkOnly } from '../../src/postgres/write-check.js';
import { recovering, states, type Recovering } from './session.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from './shop.js';
import { deepTest } from '../support/deep-test.js';

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
  if (plan === null || check === undefined) throw new Error('no check');
  const files = { sha: async () => null, text: async () => null };
  const asked = { url: shop.url, target: plan.target, checks: [check], files, statementTimeout: 0 };
  const broken = async (): Promise<string | null> =>
    checkOnly({ ...asked, parser: await loadParser() });
  expect(await broken()).toBeNull();
  await shop.client.query('ALTER TABLE notes ALTER id TYPE bigint');
  expect(await broken()).toContain('column public.notes.id has type bigint, not integer');
  await shop.client.query('DROP TABLE notes');
  expect(await broken()).toContain('table public.notes is not there');
});

deepTest('without a history table the baseline makes it, with every row', async () => {
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
