import { randomBytes } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { notAsLive } from '../../src/runtime/restore-seen.js';
import { withConnection } from '../../src/postgres/connect.js';
import { database, sql } from '../backup/support.js';

const look = (url: string): Promise<readonly string[]> =>
  withConnection(url, { purpose: 'test' }, ({ client }) => notAsLive(client));

test('what a new database does not have as the live one is told before it is restored', async () => {
  const url = await database('CREATE TABLE t (id int PRIMARY KEY)');
  expect(await look(url)).toEqual([]);
  const space = `space_${randomBytes(4).toString('hex')}`;
  // Each by itself: no tablespace is made inside a transaction.
  await withConnection(url, { purpose: 'test' }, async ({ client }) => {
    await client.query('SET allow_in_place_tablespaces = on');
    await client.query(`CREATE TABLESPACE ${space} LOCATION ''`);
    await client.query(`ALTER TABLE t SET TABLESPACE ${space}`);
    await client.query(
      `CREATE SUBSCRIPTION feed CONNECTION 'host=127.0.0.1' PUBLICATION p WITH (connect = false)`,
    );
  });
  onTestFinished(async () => {
    await sql(url, 'ALTER SUBSCRIPTION feed SET (slot_name = NONE)');
    await sql(url, 'DROP SUBSCRIPTION feed; DROP TABLE t');
    await sql(url, `DROP TABLESPACE ${space}`);
  });
  const [spaces, subscriptions, ...more] = await look(url);
  expect(spaces).toContain(`1 object (tables, indexes) in tablespaces of its own (${space})`);
  expect(subscriptions).toContain('Subscriptions (feed): restored, they are switched off');
  expect(more).toEqual([]);
});
