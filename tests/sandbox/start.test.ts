import { expect, test } from 'vitest';
import { createTestDatabase } from '../support/server.js';
import { withConnection } from '../../src/postgres/connect.js';

test('a test database is an empty UTF8 database of its own', async () => {
  const database = await createTestDatabase();
  const encoding = await withConnection(database.url, { purpose: 'test' }, async ({ client }) => {
    return (await client.query<{ e: string }>('SHOW server_encoding')).rows;
  });
  expect(encoding).toEqual([{ server_encoding: 'UTF8' }]);
  await database.drop();
});
