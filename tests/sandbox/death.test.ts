import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { sweep } from '../../src/sandbox/leftovers.js';
import { startSandbox } from '../../src/sandbox/start.js';
import {
  isRunning,
  lookInside,
  ownTmpdir,
  processField,
  query,
  soon,
  startOwner,
  temporaryBase,
} from './support.js';
import { deepTest } from '../support/deep-test.js';

test('Ctrl-C in the terminal does not reach keeper and server; a SIGKILL of pgmedic ends both', async () => {
  const tmpdir = temporaryBase();
  const owner = await startOwner({ tmpdir });
  const { postmaster, keeper } = await lookInside(owner.adminUrl);
  const group = String(owner.process.pid);
  expect(processField(owner.process.pid!, 'pgid')).toBe(group);
  for (const pid of [postmaster, keeper]) expect(processField(pid, 'pgid')).not.toBe(group);
  process.kill(-owner.process.pid!, 'SIGINT');
  expect(await owner.line()).toBe('interrupted');
  expect(await query(owner.databaseUrl, 'SELECT 1')).toEqual([['1']]);

  // Someone is in the middle of a query.
  const busy = query(owner.databaseUrl, 'SELECT pg_sleep(600)').catch((error: unknown) => error);
  owner.process.kill('SIGKILL');
  await vi.waitUntil(() => !isRunning(postmaster) && !isRunning(keeper), soon);
  expect(await busy).toBeInstanceOf(Error);
  expect(readdirSync(tmpdir)).toEqual([]);
});

deepTest(
  'when the keeper is killed too, the next start sweeps; it leaves the living alone',
  async () => {
    const tmpdir = ownTmpdir();
    const orphaned = await startOwner({ tmpdir });
    const dead = await startOwner({ tmpdir });
    const first = await lookInside(orphaned.adminUrl);
    const second = await lookInside(dead.adminUrl);
    // One server outlives its keeper; of the other everything is killed.
    for (const pid of [first.keeper, second.keeper, second.postmaster])
      process.kill(pid, 'SIGKILL');
    dead.process.kill('SIGKILL');
    await vi.waitUntil(() => !isRunning(dead.process.pid!) && !isRunning(second.postmaster), soon);

    const alive = await startSandbox({});
    const third = await lookInside(alive.adminUrl);
    await vi.waitUntil(() => !existsSync(second.folder), soon);
    // The owner of the first lives, so it keeps its server.
    expect(await query(orphaned.databaseUrl, 'SELECT 1')).toEqual([['1']]);
    orphaned.process.kill('SIGKILL');
    await once(orphaned.process, 'exit');

    // Its keeper ends only when the sweep is done.
    await (await startSandbox({})).stop();
    await vi.waitUntil(() => !isRunning(first.postmaster), soon);
    expect(readdirSync(tmpdir).map((name) => join(tmpdir, name))).toEqual([third.folder]);
    expect(await query(alive.adminUrl, 'SELECT 1')).toEqual([['1']]);

    // With its keeper dead, the owner cleans up itself.
    process.kill(third.keeper, 'SIGKILL');
    await vi.waitUntil(() => !isRunning(third.keeper), soon);
    await alive.stop();
    await vi.waitUntil(() => !isRunning(third.postmaster), soon);
    expect(readdirSync(tmpdir)).toEqual([]);
  },
);

test('a sweep kills no process that merely has the pid of a dead server', async () => {
  const base = temporaryBase();
  const innocent = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
    stdio: 'ignore',
  });
  onTestFinished(() => void innocent.kill('SIGKILL'));
  const folder = await deadSandbox(base);
  mkdirSync(join(folder, 'data'));
  writeFileSync(join(folder, 'data', 'postmaster.pid'), `${innocent.pid}\n${folder}/data\n`);
  await sweep(base);
  expect(existsSync(folder)).toBe(false);
  expect(isRunning(innocent.pid!)).toBe(true);
});

test('a sweep leaves alone what is just being made and what is not a sandbox', async () => {
  const base = temporaryBase();
  const making = mkdtempSync(join(base, 'pgmedic-sandbox-'));
  const abandoned = mkdtempSync(join(base, 'pgmedic-sandbox-'));
  const longAgo = new Date(Date.now() - 3_600_000);
  utimesSync(abandoned, longAgo, longAgo);
  const foreign = join(base, 'pgmedic-other');
  mkdirSync(foreign);
  utimesSync(foreign, longAgo, longAgo);
  await sweep(base);
  expect([making, abandoned, foreign].map((path) => existsSync(path))).toEqual([true, false, true]);
});

/** A folder with the socket of a keeper that no longer listens. */
async function deadSandbox(base: string): Promise<string> {
  const folder = mkdtempSync(join(base, 'pgmedic-sandbox-'));
  const server = createServer().listen(join(folder, 'moved'));
  await once(server, 'listening');
  renameSync(join(folder, 'moved'), join(folder, 'keeper.sock'));
  server.close();
  await once(server, 'close');
  return folder;
}
