import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { historySeeds, readHistoryAt, seedHistory, sha256 } from '../support/drizzle-project.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';

let database: TestDatabase;
let client: pg.Client;

beforeEach(async () => {
  database = await createTestDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});

afterEach(async () => {
  await client.end();
  await database.drop();
});

const rows = historySeeds;

test('the table where it is expected, its rows by id and its sequence', async () => {
  await seedHistory(client, [...rows, { id: 99, hash: 'x', stamp: null }]);
  await client.query('CREATE TABLE users (id int); CREATE TABLE orders (id int)');
  const history = await readHistoryAt(client);
  expect(history).toMatchObject({
    configured: false,
    table: { schema: 'drizzle', table: '__drizzle_migrations' },
    elsewhere: [],
    rows: [
      { id: '1', hash: rows[0]?.hash, stamp: '1700000000000' },
      { id: '2', hash: rows[1]?.hash, stamp: '1700000000001' },
      { id: '99', hash: 'x', stamp: null },
    ],
    sequence: { name: 'drizzle.__drizzle_migrations_id_seq', next: 3 },
    otherTables: 2,
  });
});

test('an empty table has a sequence that was never asked; numeric stamps and names of any kind are read', async () => {
  const table = { schema: 'My "schema"', table: "it's mine" };
  await seedHistory(client, [], table);
  expect(await readHistoryAt(client, table, true)).toMatchObject({
    table,
    rows: [],
    sequence: { next: 1 },
    otherTables: 0,
  });
  await client.query('CREATE SCHEMA drizzle');
  await client.query(
    'CREATE TABLE drizzle.__drizzle_migrations (id bigint PRIMARY KEY, hash text, created_at numeric, name text, applied_at timestamptz)',
  );
  await client.query("INSERT INTO drizzle.__drizzle_migrations VALUES (7, 'h', 5, 'n', now())");
  expect(await readHistoryAt(client)).toMatchObject({
    rows: [{ id: '7', hash: 'h', stamp: '5' }],
    sequence: null,
  });
});

test('without a setting, the one table of that shape is taken; others are told', async () => {
  await seedHistory(client, rows, { schema: 'public', table: '__drizzle_migrations' });
  await client.query('CREATE TABLE public.blobs (id serial, hash text, created_at bigint)');
  expect(await readHistoryAt(client)).toMatchObject({
    expected: { schema: 'drizzle', table: '__drizzle_migrations' },
    table: { schema: 'public', table: '__drizzle_migrations' },
    rows: [{ id: '1' }, { id: '2' }],
    elsewhere: [],
    otherTables: 1,
  });
  expect(await readHistoryAt(client, { schema: 'app', table: 'm' }, true)).toMatchObject({
    table: null,
    rows: [],
    sequence: null,
    elsewhere: [
      {
        schema: 'public',
        table: '__drizzle_migrations',
        rows: 2,
        marks: rows.map(({ hash }) => hash),
      },
    ],
  });
});

test('two tables of that shape are a question, unless only one bears the name', async () => {
  await seedHistory(client, rows, { schema: 'one', table: 'history' });
  expect((await readHistoryAt(client)).table).toEqual({ schema: 'one', table: 'history' });
  await seedHistory(client, rows, { schema: 'two', table: 'drizzle_migrations' });
  expect((await readHistoryAt(client)).table).toEqual({
    schema: 'two',
    table: 'drizzle_migrations',
  });
  await seedHistory(client, [], { schema: 'three', table: 'drizzle_migrations' });
  const history = await readHistoryAt(client);
  expect(history.table).toBeNull();
  expect(history.elsewhere.map(({ schema, rows: count }) => [schema, count])).toEqual([
    ['three', 0],
    ['two', 2],
    ['one', 2],
  ]);
});

test('a fresh database has nothing, and a platform brings no tables of the application', async () => {
  expect(await readHistoryAt(client)).toMatchObject({ table: null, elsewhere: [], otherTables: 0 });
  await client.query('CREATE SCHEMA auth; CREATE TABLE auth.users (id int)');
  expect((await readHistoryAt(client)).otherTables).toBe(0);
});

test('something else in its place is said, not guessed', async () => {
  await client.query(
    'CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id int, at date)',
  );
  await expect(readHistoryAt(client)).rejects.toThrow(UserError);
  await expect(readHistoryAt(client)).rejects.toThrow(/is no history table of Drizzle/);
});

test('a role that may only look reads the rows but not the sequence; one that may not is told', async () => {
  await seedHistory(client, [{ hash: sha256('a'), stamp: '5' }]);
  const role = `reader_${process.pid}`;
  await client.query(`CREATE ROLE ${role}`);
  try {
    await client.query(`SET ROLE ${role}`);
    await expect(readHistoryAt(client)).rejects.toThrow(/may not read it/);
    await client.query('RESET ROLE');
    await client.query(`GRANT USAGE ON SCHEMA drizzle TO ${role}`);
    await client.query(`GRANT SELECT ON drizzle.__drizzle_migrations TO ${role}`);
    await client.query(`SET ROLE ${role}`);
    expect(await readHistoryAt(client)).toMatchObject({ rows: [{ stamp: '5' }], sequence: null });
  } finally {
    await client.query('RESET ROLE');
    await client.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  }
});
