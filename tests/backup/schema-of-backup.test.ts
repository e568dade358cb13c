import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { schemaOfBackup } from '../../src/backup/schema-of-backup.js';
import { loadParser } from '../../src/postgres/parse.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';
import { findNative, startNative } from './native-server.js';
import { rich } from './rich.js';
import { backup, database, folder, sql, wasm } from './support.js';

const found = await findNative();

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

const elsewhere = `CREATE FOREIGN DATA WRAPPER w;
  CREATE SERVER far FOREIGN DATA WRAPPER w OPTIONS (host 'db-7.internal');
  CREATE USER MAPPING FOR PUBLIC SERVER far OPTIONS (password 'hunter2')`;

/** Its statements make the whole schema in an empty database, and there is no row in it. */
async function expectBareSchema(taken: Parameters<typeof schemaOfBackup>[0]): Promise<void> {
  const { signal } = new AbortController();
  const schema = await schemaOfBackup(taken, await loadParser(), signal);
  const text = schema.join('\n');
  for (const secret of ['db-7.internal', 'hunter2', 'a fat cat', '日本語', 'after the view']) {
    expect(text).not.toContain(secret);
  }
  const again = await database();
  // Roles are the server's.
  const own = schema.filter((one) => !/ OWNER TO |^(?:GRANT|REVOKE) /.test(one));
  await sql(again, own.map((one) => `${one};`).join('\n'));
  const rows = await sql(
    again,
    `SELECT (SELECT count(*) FROM orders) + (SELECT count(*) FROM everything) AS rows,
       (SELECT last_value FROM orders_id_seq) AS last, to_regclass('stale') IS NOT NULL AS view`,
  );
  expect(rows).toEqual([{ rows: '0', last: '1', view: 't' }]);
}

test('a plain backup gives its definitions, and no row, host or password', async () => {
  const url = await database(`${rich};${elsewhere}`);
  await expectBareSchema(await backup({ url, sandbox, folder: await folder(), dumper: wasm }));
});

test.runIf('bin' in found)('one of the native pg_dump likewise', async () => {
  const native = await startNative('bin' in found ? found.bin : '');
  onTestFinished(() => native.stop());
  await sql(native.url, 'CREATE DATABASE shop');
  const url = native.url.replace(/\/postgres$/, '/shop');
  await sql(url, `${rich};${elsewhere}`);
  const taken = await backup({ url, sandbox, folder: await folder(), dumper: native.dumper });
  expect(taken.format).toBe('custom');
  await expectBareSchema(taken);
});
