import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import type { Blocker } from '../../src/core/facts.js';
import { readBlockers } from '../../src/postgres/read-blockers.js';
import { readingTransaction } from '../../src/postgres/reading-transaction.js';
import { shop } from './broken-shop.js';

const table = { schema: 'drizzle', table: '__drizzle_migrations' };

const blockersOf = (url: string): Promise<readonly Blocker[]> =>
  readingTransaction(url, { purpose: 'read' }, ({ query }) => readBlockers(query, table));

async function session(url: string, name: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: name });
  client.on('error', () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

test('sessions in the way are told, with what they hold; others are not', async () => {
  const { url } = await shop();
  const writer = await session(url, 'writer');
  const looker = await session(url, 'looker');
  const idle = await session(url, 'idle');
  const elsewhere = await session(url, 'elsewhere');
  await idle.query('SELECT * FROM drizzle.__drizzle_migrations');
  await elsewhere.query('BEGIN; LOCK TABLE users');
  expect(await blockersOf(url)).toEqual([]);

  await writer.query(`BEGIN; INSERT INTO drizzle.__drizzle_migrations (hash) VALUES ('x')`);
  await looker.query('BEGIN; SELECT * FROM drizzle.__drizzle_migrations');
  const waiting = await session(url, 'waiting');
  const waited = waiting.query('BEGIN; LOCK TABLE drizzle.__drizzle_migrations');
  let found: readonly Blocker[] = [];
  while (found.length < 3) found = await blockersOf(url);

  expect(found.map(({ application, holds }) => `${application}: ${holds}`).toSorted()).toEqual([
    'looker: AccessShareLock on drizzle.__drizzle_migrations',
    'waiting: waits for AccessExclusiveLock on drizzle.__drizzle_migrations',
    'writer: RowExclusiveLock on drizzle.__drizzle_migrations',
  ]);
  expect(found.find(({ application }) => application === 'writer')).toEqual({
    pid: expect.any(Number),
    user: new URL(url).username,
    application: 'writer',
    state: 'idle in transaction',
    query: expect.stringContaining('INSERT INTO'),
    age: expect.any(Number),
    holds: 'RowExclusiveLock on drizzle.__drizzle_migrations',
  });
  await writer.query('ROLLBACK');
  await looker.query('ROLLBACK');
  await waited;
}, 20_000);
