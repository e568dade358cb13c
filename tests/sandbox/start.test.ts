import { readdirSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { startEmbedded } from '../../src/sandbox/embedded.js';
import { startSandbox } from '../../src/sandbox/start.js';
import { createTestDatabase } from '../support/server.js';
import {
  commandLines,
  isRoot,
  isRunning,
  lookInside,
  ownTmpdir,
  processField,
  query,
} from './support.js';

const soon = { timeout: 20_000, interval: 20 };

test('a sandbox is PostgreSQL 18 in a private folder, and stop leaves nothing of it', async () => {
  const tmpdir = ownTmpdir();
  const sandbox = await startSandbox({});
  expect(sandbox.serverVersion).toMatch(/^18\.\d+$/);
  const { folder, postmaster, keeper } = await lookInside(sandbox.adminUrl);
  expect(readdirSync(tmpdir).map((name) => join(tmpdir, name))).toEqual([folder]);
  expect(statSync(folder).mode & 0o777).toBe(0o700);
  expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  expect(readdirSync(folder)).not.toContain('password');
  for (const pid of [postmaster, keeper]) {
    const uid = Number(processField(pid, 'uid'));
    if (isRoot) expect(uid).not.toBe(0);
    else expect(uid).toBe(process.getuid?.());
  }
  await sandbox.stop();
  await sandbox.stop();
  expect(readdirSync(tmpdir)).toEqual([]);
  expect([postmaster, keeper].map(isRunning)).toEqual([false, false]);
});

test('it listens on 127.0.0.1 only and asks everyone for the password', async () => {
  const sandbox = await startSandbox({});
  try {
    expect(await query(sandbox.adminUrl, 'SHOW listen_addresses')).toEqual([['127.0.0.1']]);
    expect(await query(sandbox.adminUrl, 'SHOW unix_socket_directories')).toEqual([['']]);
    const methods = 'SELECT DISTINCT auth_method FROM pg_hba_file_rules';
    expect(await query(sandbox.adminUrl, methods)).toEqual([['scram-sha-256']]);
    const outside = Object.values(networkInterfaces()).flat();
    for (const { address } of outside.filter(
      (each) => each?.family === 'IPv4' && !each.internal,
    ) as { address: string }[]) {
      const url = sandbox.adminUrl.replace('127.0.0.1', address);
      await expect(query(url, 'SELECT 1')).rejects.toThrow(/No server answers/);
    }
    const wrong = new URL(sandbox.adminUrl);
    wrong.password = 'guess';
    await expect(query(wrong.href, 'SELECT 1')).rejects.toThrow(/password authentication failed/);
  } finally {
    await sandbox.stop();
  }
});

test('the password stands in no command line, at no time', async () => {
  const seen = new Set<string>();
  const look = (): void => commandLines().forEach((line) => seen.add(line));
  const timer = setInterval(look, 10);
  const sandbox = await startSandbox({});
  look();
  clearInterval(timer);
  await sandbox.stop();
  const { password } = new URL(sandbox.adminUrl);
  expect([...seen].filter((line) => line.includes('initdb'))).not.toEqual([]);
  expect([...seen].filter((line) => line.includes(password))).toEqual([]);
});

test('its settings are its own: variables of the shell do not reach it', async () => {
  vi.stubEnv('PGSSLMODE', 'verify-full');
  vi.stubEnv('PGDATA', '/nowhere');
  vi.stubEnv('PGPORT', '1');
  vi.stubEnv('LC_ALL', 'xx_XX.UTF-8');
  vi.stubEnv('NODE_OPTIONS', '--require /nowhere.js');
  const sandbox = await startSandbox({}).finally(() => vi.unstubAllEnvs());
  await sandbox.stop();
});

test('databases are made empty and in UTF8, and dropped while someone is in them', async () => {
  const sandbox = await startSandbox({});
  try {
    const url = await sandbox.createDatabase('shop "x" ü');
    expect(await query(url, 'SELECT current_database(), getdatabaseencoding()')).toEqual([
      ['shop "x" ü', 'UTF8'],
    ]);
    expect(await query(url, `SELECT upper('straße ü')`)).toEqual([
      ['STRASSE Ü'.replace('SS', 'ß')],
    ]);
    const other = await sandbox.createDatabase();
    const sleeping = query(other, 'SELECT pg_sleep(600)').catch((error: unknown) => error);
    const active = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT pg_sleep%'`;
    await vi.waitUntil(async () => (await query(sandbox.adminUrl, active))[0]![0] === '1', soon);
    await sandbox.dropDatabase(other);
    expect(await sleeping).toBeInstanceOf(Error);
    await expect(query(other, 'SELECT 1')).rejects.toThrow(/There is no database/);
    // Only what was made here can be dropped here.
    await expect(sandbox.dropDatabase(sandbox.adminUrl)).rejects.toThrow(
      /not made in this sandbox/,
    );
  } finally {
    await sandbox.stop();
  }
});

test.each(['at once', 'while the cluster is made', 'while it runs'])(
  'an abort %s leaves nothing',
  async (when) => {
    const tmpdir = ownTmpdir();
    const control = new AbortController();
    const reason = new Error('the operator left');
    const starting = startSandbox({ signal: control.signal });
    const outcome = starting.then(
      (sandbox) => lookInside(sandbox.adminUrl),
      (error: unknown) => error,
    );
    if (when === 'while the cluster is made') {
      await vi.waitUntil(
        () => commandLines().some((line) => line.includes('initdb') && line.includes(tmpdir)),
        soon,
      );
    }
    if (when === 'while it runs') {
      const { postmaster, keeper } = (await outcome) as Awaited<ReturnType<typeof lookInside>>;
      control.abort(reason);
      await vi.waitUntil(() => !isRunning(postmaster) && !isRunning(keeper), soon);
    } else {
      control.abort(reason);
      expect(await outcome).toBe(reason);
    }
    await vi.waitUntil(() => readdirSync(tmpdir).length === 0, soon);
  },
);

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

test('a test database is one of its own', async () => {
  const database = await createTestDatabase();
  expect(await query(database.url, 'SELECT count(*) FROM pg_stat_user_tables')).toEqual([['0']]);
  await database.drop();
  await expect(query(database.url, 'SELECT 1')).rejects.toThrow(/There is no database/);
});
