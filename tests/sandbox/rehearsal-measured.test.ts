import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Rehearsal } from '../../src/core/rehearsal.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { folderOf, readHistoryAt } from '../support/drizzle-project.js';
import { createTestDatabase, startServer, type TestDatabase } from '../support/server.js';
import { rehearseProject } from './rehearse-project.js';

let live: TestDatabase;
let sandbox: Sandbox;
let client: pg.Client;

beforeAll(async () => {
  [live, sandbox] = await Promise.all([createTestDatabase(), startServer()]);
  client = new pg.Client({ connectionString: live.url });
  await client.connect();
  await client.query(`
    CREATE TABLE orders (id serial PRIMARY KEY, note text, amount int);
    INSERT INTO orders (note, amount) SELECT 'secret ' || i, i FROM generate_series(1, 300) i;
    CREATE TABLE lines (id int, order_id int REFERENCES orders (id));
    INSERT INTO lines SELECT i, i FROM generate_series(1, 300) i;
    CREATE ROLE measured_app LOGIN PASSWORD 'x'; CREATE TABLE closed (id int);
    GRANT CREATE ON SCHEMA public TO measured_app; GRANT SELECT ON orders, lines TO measured_app;
    ANALYZE`);
}, 60_000);

afterAll(async () => {
  await client.query(`DROP OWNED BY measured_app; DROP ROLE measured_app`);
  await client.end();
  await Promise.all([live.drop(), sandbox.stop()]);
});

async function rehearsed(
  text: string,
  more: Partial<Parameters<typeof rehearseProject>[0]> = {},
): Promise<Rehearsal> {
  const entries = [{ idx: 0, version: '7', when: 1_700_000_000_000, tag: '0000_m' }];
  const folder = folderOf({
    'meta/_journal.json': JSON.stringify({ entries }),
    '0000_m.sql': text,
  });
  const history = await readHistoryAt(client);
  return rehearseProject({ url: live.url, folder, history, sandbox, ...more });
}

const statements = `-- a comment
ALTER TABLE orders ADD COLUMN state text;
CREATE TABLE fresh (id int);
ALTER TABLE fresh ALTER id TYPE bigint;
CREATE INDEX lines_order ON lines (order_id);
ALTER TABLE orders ALTER COLUMN amount TYPE bigint;
UPDATE orders SET state = 'x';
ALTER TABLE orders ALTER state SET NOT NULL;
DROP TABLE lines;`;

test('locks, rewrites and reading of rows are measured, with the live sizes; nothing is written live', async () => {
  const before = await everything();
  const said = await rehearsed(statements);
  expect(said).toMatchObject({ failure: null, unknown: [] });
  const short = said.statements.map((one) => [
    one.line,
    one.locks.map(({ mode, relation }) => `${mode} ${relation}`).join(),
    one.rewrites.map(({ relation }) => relation).join(),
    one.readsRows,
  ]);
  expect(short).toEqual([
    [2, 'ACCESS EXCLUSIVE public.orders', '', false],
    [3, '', '', false],
    [4, '', '', false],
    [5, 'SHARE public.lines', '', true],
    [6, 'ACCESS EXCLUSIVE public.orders', 'public.orders', true],
    // Held since the second line.
    [7, 'ACCESS EXCLUSIVE public.orders', '', true],
    [8, 'ACCESS EXCLUSIVE public.orders', '', true],
    [9, 'ACCESS EXCLUSIVE public.lines', '', false],
  ]);
  const [first] = said.statements[0]?.locks ?? [];
  expect(first?.rows).toBe(300);
  expect(first?.bytes).toBeGreaterThan(8192);
  expect(await everything()).toEqual(before);
  expect(JSON.stringify(said)).not.toContain('secret');
  expect(await leftovers()).toEqual([]);
}, 30_000);

test('a role that may not read a table: what depends on it is unknown, not a failure', async () => {
  const url = new URL(live.url);
  url.username = 'measured_app';
  url.password = 'x';
  await client.query(`GRANT CREATE ON DATABASE ${url.pathname.slice(1)} TO measured_app`);
  const said = await rehearsed('CREATE TABLE mine (id int); DROP TABLE closed;', { url: url.href });
  expect(said.failure).toBeNull();
  expect(said.unknown).toEqual([
    expect.stringContaining('From statement 2 of 0000_m on it is not known what happens'),
  ]);
  expect(said.unknown[0]).toContain('public.closed');
}, 30_000);

test('an abort ends it, and leaves no database and no role', async () => {
  const stop = new AbortController();
  const running = rehearsed('SELECT pg_sleep(60)', {
    signal: stop.signal,
    onProgress: (doing) => {
      if (doing === 'copying rows') setImmediate(() => stop.abort(new Error('stopped')));
    },
  });
  await expect(running).rejects.toThrow('stopped');
  expect(await leftovers()).toEqual([]);
}, 30_000);

/** All rows, and what a write would leave: the next number of the sequence. */
async function everything(): Promise<unknown> {
  const { rows } = await client.query(
    `SELECT (SELECT json_agg(o) FROM orders o) AS orders, (SELECT count(*) FROM lines) AS lines,
      (SELECT last_value FROM orders_id_seq) AS sequence,
      (SELECT json_agg(relname ORDER BY oid) FROM pg_class) AS relations`,
  );
  return rows;
}

async function leftovers(): Promise<string[]> {
  const admin = new pg.Client({ connectionString: sandbox.adminUrl });
  await admin.connect();
  const { rows } = await admin.query<{ name: string }>(
    `SELECT datname AS name FROM pg_database WHERE datname LIKE 'sandbox%'
     UNION ALL SELECT rolname FROM pg_roles WHERE rolname LIKE 'measured%'`,
  );
  await admin.end();
  return rows.map(({ name }) => name);
}
