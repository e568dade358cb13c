/** The restore and the rename are killed with SIGKILL on the way, and what is said then is what is there. */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Plan, Step } from '../../src/core/plan.js';
import type { RunLogRecord } from '../../src/core/run-log.js';
import { readRunLog } from '../../src/files/run-log.js';
import { urlParts } from '../../src/postgres/connect.js';
import { loadParser } from '../../src/postgres/parse.js';
import { urlInto } from '../../src/postgres/url.js';
import { look } from '../../src/runtime/parts.js';
import { proveBackup } from '../../src/runtime/prove-backup.js';
import { stateOfSteps } from '../../src/runtime/resume-state.js';
import { worldOf } from '../../src/runtime/world.js';
import { bundled } from '../support/bundled.js';
import type { CrashJob } from '../runtime/crash-child.js';
import { inDepth } from '../support/cases.js';
import { testServer } from '../support/server.js';
import { recovering, type Recovering } from './session.js';
import { openShop, type Shop } from './shop.js';

let shop: Shop;
let session: Recovering;
let admin: pg.Client;
let live: string;
let plan: Plan;
let program: Awaited<ReturnType<typeof bundled>>;

beforeAll(async () => {
  [shop, program] = await Promise.all([openShop(), bundled('tests/runtime/crash-child.ts')]);
  live = urlParts(shop.url).database;
  session = await recovering(shop);
  const now = (): Date => new Date();
  const { facts } = await look(session.ground, now, { evidence: false });
  const { signal } = new AbortController();
  const made = { ground: session.ground, facts, session: 'early', signal, now };
  await proveBackup({ ...made, onProgress: () => {} });
  await shop.client.query('DELETE FROM orders');
  await shop.client.end();
  const answers = { swap: 'rename', name: `${live}_new` };
  const { plan: shown } = await session.play('restore-backup', { answers, confirm: [] });
  if (shown === null) throw new Error('no plan');
  plan = shown;
  admin = new pg.Client({ connectionString: testServer().adminUrl });
  await admin.connect();
});

afterAll(async () => {
  await session.close();
  await program.remove();
  await drop(await databases());
  await admin.end();
});

async function databases(): Promise<readonly string[]> {
  const { rows } = await admin.query<{ datname: string }>(
    `SELECT datname FROM pg_database WHERE datname LIKE $1 ORDER BY 1`,
    [`${live}%`],
  );
  return rows.map(({ datname }) => datname);
}

async function drop(names: readonly string[]): Promise<void> {
  for (const name of names) await admin.query(`DROP DATABASE "${name}" WITH (FORCE)`);
}

interface Life {
  /** null when it was killed. */
  readonly survived: {
    readonly count: number;
    readonly outcome: { readonly state: string };
  } | null;
  /** What a look says once the server has noticed. */
  readonly said: string;
  readonly why: string;
}

/** Runs one step of the plan in a process that is killed at its nth operation; 0: not at all. */
async function attempt(id: string, killAt: number, midway: boolean): Promise<Life> {
  const step = plan.steps.find((one): one is Step => one.id === id);
  if (step === undefined) throw new Error(`no step ${id}`);
  const keepIn = await mkdtemp(join(tmpdir(), 'pgmedic-test-'));
  const folder = join(keepIn, 'sessions', 'one');
  const at = new Date().toISOString();
  const confirmation = { step: id, digest: step.digest, at, by: 'test', typed: live };
  const job: CrashJob = {
    killAt,
    midway,
    everywhere: true,
    plan: { ...plan, steps: [step] },
    confirmation,
    url: shop.url,
    root: shop.folder,
    keepIn: folder,
    logPath: join(folder, 'run.jsonl'),
  };
  try {
    const child = spawn(process.execPath, [program.path], {
      env: { PATH: process.env['PATH'], CRASH_JOB: JSON.stringify(job) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let errors = '';
    child.stdout.on('data', (data: Buffer) => (out += data.toString()));
    child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
    const signal = await new Promise((resolve) => child.on('close', (_, by) => resolve(by)));
    if (signal !== 'SIGKILL' && out === '') throw new Error(errors);
    await settled();
    const { records } = await readRunLog(job.logPath);
    const parser = await loadParser();
    const world = worldOf({ url: shop.url, target: plan.target, root: shop.folder, parser });
    const [standing] = await stateOfSteps(records, world);
    const survived = signal === 'SIGKILL' ? null : (JSON.parse(out) as Life['survived']);
    return { survived, said: standing?.state.state ?? 'nothing', why: standing?.state.why ?? '' };
  } finally {
    await rm(keepIn, { recursive: true, force: true });
  }
}

/** What the killed process left running on the server has come to its end. */
async function settled(): Promise<void> {
  for (;;) {
    const { rows } = await admin.query(
      `SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND (datname LIKE $1
        OR datname = 'postgres' AND application_name IN ('pgmedic write', 'pgmedic restore'))`,
      [`${live}%`],
    );
    if (rows.length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Places at which a step of so many operations is killed. */
function places(
  count: number,
  parts: readonly number[],
): readonly { killAt: number; midway: boolean }[] {
  const all = Array.from({ length: count }, (_, index) =>
    [false, true].map((midway) => ({ killAt: index + 1, midway })),
  ).flat();
  const few = parts.map((part) => ({ killAt: Math.ceil(count * part), midway: true }));
  return inDepth(few, all);
}

test('killed while it renames: both names were changed, or none; while it restores: the new database has its name only when all is in it', async () => {
  const restored = await attempt('restore', 0, false);
  expect([restored.survived?.outcome.state, restored.said]).toEqual(['done', 'committed']);
  const before = await databases();
  const aside = async (): Promise<string | undefined> =>
    (await databases()).find((name) => name.includes('_before_restore_'));
  const renameBack = async (): Promise<void> => {
    const old = await aside();
    if (old === undefined) return;
    await admin.query(`ALTER DATABASE "${live}" RENAME TO "${live}_new"`);
    await admin.query(`ALTER DATABASE "${old}" RENAME TO "${live}"`);
  };
  const renamed = await attempt('rename', 0, false);
  expect([renamed.survived?.outcome.state, renamed.said]).toEqual(['done', 'committed']);
  for (const { killAt, midway } of places(renamed.survived?.count ?? 0, [0.95])) {
    await renameBack();
    const { said, why } = await attempt('rename', killAt, midway);
    const there = await databases();
    const old = await aside();
    const where = JSON.stringify({ killAt, midway, said, why, there });
    expect(there, where).toEqual(old === undefined ? before : [live, old]);
    if (said !== 'unknown') expect(said, where).toBe(old === undefined ? 'not done' : 'committed');
  }

  await renameBack();
  for (const { killAt, midway } of places(restored.survived?.count ?? 0, [0.5, 0.97])) {
    await drop((await databases()).filter((name) => name !== live));
    const { said, why } = await attempt('restore', killAt, midway);
    const there = await databases();
    const where = JSON.stringify({ killAt, midway, why, there });
    const complete = there.includes(`${live}_new`);
    if (said !== 'unknown') expect(said, where).toBe(complete ? 'committed' : 'not done');
    if (there.includes(`${live}_new_incomplete`)) expect(why).toContain('DROP DATABASE');
  }
});

test('what is still being made when it is looked at is not said to be gone', async () => {
  await drop((await databases()).filter((name) => name !== live));
  await admin.query(`CREATE DATABASE "${live}_model"`);
  const connected = async (connectionString: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    return client;
  };
  // CREATE DATABASE waits for whoever is connected to its template, for some seconds.
  const busy = await connected(urlInto(testServer().adminUrl, `${live}_model`));
  const maker = await connected(testServer().adminUrl);
  const { rows } = await maker.query<{ pid: number; since: string }>(
    `SELECT pid, extract(epoch FROM backend_start)::text AS since FROM pg_stat_activity
      WHERE pid = pg_backend_pid()`,
  );
  const made = maker.query(`CREATE DATABASE "${live}_new_incomplete" TEMPLATE "${live}_model"`);
  const step = plan.steps.find((one) => one.id === 'restore');
  if (step?.kind !== 'write' || rows[0] === undefined) throw new Error('no step, or no process');
  const common = { at: new Date().toISOString(), prev: '', step: 'restore' };
  const records: RunLogRecord[] = [
    { ...common, type: 'plan', seq: 1, plan },
    {
      ...common,
      ...{ type: 'intent', seq: 2, digest: step.digest, confirmation: null },
      write: step.write,
    },
    { ...common, type: 'sent', seq: 3, telling: true, ...rows[0] },
  ] as RunLogRecord[];
  const parser = await loadParser();
  const world = worldOf({ url: shop.url, target: plan.target, root: shop.folder, parser });
  const said = async () =>
    (await stateOfSteps(records, world)).find((one) => one.step === 'restore')?.state;
  expect(await said()).toMatchObject({
    state: 'unknown',
    why: expect.stringContaining('still being made') as string,
  });
  await busy.end();
  await made;
  await maker.end();
  expect(await said()).toMatchObject({
    state: 'not done',
    why: expect.stringContaining(`DROP DATABASE "${live}_new_incomplete"`) as string,
  });
});
