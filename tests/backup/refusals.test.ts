import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { takeBackup } from '../../src/backup/take.js';
import { preflight } from '../../src/backup/preflight.js';
import { whyNoRoom } from '../../src/backup/space.js';
import { openSnapshot } from '../../src/backup/snapshot.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startSandbox } from '../../src/sandbox/start.js';
import { relayTo } from '../postgres/relay.js';
import { asNeon } from '../support/neon.js';
import { startServer } from '../support/server.js';
import { backup, database, databasesOf, filesIn, folder, sql } from './support.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

/** The same database as another role, which is gone with the test. */
async function as(url: string, role: string): Promise<string> {
  await sql(url, `CREATE ROLE ${role} LOGIN PASSWORD 'not-shown'`);
  onTestFinished(async () => void (await sql(url, `DROP OWNED BY ${role}; DROP ROLE ${role}`)));
  const other = new URL(url);
  other.username = role;
  other.password = 'not-shown';
  return other.href;
}

async function refused(url: string): Promise<{ message: string; next: string[] }> {
  const dir = await folder();
  const before = await databasesOf(sandbox);
  const error = await backup({ url, sandbox, folder: dir }).then(
    () => null,
    (e: unknown) => e,
  );
  expect(error).toMatchObject({ name: 'UserError' });
  expect(await filesIn(dir)).toEqual([]);
  expect(await databasesOf(sandbox)).toEqual(before);
  const { message, next } = error as { message: string; next: string[] };
  expect(`${message} ${next.join(' ')}`).not.toContain('not-shown');
  expect(next.length).toBeGreaterThan(0);
  return { message, next };
}

describe('a backup does not begin', () => {
  test('through a pooler', async () => {
    const relay = await relayTo(await database(), { keyDataPid: 1 });
    const { message, next } = await refused(relay.url);
    expect(message).toContain('pooler');
    expect(next.join()).toContain('DATABASE_URL_UNPOOLED');
    expect(relay.sql.filter((text) => text.includes('count(*)'))).toEqual([]);
  });

  test("but Neon's direct endpoint is no pooler, although its process id is made up", async () => {
    const relay = await relayTo(await database(), { keyDataPid: 1 });
    const snapshot = await openSnapshot(asNeon(relay.url));
    onTestFinished(() => snapshot.end());
    onTestFinished(() => void vi.restoreAllMocks());
    const ready = await preflight(snapshot, await folder(), sandbox);
    expect(ready.databaseSize).toBeGreaterThan(0);
  });

  test('as a role that may not read a table or a sequence, and names both', async () => {
    const url = await database(
      'CREATE TABLE open (id int); CREATE TABLE "Closed" (id int); CREATE SEQUENCE shut',
    );
    const other = await as(url, `reader_${Date.now()}`);
    await sql(url, `GRANT SELECT ON open TO PUBLIC`);
    const { message } = await refused(other);
    expect(message).toContain('may not read public."Closed", public.shut');
    expect(message).not.toContain('open');
    await sql(
      url,
      `GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC; GRANT SELECT ON shut TO PUBLIC`,
    );
    expect(await backup({ url: other, sandbox, folder: await folder() })).toMatchObject({
      tables: 2,
    });
  });

  test('as a role from which row-level security hides rows', async () => {
    const url = await database(
      `CREATE TABLE mine (who text); ALTER TABLE mine ENABLE ROW LEVEL SECURITY; GRANT SELECT ON mine TO PUBLIC`,
    );
    const { message, next } = await refused(await as(url, `hidden_${Date.now()}`));
    expect(message).toContain('Row-level security would hide rows of public.mine');
    expect(next.join()).toContain('BYPASSRLS');
  });

  test('and one that pg_dump refuses ends with its words and what to do', async () => {
    const url = await database(`SELECT lo_create(4711)`);
    const { message, next } = await refused(await as(url, `blob_${Date.now()}`));
    expect(message).toMatch(
      /^The backup failed while dumping\. The role may not read everything.* \(pg_dump: .*permission denied for large object 4711/,
    );
    expect(message).not.toContain('wasm-child');
    expect(next.join()).toContain('pg_read_all_data');
  });

  test('beside an unfinished one of the same name, and leaves that one alone', async () => {
    const dir = await folder();
    await writeFile(join(dir, 'shop.partial'), 'of another');
    const result = backup({ url: await database(), sandbox, folder: dir });
    await expect(result).rejects.toThrow('never overwritten');
    expect(await filesIn(dir)).toEqual(['shop.partial']);
  });

  test('where the disk is too small for backup and proof together', async () => {
    const path = await folder();
    const lacking = await whyNoRoom([
      { path, bytes: 2 ** 70, what: 'the backup' },
      { path, bytes: 2 ** 70, what: 'the proof in the sandbox' },
    ]);
    expect(lacking).toMatch(
      /too little space for the backup .* and the proof .* TB needed, .* free/,
    );
    expect(await whyNoRoom([{ path, bytes: 1, what: 'the backup' }])).toBeNull();
  });

  test('without a pg_dump, and says what was passed over', async () => {
    const passed = { path: '/x/pg_dump', version: '9.6', reason: 'version 9.6 is too old' };
    const result = takeBackup({
      url: 'postgresql://u:p@127.0.0.1:1/x',
      dumper: { use: 'none', path: null, version: null, rejected: [passed], named: true },
      folder: '/nowhere',
      name: 'x',
      sandbox,
      signal: new AbortController().signal,
      onProgress: () => {},
      now: () => new Date(),
    });
    await expect(result).rejects.toMatchObject({
      name: 'UserError',
      message: expect.stringContaining('/x/pg_dump: version 9.6 is too old') as string,
    });
  });

  test('where the server cannot be reached, the password is wrong, or the database is not there', async () => {
    const url = await database();
    const change = (part: 'port' | 'password' | 'pathname', value: string): string => {
      const other = new URL(url);
      other[part] = value;
      return other.href;
    };
    expect((await refused(change('port', '1'))).message).toContain('No server answers');
    expect((await refused(change('password', 'not-shown'))).message).toContain('refuses the user');
    expect((await refused(change('pathname', '/not_there'))).message).toContain(
      'There is no database not_there',
    );
  });
});

test('a sandbox on a named server, as a role that is no superuser, proves without owners', async () => {
  const url = await database(`CREATE TABLE t AS SELECT 1 AS one; GRANT SELECT ON t TO PUBLIC;
    ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC`);
  const role = `maker_${Date.now()}`;
  const made = await as(url, role);
  await sql(url, `ALTER ROLE ${role} CREATEDB`);
  const named = await startSandbox({ sandboxUrl: made });
  try {
    const proven = await backup({ url, sandbox: named, folder: await folder() });
    expect(proven.proof).toContain('1 table, 1 row equal');
  } finally {
    await named.stop();
  }
});
