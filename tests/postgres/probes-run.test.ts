import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { bench, type Bench } from './probes-support.js';

const role = `probe_${randomBytes(4).toString('hex')}`;
let database: TestDatabase;
let owner: Bench;
let reader: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
  owner = await bench(database.url);
  await owner.run(`CREATE ROLE ${role} LOGIN PASSWORD 'p'`);
  const url = new URL(database.url);
  url.username = role;
  url.password = 'p';
  reader = await bench(url.href);
});

beforeEach(async () => {
  await owner.run(`DROP SCHEMA IF EXISTS public CASCADE; CREATE SCHEMA public;
    GRANT USAGE ON SCHEMA public TO ${role};
    CREATE TABLE t (id int, a int, s text); INSERT INTO t VALUES (1, NULL, 'secret'), (2, 2, 'x')`);
});

afterAll(async () => {
  await reader.end();
  await owner.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await owner.end();
  await database.drop();
});

const NOT_NULL = 'ALTER TABLE t ALTER a SET NOT NULL';

test('says how many rows, and what would be raised', async () => {
  const { outcomes } = await owner.ask(NOT_NULL);
  expect(outcomes).toEqual([
    {
      question: 'rows of public.t whose a is null',
      sql: 'SELECT count(*) FILTER (WHERE "a" IS NULL) AS bad, count(*) AS total, NULL AS relation FROM "public"."t"',
      result: 'violated',
      detail: '1 of 2 rows',
      code: 'will-fail-not-null',
      sqlstate: '23502',
      message: 'column "a" of relation "t" contains null values',
    },
  ]);
});

test('a value that does not cast is not shown', async () => {
  const { outcomes } = await owner.ask('ALTER TABLE t ALTER s TYPE int USING s::int');
  expect(outcomes).toMatchObject([
    { result: 'violated', sqlstate: '22P02', code: 'will-fail-cast' },
  ]);
  expect(outcomes[0]?.message).toBe('invalid input syntax for type integer');
  expect(JSON.stringify(outcomes)).not.toContain('secret');
});

test('what a function raises is not shown', async () => {
  await owner.run(`CREATE FUNCTION f(x text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN RAISE EXCEPTION 'got "%"', x USING ERRCODE = '22023'; END $$`);
  const { outcomes } = await owner.ask('ALTER TABLE t ADD CHECK (f(s) > 0)');
  expect(outcomes).toMatchObject([{ result: 'violated', sqlstate: '22023' }]);
  expect(JSON.stringify(outcomes)).not.toContain('secret');
});

test('row security that would hide rows is a refusal, never a clear', async () => {
  await owner.run(`GRANT SELECT ON t TO ${role}; ALTER TABLE t ENABLE ROW LEVEL SECURITY;
    CREATE POLICY mine ON t USING (id = 2)`);
  const { outcomes } = await reader.ask(NOT_NULL);
  expect(outcomes).toMatchObject([{ result: 'refused', sqlstate: null }]);
  expect(outcomes[0]?.detail).toContain('row security hides rows');
  expect((await owner.ask(NOT_NULL)).violated).not.toBeNull();
});

test('a table that may not be read is a refusal', async () => {
  const { outcomes } = await reader.ask(`${NOT_NULL}, ADD CHECK (id > 0)`);
  expect(outcomes.map(({ result }) => result)).toEqual(['refused', 'refused']);
  expect(outcomes[0]?.detail).toContain('may not read');
});

test('a probe that takes too long is cut off, and those after it are asked', async () => {
  const { outcomes } = await owner.ask(
    'ALTER TABLE t ADD CHECK (pg_sleep(9) IS NOT NULL), ALTER a SET NOT NULL, ADD CHECK (id > 1)',
    150,
  );
  expect(outcomes.map(({ result }) => result)).toEqual(['violated', 'timed out', 'violated']);
  expect(outcomes[1]?.detail).toBe('not done within 0.15 s');
});

test('a lock in the way is told with who has it', async () => {
  const other = await bench(database.url);
  await other.run('BEGIN; LOCK TABLE t');
  const { outcomes } = await owner.ask(NOT_NULL);
  await other.end();
  expect(outcomes).toMatchObject([{ result: 'refused' }]);
  expect(outcomes[0]?.detail).toBe('public.t is locked by another session');
  expect(outcomes[0]?.lockedBy).toMatch(/^pid \d+, /);
});

test('what an earlier pending statement would make is a refusal, not a verdict', async () => {
  const asked = await owner.ask('ALTER TABLE t ALTER new SET NOT NULL, ADD CHECK (newer > 0)');
  expect(asked.outcomes.map(({ result }) => result)).toEqual(['refused', 'refused']);
  const absent = 'ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES users (id)';
  expect((await owner.ask(absent)).outcomes).toMatchObject([
    { result: 'refused', detail: '1 of 2 rows, but users is not there yet' },
  ]);
  await owner.run('UPDATE t SET a = NULL');
  expect((await owner.ask(absent)).outcomes).toMatchObject([{ result: 'clear' }]);
});

test('nothing is asked where no rows decide', async () => {
  await owner.run('CREATE TABLE u (id int PRIMARY KEY)');
  const statements = [
    'ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES u NOT VALID',
    'ALTER TABLE t ADD CHECK (a > 0) NOT VALID',
    `ALTER TABLE t ADD b bigserial NOT NULL, ADD c text NOT NULL DEFAULT 'x', ADD d int NOT NULL GENERATED ALWAYS AS IDENTITY`,
    'ALTER TABLE t ADD b int REFERENCES u',
    'ALTER TABLE t ADD COLUMN IF NOT EXISTS a int NOT NULL',
    'ALTER TABLE nowhere ALTER a SET NOT NULL',
    'CREATE INDEX i ON t (a)',
    'CREATE TABLE n (a int NOT NULL REFERENCES u)',
    'ALTER TABLE t DROP COLUMN a, RENAME TO x',
    'not SQL',
  ];
  for (const statement of statements) {
    expect((await owner.ask(statement)).probes, statement).toEqual([]);
  }
});
