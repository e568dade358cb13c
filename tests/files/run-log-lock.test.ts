import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, onTestFinished, test } from 'vitest';
import { isLocked, takeLock } from '../../src/files/run-log-lock.js';

const program = fileURLToPath(new URL('lock-child.ts', import.meta.url));
const jiti = join(
  dirname(createRequire(import.meta.url).resolve('jiti/package.json')),
  'lib/jiti-cli.mjs',
);
/** Beyond the largest process id there can be. */
const gone = '4194305\n';
/** One more than the operations on the disk that taking a lock over has. */
const instants = [1, 2, 3, 4, 5, 6, 7, 8, 9];

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pgmedic-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Another process that takes the lock, and meets the signal before its nth operation. */
function taker(path: string, at: number, signal: 'SIGSTOP' | 'SIGKILL') {
  const child = spawn(process.execPath, [jiti, program, path, String(at), signal], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const said = async (): Promise<unknown> => (await lines.next()).value ?? 'killed';
  return { child, said, ended: once(child, 'exit') };
}

test('it is told whether a living process has it, without taking it', async () => {
  const path = join(folder, 'run.jsonl.lock');
  expect(await isLocked(path)).toBe(false);
  const release = await takeLock(path, 'the log');
  expect(await isLocked(path)).toBe(true);
  await release();
  expect(await isLocked(path)).toBe(false);
  await writeFile(path, gone);
  expect(await isLocked(path)).toBe(false);
  // Another process, whoever that is.
  await writeFile(path, `${process.ppid}\n`);
  expect(await isLocked(path)).toBe(true);
});

test('of two processes that find a dead owner one has the lock, wherever one of them was stopped', async () => {
  const rounds = instants.map(async (at) => {
    const path = join(folder, `${at}.lock`);
    await writeFile(path, gone);
    const other = taker(path, at, 'SIGSTOP');
    const first = await other.said();
    if (first !== 'stopped') return [at, 'not stopped', first];
    // A whole try of ours, between two operations of the other.
    const release = await takeLock(path, 'the log').catch((error: Error) => {
      expect(error.message).toBe(`the log is in use by process ${other.child.pid}.`);
      return null;
    });
    // It says so before it stops, and may stop once more, right behind that operation.
    const wake = setInterval(() => other.child.kill('SIGCONT'), 20);
    let said = await other.said();
    while (said === 'stopped') said = await other.said();
    clearInterval(wake);
    const holder = Number.parseInt(await readFile(path, 'utf8'), 10);
    other.child.kill('SIGKILL');
    await other.ended;
    await release?.();
    const both = release !== null && said === 'taken';
    const nobody = release === null && said !== 'taken';
    if (both || nobody) return [at, both ? 'both' : 'nobody', said];
    return [
      at,
      holder === (release === null ? other.child.pid : process.pid) ? 'one' : 'other',
      '',
    ];
  });
  const found = await Promise.all(rounds);
  expect(found.filter(([, fate]) => fate !== 'one' && fate !== 'not stopped')).toEqual([]);
  expect(found.filter(([, fate]) => fate === 'one').length).toBeGreaterThan(2);
  expect(found.at(-1)).toEqual([instants.length, 'not stopped', 'taken']);
});

test('one that is killed while it takes over does not bar it', async () => {
  const rounds = [5, 6, 7].map(async (at) => {
    const path = join(folder, `${at}.lock`);
    await writeFile(path, gone);
    const other = taker(path, at, 'SIGKILL');
    expect(await other.said()).toBe('killed');
    await other.ended;
    const release = await takeLock(path, 'the log');
    expect(Number.parseInt(await readFile(path, 'utf8'), 10)).toBe(process.pid);
    await release();
  });
  await Promise.all(rounds);
});

test('in one process one has it, however many ask at once; also where its id was another one’s before', async () => {
  const path = join(folder, 'run.lock');
  for (const left of [gone, `${process.pid}\n`]) {
    await writeFile(path, left);
    const got = await Promise.allSettled(
      Array.from({ length: 8 }, () => takeLock(path, 'the log')),
    );
    const taken = got.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    expect(taken).toHaveLength(1);
    await taken[0]?.();
  }
  expect(await readdir(folder)).toEqual([]);
});
