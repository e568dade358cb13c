import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { runMigrator } from '../support/drizzle-project.js';
import { recovering, states, type Recovering } from './session.js';
import { deepTest } from '../support/deep-test.js';
import { base, entriesOf, openShop, sqlFiles, T, type Shop } from './shop.js';

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

/** Adds one listed migration behind those of the base. */
async function pending(sql: string, tag = '0002_next'): Promise<void> {
  await shop.put(sqlFiles({ [tag]: sql }));
  await shop.list(entriesOf([...Object.keys(base), tag]));
}

const apply = (id = '0002_next') => session.play('apply-manually', { migrations: [id] });

test('the SQL and its row go in one transaction; afterwards the migrator has nothing to do', async () => {
  await pending(`ALTER TABLE "orders" ADD COLUMN "note" text;
--> statement-breakpoint
UPDATE "orders" SET "note" = 'a;b' || $$--> c$$ WHERE "id" > 0;
CREATE INDEX "orders_note" ON "orders" ("note");`);
  const recovery = await apply();
  expect(recovery.plan?.steps[0]?.text).toMatch(
    /Rehearsed on a copy.*goes through.*locks public\.orders in ACCESS EXCLUSIVE mode \(.*less than 1 MB\)/s,
  );
  expect(states(recovery)).toEqual({ 'apply:0002_next': 'done', agree: 'done' });
  expect(recovery.verdict?.words).toBe('The migrator agrees: nothing to run, nothing skipped.');
  expect((await shop.rows()).at(-1)).toMatchObject({ created_at: String(T + 2000) });
  expect(await shop.one('SELECT min(note) FROM orders')).toBe('a;b--> c');
  const xids = await shop.client.query(
    `SELECT xmin FROM orders UNION SELECT xmin FROM drizzle.__drizzle_migrations WHERE created_at = ${T + 2000}`,
  );
  expect(xids.rows).toHaveLength(1);
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
  await expect(session.undo('apply:0002_next')).rejects.toThrow('cannot be taken back');
});

test('statements that cannot be in a transaction are steps of their own, and the row comes last', async () => {
  await pending(`CREATE TYPE "mood" AS ENUM ('sad', 'ok');
ALTER TABLE "users" ADD COLUMN "mood" "mood";
--> statement-breakpoint
CREATE INDEX CONCURRENTLY "users_name" ON "users" ("name");
--> statement-breakpoint
UPDATE "users" SET "mood" = 'ok' WHERE "id" > 0;
CREATE INDEX CONCURRENTLY "users_mood" ON "users" ("mood");`);
  const recovery = await apply();
  expect(recovery.end).toEqual({ end: 'ran' });
  expect(states(recovery)).toEqual({
    'apply:0002_next:1': 'done',
    'apply:0002_next:2': 'done',
    'apply:0002_next:3': 'done',
    'apply:0002_next:4': 'done',
    'apply:0002_next:5': 'done',
    agree: 'done',
  });
  expect(
    await shop.one(
      `SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid::regclass::text IN ('users_name', 'users_mood')`,
    ),
  ).toBe('2');
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
});

deepTest('ALTER TYPE ... ADD VALUE and the use of the value in one file', async () => {
  await shop.client.query(
    `CREATE TYPE "mood" AS ENUM ('sad'); ALTER TABLE "users" ADD COLUMN "mood" "mood"`,
  );
  await pending(`ALTER TYPE "mood" ADD VALUE 'ok';
--> statement-breakpoint
UPDATE "users" SET "mood" = 'ok' WHERE "id" > 0;`);
  expect((await shop.migrate()).error?.sqlstate).toBe('55P04');
  const recovery = await apply();
  expect(states(recovery)).toEqual({
    'apply:0002_next:1': 'done',
    'apply:0002_next:2': 'done',
    agree: 'done',
  });
  expect(recovery.plan?.steps[1]?.text).toContain('The parts before it stay');
  expect(await shop.one('SELECT min(mood) FROM users')).toBe('ok');
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
});

deepTest('a value that is only added to an enum needs no step of its own', async () => {
  await shop.client.query(`CREATE TYPE "mood" AS ENUM ('sad')`);
  await pending(`ALTER TYPE "mood" ADD VALUE IF NOT EXISTS 'ok';\nSELECT 'other';`);
  expect(states(await apply())).toEqual({ 'apply:0002_next': 'done', agree: 'done' });
  expect(await shop.one(`SELECT enum_last(null::mood)`)).toBe('ok');
});

test('a COMMIT in the file is refused, with file and line', async () => {
  await pending(`ALTER TABLE "orders" ADD COLUMN "note" text;\n\nCOMMIT;\nSELECT 1;`);
  const database = await shop.database();
  const { end, plan } = await apply();
  expect(plan).toBeNull();
  expect(end).toMatchObject({
    why: expect.stringMatching(/0002_next\.sql:3 has COMMIT/) as string,
  });
  expect(await shop.database()).toBe(database);
});

deepTest('a syntax error is refused with file, line, column and a caret', async () => {
  await pending(`ALTER TABLE "orders"\n  ADD COLUM "note" text;`);
  const database = await shop.database();
  const { end, plan } = await apply();
  expect(plan).toBeNull();
  expect(end).toMatchObject({
    why: expect.stringMatching(
      /0002_next\.sql:2:\d+ does not parse: .*\n {2}ADD COLUM "note" text;\n +\^/,
    ) as string,
  });
  expect(await shop.database()).toBe(database);
});

test('of a statement that fails nothing is there, not even what ran before it', async () => {
  // Only on this very database: the rehearsal cannot know.
  const here = await shop.one('SELECT current_database()');
  await pending(`ALTER TABLE "orders" ADD COLUMN "note" text;
--> statement-breakpoint
SELECT 1 / (CASE WHEN current_database() = '${here}' THEN 0 ELSE 1 END);`);
  const database = await shop.database();
  const { outcomes, verdict } = await apply();
  expect(outcomes).toMatchObject({
    'apply:0002_next': { state: 'failed', detail: { sqlstate: '22012' } },
    agree: { state: 'notRun' },
  });
  expect(verdict?.agrees).toBe(false);
  expect(await shop.database()).toBe(database);
});

test('what fails in the rehearsal is refused with the playbook that treats it', async () => {
  await pending('ALTER TABLE "orders" ADD COLUMN "note" text NOT NULL;');
  const database = await shop.database();
  const { end, plan } = await apply();
  expect(plan).toBeNull();
  expect(end).toMatchObject({
    why: expect.stringMatching(
      /would fail at line 1: .*23502.*backfill-not-null 0002_next/s,
    ) as string,
  });
  expect(await shop.database()).toBe(database);
});

deepTest(
  'what fails in the middle of a divided migration says what is there, and has no row',
  async () => {
    await pending(`ALTER TABLE "orders" ADD COLUMN "note" text;
CREATE UNIQUE INDEX CONCURRENTLY "orders_note" ON "orders" ((1));
SELECT 1;`);
    const { outcomes } = await apply();
    expect(outcomes).toMatchObject({
      'apply:0002_next:1': { state: 'done' },
      'apply:0002_next:2': { state: 'failed', next: [expect.stringContaining('DROP INDEX')] },
      'apply:0002_next:3': { state: 'notRun' },
    });
    expect(await shop.rows()).toHaveLength(2);
    expect(await shop.nextRun()).toMatchObject({ runs: ['0002_next'] });
  },
);

deepTest('the first migration of all makes the history table as drizzle does', async () => {
  const shape = (): Promise<string> => shop.database();
  const expected = (await shape()).split('\n').slice(0, 2);
  await shop.client.query('DROP SCHEMA drizzle, public CASCADE; CREATE SCHEMA public');
  const recovery = await session.play('apply-manually', { migrations: Object.keys(base) });
  expect(states(recovery)).toEqual({
    'apply:0000_users': 'done',
    'apply:0001_orders': 'done',
    agree: 'done',
  });
  expect((await shape()).split('\n').slice(0, 2)).toEqual(expected);
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
});

test('what would lose its session state by being divided is refused, with file and line', async () => {
  await shop.client.query(
    `CREATE SCHEMA archive; CREATE TABLE archive.orders (tmp int); ALTER TABLE orders ADD tmp int`,
  );
  await pending(`-- the archive only
SET search_path TO archive;
CREATE INDEX CONCURRENTLY "orders_tmp" ON "orders" ("tmp");
ALTER TABLE "orders" DROP COLUMN "tmp";`);
  const database = await shop.database();
  const { plan, end } = await session.play('apply-manually', { migrations: ['0002_next'] });
  expect(plan).toBeNull();
  expect(end).toMatchObject({
    why: expect.stringMatching(
      /0002_next\.sql:2 has SET search_path, .*CREATE INDEX CONCURRENTLY divides.*psql.*split the file/s,
    ) as string,
  });
  expect(await shop.database()).toBe(database);
  await shop.client.query('DROP SCHEMA archive CASCADE');
});

deepTest(
  'a setting in the last part, or in a migration in one piece, is no reason to refuse',
  async () => {
    await pending(`CREATE INDEX CONCURRENTLY "orders_total" ON "orders" ("total");
SET LOCAL search_path TO public;
CREATE TABLE "here" (id int);`);
    expect(states(await apply())).toEqual({
      'apply:0002_next:1': 'done',
      'apply:0002_next:2': 'done',
      agree: 'done',
    });
  },
);

deepTest('the first of all, divided: the history table comes before anything of it', async () => {
  await shop.client.query('DROP SCHEMA drizzle, public CASCADE; CREATE SCHEMA public');
  const sql = `CREATE INDEX CONCURRENTLY "i" ON "pg_temp_none" ("a");`;
  await shop.put(sqlFiles({ '0000_users': sql, '0001_orders': 'SELECT 1;' }));
  const { plan, outcomes } = await session.play('apply-manually', { migrations: ['0000_users'] });
  expect(outcomes).toMatchObject({
    'apply:0000_users:1': { state: 'done' },
    'apply:0000_users:2': { state: 'failed', detail: { sqlstate: '42P01' } },
  });
  expect(plan?.steps[0]?.text).toContain('The history table, before anything of the migration');
  expect(await shop.rows()).toEqual([]);
});

test('a migrator that starts while the first migration is applied waits, and runs nothing', async () => {
  await shop.client.query('DROP SCHEMA drizzle, public CASCADE; CREATE SCHEMA public');
  const { plan } = await session.play('apply-manually', {
    migrations: Object.keys(base),
    confirm: [],
  });
  const writes = (plan?.steps ?? []).flatMap((step) =>
    step.kind === 'write' && step.write.type === 'transaction' ? [step.write.statements] : [],
  );
  const sql = writes[0]?.map((statement) => statement.sql) ?? [];
  expect(sql.slice(0, 2)).toEqual([
    expect.stringContaining('CREATE SCHEMA IF NOT EXISTS "drizzle"'),
    expect.stringContaining('CREATE TABLE IF NOT EXISTS "drizzle"'),
  ]);
  // Half way through: everything but the row.
  await shop.client.query('BEGIN');
  for (const statement of sql.slice(0, -1)) await shop.client.query(statement);
  const other = new pg.Client({ connectionString: shop.url });
  await other.connect();
  try {
    const migrating = runMigrator(other, shop.folder);
    const waits = `SELECT count(*) FROM pg_stat_activity
      WHERE datname = current_database() AND wait_event_type = 'Lock'`;
    while ((await shop.one(waits)) === '0') await new Promise((done) => setTimeout(done, 20));
    await shop.client.query('COMMIT');
    // Its CREATE SCHEMA IF NOT EXISTS collides: it fails before it has run anything.
    expect(await migrating).toMatchObject({ wrote: [], error: { sqlstate: '23505' } });
  } finally {
    await other.end();
  }
});
