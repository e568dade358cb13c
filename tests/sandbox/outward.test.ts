import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { createTestDatabase, startServer, type TestDatabase } from '../support/server.js';
import { query } from './support.js';

let live: TestDatabase;
let sandbox: Sandbox;

beforeAll(async () => {
  [live, sandbox] = await Promise.all([createTestDatabase(), startServer()]);
  await query(live.url, 'CREATE TABLE orders (id int)');
}, 60_000);

afterAll(() => Promise.all([live.drop(), sandbox.stop()]));

/** As a migration may have it in plain sight: the live server with its password. */
function conninfo(): string {
  const { hostname, port, username, password, pathname } = new URL(live.url);
  return `host=${hostname} port=${port} user=${username} password=${password} dbname=${pathname.slice(1)}`;
}

test('what runs in the embedded sandbox logs in at no other server, whatever it knows', async () => {
  const url = await sandbox.createDatabase();
  await query(url, 'CREATE EXTENSION dblink');
  const insert = `SELECT dblink_exec('${conninfo()}', 'INSERT INTO orders VALUES (1)')`;
  await expect(query(url, insert)).rejects.toThrow(/could not establish connection/);
  const { hostname, port, username, password, pathname } = new URL(live.url);
  await query(
    url,
    `CREATE EXTENSION postgres_fdw;
     CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw
       OPTIONS (host '${hostname}', port '${port}', dbname '${pathname.slice(1)}');
     CREATE USER MAPPING FOR CURRENT_USER SERVER away OPTIONS (user '${username}', password '${password}');
     CREATE FOREIGN TABLE orders (id int) SERVER away`,
  );
  await expect(query(url, 'INSERT INTO orders VALUES (2)')).rejects.toThrow(/could not connect/);
  expect(await query(live.url, 'SELECT id FROM orders')).toEqual([]);
});
