import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { startSandbox } from '../../src/sandbox/start.js';
import { testServer } from '../support/server.js';
import { query, soon, startOwner, temporaryBase } from './support.js';

/** A server named by a role that is not superuser. */
async function roleWith(right: 'CREATEDB' | 'NOCREATEDB'): Promise<string> {
  const { adminUrl } = testServer();
  const role = `sandboxer_${randomBytes(4).toString('hex')}`;
  await query(adminUrl, `CREATE ROLE ${role} LOGIN ${right} PASSWORD 'secret'`);
  onTestFinished(async () => void (await query(adminUrl, `DROP ROLE ${role}`)));
  const url = new URL(adminUrl);
  url.username = role;
  url.password = 'secret';
  return url.href;
}

async function databasesOf(url: string): Promise<readonly string[]> {
  const sql = `SELECT datname FROM pg_database WHERE pg_get_userbyid(datdba) = '${new URL(url).username}' ORDER BY 1`;
  return (await query(testServer().adminUrl, sql)).map(([name]) => name!);
}

test('on a named server it makes databases with names of its own and drops them', async () => {
  const url = await roleWith('CREATEDB');
  const sandbox = await startSandbox({ sandboxUrl: url });
  expect(sandbox.serverVersion).toMatch(/^18\.\d+$/);
  const [first, second] = [await sandbox.createDatabase('shop'), await sandbox.createDatabase()];
  expect(await query(first, 'SELECT getdatabaseencoding()')).toEqual([['UTF8']]);
  const made = await databasesOf(url);
  expect(made).toHaveLength(2);
  for (const name of made) expect(name).toMatch(/^pgmedic_sandbox_[0-9a-f]{8}_\d$/);
  await sandbox.dropDatabase(second);
  expect(await databasesOf(url)).toHaveLength(1);
  await sandbox.stop();
  await sandbox.stop();
  expect(await databasesOf(url)).toEqual([]);
});

test('an abort drops them as well', async () => {
  const url = await roleWith('CREATEDB');
  const control = new AbortController();
  const sandbox = await startSandbox({ sandboxUrl: url, signal: control.signal });
  await sandbox.createDatabase();
  control.abort();
  await vi.waitUntil(async () => (await databasesOf(url)).length === 0, soon);
});

test('a role that may not create databases is told so', async () => {
  const url = await roleWith('NOCREATEDB');
  const error = await startSandbox({ sandboxUrl: url }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect((error as UserError).message).toMatch(/may not create databases/);
  expect((error as UserError).next.join()).toMatch(/CREATEDB/);
  expect(JSON.stringify(error) + (error as UserError).message).not.toContain('secret');
});

test('a server that does not answer is said in words', async () => {
  const sandboxUrl = 'postgresql://a:secret@127.0.0.1:1/postgres';
  await expect(startSandbox({ sandboxUrl })).rejects.toThrow(UserError);
});

test('what a killed pgmedic left there is swept at the next start, what is in use is not', async () => {
  const url = await roleWith('CREATEDB');
  const living = await startSandbox({ sandboxUrl: url });
  const kept = new URL(await living.createDatabase()).pathname.slice(1);
  const owner = await startOwner({ tmpdir: temporaryBase(), sandboxUrl: url });
  const left = new URL(owner.databaseUrl).pathname.slice(1);
  owner.process.kill('SIGKILL');
  await once(owner.process, 'exit');
  const sessions = `SELECT count(*) FROM pg_stat_activity WHERE usename = '${new URL(url).username}'`;
  await vi.waitUntil(
    async () => (await query(testServer().adminUrl, sessions))[0]![0] === '1',
    soon,
  );
  expect(await databasesOf(url)).toEqual([kept, left].sort());

  const next = await startSandbox({ sandboxUrl: url });
  expect(await databasesOf(url)).toEqual([kept]);
  await next.stop();
  await living.stop();
});
