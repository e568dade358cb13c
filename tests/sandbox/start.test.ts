import { readdirSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { startEmbedded } from '../../src/sandbox/embedded.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startSandbox } from '../../src/sandbox/start.js';
import { createTestDatabase, startServer } from '../support/server.js';
import {
  commandLines,
  type Inside,
  isRoot,
  isRunning,
  lookInside,
  ownTmpdir,
  processField,
  query,
  soon,
} from './support.js';

test('a sandbox lives in a private folder, its password in no command line, and stop leaves nothing', async () => {
  const tmpdir = ownTmpdir();
  // The operator's shell has no say.
  for (const name of ['PGSSLMODE', 'PGDATA', 'PGPORT', 'LC_ALL']) vi.stubEnv(name, 'nonsense');
  vi.stubEnv('NODE_OPTIONS', '--require /nowhere.js');
  const seen = new Set<string>();
  const look = (): void => commandLines().forEach((line) => seen.add(line));
  const timer = setInterval(look, 10);
  const sandbox = await startSandbox({}).finally(() => clearInterval(timer));
  look();

  expect(sandbox.serverVersion).toMatch(/^18\.\d+$/);
  const { folder, postmaster, keeper } = await lookInside(sandbox.adminUrl);
  vi.unstubAllEnvs();
  expect(readdirSync(tmpdir).map((name) => join(tmpdir, name))).toEqual([folder]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  for (const pid of [postmaster, keeper]) {
    const uid = Number(processField(pid, 'uid'));
    if (isRoot) expect(uid).not.toBe(0);
    else expect(uid).toBe(process.getuid?.());
  }

  expect(readdirSync(folder)).not.toContain('password');
  const { password } = new URL(sandbox.adminUrl);
  expect(password.length).toBeGreaterThanOrEqual(32);
  expect([...seen].filter((line) => line.includes('initdb'))).not.toEqual([]);
  expect([...seen].filter((line) => line.includes(password))).toEqual([]);

  await sandbox.stop();
  await sandbox.stop();
  expect(readdirSync(tmpdir)).toEqual([]);
  await vi.waitUntil(() => !isRunning(postmaster) && !isRunning(keeper), soon);
});

describe('a running sandbox', () => {
  let sandbox: Sandbox;
  beforeAll(async () => {
    sandbox = await startServer();
  });
  afterAll(async () => sandbox.stop());

  test('listens on 127.0.0.1 only', async () => {
    expect(await query(sandbox.adminUrl, 'SHOW listen_addresses')).toEqual([['127.0.0.1']]);
    expect(await query(sandbox.adminUrl, 'SHOW unix_socket_directories')).toEqual([['']]);
    for (const address of Object.values(networkInterfaces()).flat()) {
      if (address?.family !== 'IPv4' || address.internal) continue;
      const url = sandbox.adminUrl.replace('127.0.0.1', address.address);
      await expect(query(url, 'SELECT 1')).rejects.toThrow(/No server answers/);
    }
  });

  test('asks everyone for the password', async () => {
    const methods = 'SELECT DISTINCT auth_method FROM pg_hba_file_rules';
    expect(await query(sandbox.adminUrl, methods)).toEqual([['scram-sha-256']]);
    const wrong = new URL(sandbox.adminUrl);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  });

  test('makes empty UTF8 databases of any name', async () => {
    const url = await sandbox.createDatabase('shop "x" ü');
    const facts = `SELECT current_database(), getdatabaseencoding(), upper('ü'), (SELECT count(*) FROM pg_stat_user_tables)`;
    expect(await query(url, facts)).toEqual([['shop "x" ü', 'UTF8', 'Ü', '0']]);
  });

  test('drops a database while someone is in it, and only those it made', async () => {
    const url = await sandbox.createDatabase();
    const sleeping = query(url, 'SELECT pg_sleep(600)').catch((error: unknown) => error);
    const active = `SELECT FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'`;
    await vi.waitUntil(async () => (await query(sandbox.adminUrl, active)).length === 1, soon);
    await sandbox.dropDatabase(url);
    expect(await sleeping).toBeInstanceOf(Error);
    await expect(query(url, 'SELECT 1')).rejects.toThrow(/There is no database/);
    await expect(sandbox.dropDatabase(sandbox.adminUrl)).rejects.toThrow(/not made in this/);
  });
});

describe('an abort leaves nothing', () => {
  test.each(['at once', 'while the cluster is made'])('%s', async (when) => {
    const tmpdir = ownTmpdir();
    const control = new AbortController();
    const reason = new Error('the operator left');
    const outcome = startSandbox({ signal: control.signal }).catch((error: unknown) => error);
    if (when !== 'at once') {
      const initdb = (line: string): boolean => line.includes('initdb') && line.includes(tmpdir);
      await vi.waitUntil(() => commandLines().some(initdb), soon);
    }
    control.abort(reason);
    expect(await outcome).toBe(reason);
    expect(readdirSync(tmpdir)).toEqual([]);
    await vi.waitUntil(() => !commandLines().some((line) => line.includes(tmpdir)), soon);
  });

  test('while it runs', async () => {
    const tmpdir = ownTmpdir();
    const control = new AbortController();
    const { adminUrl } = await startSandbox({ signal: control.signal });
    const { postmaster, keeper }: Inside = await lookInside(adminUrl);
    control.abort();
    await vi.waitUntil(() => !isRunning(postmaster) && !isRunning(keeper), soon);
    expect(readdirSync(tmpdir)).toEqual([]);
  });
});

test('where there is no server for this machine, the message names the way out', async () => {
  const hosts = [
    { platform: 'linux', arch: 'x64', libc: 'musl' },
    { platform: 'win32', arch: 'x64', libc: 'other' },
    { platform: 'linux', arch: 'riscv64', libc: 'glibc' },
  ] as const;
  for (const host of hosts) {
    const error = await startEmbedded(undefined, host).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(UserError);
    expect((error as UserError).message).toContain(`${host.platform}-${host.arch}`);
    expect((error as UserError).next.join()).toContain('--sandbox-url');
  }
});

test("a test database is one of the test's own", async () => {
  const database = await createTestDatabase();
  expect(await query(database.url, 'SELECT getdatabaseencoding()')).toEqual([['UTF8']]);
  await database.drop();
  await expect(query(database.url, 'SELECT 1')).rejects.toThrow(/There is no database/);
});
