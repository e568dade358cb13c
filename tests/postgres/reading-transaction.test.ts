import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { isPooled, readTarget } from '../../src/postgres/read-target.js';
import {
  readingTransaction,
  readingTransactions,
  sqlstateOf,
} from '../../src/postgres/reading-transaction.js';
import { failure } from '../files/temp-project.js';
import { shop } from './broken-shop.js';

const purpose = 'read';

test('a write is refused by the server', async () => {
  const { url } = await shop();
  const writes = [
    'DELETE FROM public.users',
    'CREATE TABLE public.t (id int)',
    `SELECT nextval('public.users_id_seq')`,
    `SELECT setval('public.users_id_seq', 5)`,
  ];
  for (const sql of writes) {
    const error = await failure(readingTransaction(url, { purpose }, ({ query }) => query(sql)));
    expect(error).toBeInstanceOf(UserError);
    expect(sqlstateOf(error)).toBe('25006');
  }
});

test('all questions see one moment', async () => {
  const { url, run } = await shop();
  const count = 'SELECT count(*) AS n FROM public.users';
  await readingTransaction(url, { purpose }, async ({ query }) => {
    const before = await query(count);
    await run('INSERT INTO users DEFAULT VALUES');
    expect(await query(count)).toEqual(before);
  });
});

test('names mean the system catalog, whatever the search_path of the database', async () => {
  const { url, run } = await shop();
  const { pathname } = new URL(url);
  await run(`CREATE SCHEMA evil;
    CREATE FUNCTION evil.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'SELECT true';
    ALTER DATABASE ${pathname.slice(1)} SET search_path = evil, pg_catalog`);
  const target = await readingTransaction(url, { purpose }, (reading) =>
    readTarget(reading, { host: 'h', port: 1 }, null),
  );
  expect(target.role).toBe('primary');
});

test('a statement that takes too long, a lost connection and a refused reading are told', async () => {
  const { url, run } = await shop();
  const slow = await failure(
    readingTransaction(url, { purpose, statementTimeout: 100 }, ({ query }) =>
      query('SELECT pg_sleep(60)'),
    ),
  );
  expect(slow).toBeInstanceOf(UserError);
  expect(slow.message).toContain('did not answer within 0.1 seconds');

  const lost = await failure(
    readingTransaction(url, { purpose: 'victim' }, async ({ query }) => {
      await run(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgmedic victim'
          AND datname = current_database()`,
      );
      return query('SELECT 1');
    }),
  );
  expect(lost).toBeInstanceOf(UserError);
  expect(lost.message).toContain('The connection was lost while reading');
  expect(lost.next[0]).toContain('Nothing was written');

  const unknown = await failure(
    readingTransaction(url, { purpose }, ({ query }) => query('SELECT no_such_column')),
  );
  expect(unknown.message).toContain('(42703)');
});

test('who answers with another process id, or none, is a pooler; Neon says it by its host', () => {
  expect(isPooled('db-7', 42, '42')).toBe(false);
  expect(isPooled('db-7', 43, '42')).toBe(true);
  expect(isPooled('my.proxy-x.eu-west-1.rds.amazonaws.com', null, '42')).toBe(true);
  expect(isPooled('ep-a-b-123.eu-central-1.aws.neon.tech', 43, '42')).toBe(false);
  expect(isPooled('ep-a-b-123-pooler.eu-central-1.aws.neon.tech', 43, '42')).toBe(true);
});

test('several looks are transactions of their own, and go on after a lost connection', async () => {
  const { url, run } = await shop();
  const seen = await readingTransactions(url, { purpose }, async (look) => {
    const count = (): Promise<unknown> =>
      look(async (query) => (await query('SELECT count(*) AS n FROM public.users'))[0]?.['n']);
    const first = await count();
    await run(`INSERT INTO users DEFAULT VALUES;
      SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = 'pgmedic ${purpose}'`);
    const bad = await failure(look((query) => query('SELECT 1/0')));
    expect(bad).toBeInstanceOf(Error);
    return [Number(first) + 1, Number(await count())];
  });
  expect(seen[0]).toBe(seen[1]);
});
