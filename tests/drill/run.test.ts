import { spawn } from 'node:child_process';
import { access, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { drillList, drillNamed, drills } from '../../src/drill/drills.js';
import { makeDrillFolder, sweepDrillFolders } from '../../src/drill/folder.js';
import { startDrill } from '../../src/drill/run.js';
import { serveDrill } from '../../src/drill/serve.js';
import { connect } from '../../src/postgres/connect.js';
import { onDatabase, sandboxOfTheRun } from './support.js';

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

interface Served {
  readonly databaseUrl: string;
  readonly dir: string;
  readonly goal: string;
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<Served> {
  for await (const line of createInterface({ input: stream })) return JSON.parse(line) as Served;
  throw new Error('it ended without a line');
}

test('the list names each drill with its incident, and an unknown name is answered with the list', () => {
  expect(drillList().drills.map(({ name, incident }) => ({ name, incident }))).toEqual([
    { name: 'journal-gap', incident: '003' },
    { name: 'push-then-migrate', incident: '001' },
    { name: 'not-null-without-backfill', incident: '000' },
    { name: 'media-without-owner', incident: '000' },
    { name: 'falsely-applied', incident: '002' },
    { name: 'swallowed-error', incident: '002' },
    { name: 'already-exists', incident: '004' },
    ...[
      ...['bad-release', 'out-of-order', 'snapshot-collision', 'history-lost', 'pulled-baseline'],
      ...[
        'duplicate-accounts',
        'enum-too-early',
        'dirty-version',
        'blocked-alter',
        'two-operators',
      ],
      'lost-commit',
    ].map((name) => ({ name, incident: null })),
  ]);
  expect(() => drillNamed('journal')).toThrow('There is no drill named journal.');
  for (const drill of drills) {
    const lines = drill.page.split('\n').length;
    expect(lines).toBeGreaterThanOrEqual(2);
    expect(lines).toBeLessThanOrEqual(6);
    expect(drill.hints.length).toBeGreaterThanOrEqual(2);
    expect(drill.hints.length).toBeLessThanOrEqual(4);
  }
});

test('the folder is private, its .env leads to the database, and stop removes both', async () => {
  const sandbox = sandboxOfTheRun();
  const running = await startDrill(drillNamed('push-then-migrate'), { sandbox });
  expect(basename(running.dir)).toBe('coaching');
  for (const path of [running.dir, dirname(running.dir)]) {
    expect((await stat(path)).mode & 0o777).toBe(0o700);
  }
  expect((await stat(join(running.dir, '.env'))).mode & 0o777).toBe(0o600);
  expect(await readFile(join(running.dir, '.env'), 'utf8')).toContain(running.databaseUrl);
  await onDatabase(running, (client) => client.query('SELECT FROM programs'));
  await running.judge();
  expect(sandbox.names()).toHaveLength(1);
  await running.stop();
  await running.stop();
  expect(await exists(dirname(running.dir))).toBe(false);
  expect(sandbox.names()).toEqual([]);
});

test('a start that is aborted or fails leaves nothing', async () => {
  const sandbox = sandboxOfTheRun();
  const dirs: string[] = [];
  const abort = new AbortController();
  const drill = drillNamed('push-then-migrate');
  const aborted = startDrill(
    {
      ...drill,
      make: async (ground) => {
        dirs.push(dirname(ground.dir));
        await drill.make(ground);
        abort.abort(new Error('told to end'));
      },
    },
    { sandbox, signal: abort.signal },
  );
  await expect(aborted).rejects.toThrow('told to end');
  const failing = startDrill(
    {
      ...drill,
      make: (ground) => {
        dirs.push(dirname(ground.dir));
        return Promise.reject(new Error('the disk is full'));
      },
    },
    { sandbox },
  );
  await expect(failing).rejects.toThrow('the disk is full');
  expect(dirs).toHaveLength(2);
  for (const dir of dirs) expect(await exists(dir)).toBe(false);
  expect(sandbox.names()).toEqual([]);
});

test('serve prints one line, stays up, and removes everything when its input ends', async () => {
  const stdin = new PassThrough();
  const stdout = new PassThrough();
  const serving = serveDrill(
    async () => drillNamed('journal-gap'),
    { stdin, stdout },
    new AbortController().signal,
  );
  const { databaseUrl, dir, goal } = await firstLine(stdout);
  expect(goal).toBe(drillNamed('journal-gap').goal);
  expect(await exists(dir)).toBe(true);
  const { client } = await connect(databaseUrl, { purpose: 'test' });
  await client.query('SELECT FROM dashboards');
  stdin.end();
  await serving;
  await client.end().catch(() => {});
  expect(await exists(dirname(dir))).toBe(false);
  await expect(connect(databaseUrl, { purpose: 'test' })).rejects.toThrow('No server answers');
});

test('serve says so when its input ended before it was ready, and ends quietly when told to end', async () => {
  const drill = async () => drillNamed('push-then-migrate');
  const closed = new PassThrough();
  closed.end();
  const early = serveDrill(drill, { stdin: closed, stdout: new PassThrough() }, never());
  await expect(early).rejects.toThrow('The input was closed before the drill was ready');
  const stdout = new PassThrough();
  const told = AbortSignal.abort();
  await serveDrill(drill, { stdin: new PassThrough(), stdout }, told);
  expect(stdout.read()).toBeNull();
});

const never = (): AbortSignal => new AbortController().signal;

test('what a killed drill left is swept by the next start; a living one is let alone', async () => {
  const jiti = dirname(createRequire(import.meta.url).resolve('jiti/package.json'));
  const program = fileURLToPath(new URL('./hold-folder.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', join(jiti, 'lib/jiti-register.mjs'), program],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const { dir } = await firstLine(child.stdout);
  const mine = await makeDrillFolder('mine');
  onTestFinished(mine.remove);
  await sweepDrillFolders();
  expect(await exists(dir)).toBe(true);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
  expect(await exists(dir)).toBe(true);
  await sweepDrillFolders();
  expect(await exists(dirname(dir))).toBe(false);
  expect(await exists(mine.dir)).toBe(true);
});
