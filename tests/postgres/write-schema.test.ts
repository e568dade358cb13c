import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { CatalogObject } from '../../src/core/catalog.js';
import { asExpected, seenNow } from '../../src/core/planning/object-check.js';
import { schemaBroken } from '../../src/postgres/write-schema-check.js';
import { isDeep } from '../support/cases.js';
import { changes } from '../support/catalog-changes.js';
import { everyKind } from '../support/catalog-schema.js';
import { type CatalogServer, catalogServer } from '../support/catalog-server.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { targetOf, transaction, write } from './write-support.js';
import { openWriteSession, type WriteSession } from '../../src/postgres/write-session.js';

const role = `named_${randomBytes(6).toString('hex')}`;
let database: TestDatabase;
let server: CatalogServer;
let session: WriteSession;
let catalog: Map<string, CatalogObject>;

beforeAll(async () => {
  database = await createTestDatabase();
  server = await catalogServer(database.url);
  await server.run(`CREATE ROLE ${role}`);
  await server.run(everyKind(role).join(';\n'));
  catalog = await server.read();
  session = await openWriteSession(database.url, await targetOf(database.url), 0);
});
afterAll(async () => {
  await session.close();
  await server.run(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
  await server.close();
  await database.drop();
});

async function broken(keys: Iterable<string>): Promise<string | null> {
  const check = asExpected(seenNow([...keys], catalog));
  return check?.type === 'schema' ? schemaBroken(check, session.rows) : 'no check';
}

test('every object of a schema is found by its key, alone or among all, exactly as it was read', async () => {
  expect(await broken([...catalog.keys(), 'table app.nosuch', 'column app.odd.nosuch'])).toBeNull();
  const ofKinds = new Map([...catalog.values()].map((object) => [object.kind, object.key]));
  for (const key of isDeep ? catalog.keys() : ofKinds.values()) {
    expect(await broken([key]), key).toBeNull();
  }
});

test('whatever is changed in a definition is told, and nothing else', async () => {
  await session.send('SELECT 1');
  for (const [sql, seen] of changes.filter((_, index) => isDeep || index % 6 === 0)) {
    const different = seen.map((line) => line.replaceAll('ROLE', role).replace(/^(new|gone) /, ''));
    await session.send('BEGIN');
    await session.send(sql.replaceAll('ROLE', role));
    const keys = different.map(
      (line) =>
        [...catalog.keys(), line].find((key) => line === key || line.startsWith(`${key}: `)) ?? '',
    );
    for (const key of keys) expect(await broken([key]), `${sql}: ${key}`).toContain(key);
    const others = [...catalog.keys()].filter((key) => !keys.includes(key));
    expect(await broken(others), sql).toBeNull();
    await session.send('ROLLBACK');
  }
});

test('looking leaves the settings of the session and of its transaction alone', async () => {
  const settings = (): Promise<readonly unknown[]> =>
    session.rows(`SELECT current_setting('search_path'), current_setting('enable_seqscan')`);
  await session.send('SET search_path = app');
  await broken(['table app.odd']);
  expect(await settings()).toEqual([['app', 'on']]);
  await session.send('BEGIN; SET LOCAL search_path = public');
  await broken(['table app.odd']);
  expect(await settings()).toEqual([['public', 'on']]);
  await session.send('COMMIT; RESET search_path');
});

test('a write whose column has another type by now is refused, with both types', async () => {
  const check = asExpected(seenNow(['column app.odd.t', 'view app.v11'], catalog));
  if (check === null) throw new Error('no check');
  const statement = { sql: 'CREATE TABLE app.never ()', source: null };
  const what = transaction({ lock: null, before: [check], statements: [statement], after: [] });
  await server.run('ALTER TABLE app.odd ALTER t TYPE varchar(9) USING t');
  const { outcome } = await write(database.url, what);
  expect(outcome).toMatchObject({
    state: 'failed',
    message: expect.stringContaining(
      'column app.odd.t has type character varying(9), not text',
    ) as string,
  });
  await server.run('ALTER TABLE app.odd ALTER t TYPE text');
  expect((await write(database.url, what)).outcome.state).toBe('done');
});
