import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadParser } from '../../src/postgres/parse.js';
import { createTestDatabase } from '../support/server.js';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  client = new pg.Client(database.url);
  await client.connect();
  await client.query(
    'CREATE SCHEMA "Shop"; CREATE TABLE "Shop".orders (id int); CREATE TABLE orders (id int)',
  );
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** Whether the check that the statement carries holds now; null when it carries none. */
async function holds(sql: string): Promise<boolean | null> {
  const parsed = (await loadParser()).split(sql);
  const evidence = parsed.ok ? (parsed.statements[0]?.evidence ?? null) : null;
  if (evidence?.type !== 'sql') return null;
  const { rows } = await client.query<unknown[]>({ text: evidence.sql, rowMode: 'array' });
  const text = rows.map((row) =>
    row.map((value) => (value === true ? 't' : value === false ? 'f' : String(value))),
  );
  return JSON.stringify(text) === JSON.stringify(evidence.expect);
}

test.each([
  [
    'CREATE INDEX CONCURRENTLY "By id" ON "Shop".orders (id)',
    'DROP INDEX CONCURRENTLY "Shop"."By id"',
  ],
  [
    'CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS by_id ON orders (id)',
    'DROP INDEX CONCURRENTLY IF EXISTS by_id',
  ],
])('%s: the catalog tells whether it was done', async (make, drop) => {
  expect(await holds(make)).toBe(false);
  await client.query(make);
  expect(await holds(make)).toBe(true);
  expect(await holds(drop)).toBe(false);
  await client.query(drop);
  expect(await holds(drop)).toBe(true);
});

test('an index that was left invalid is no evidence', async () => {
  await client.query('INSERT INTO orders VALUES (1), (1)');
  const make = 'CREATE UNIQUE INDEX CONCURRENTLY twice ON orders (id)';
  await expect(client.query(make)).rejects.toThrow('could not create unique index');
  expect(await holds(make)).toBe(false);
});

test.each([
  'VACUUM orders',
  'CREATE INDEX CONCURRENTLY ON orders (id)',
  'CREATE INDEX x ON orders (id)',
])('%s carries none', async (sql) => expect(await holds(sql)).toBeNull());
