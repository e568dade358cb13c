import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { base, entriesOf, openShop, sqlFiles, type Shop } from '../playbooks/shop.js';
import { startProxy } from '../../src/drill/proxy.js';
import { applied, plan as contract, type PlanOnPaper } from './contract.js';
import { deepTest } from '../support/deep-test.js';
import { at, expectRefusal, json, makeHome, type Ended, type Home } from './program.js';

let home: Home;
let shop: Shop;
let path: string;
let other: Shop;
let lost: ReturnType<typeof losesTheServer>;
beforeAll(async () => {
  home = makeHome();
  shop = await openShop();
  path = join(home.path, 'plan.json');
  other = await openShop();
  lost = losesTheServer(other);
  lost.catch(() => {});
});
beforeEach(() => shop.reset());
afterAll(async () => {
  await lost.catch(() => {});
  await other.close();
  await shop.close();
  await home.remove();
});

const more = {
  '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);',
  '0003_tags': 'CREATE TABLE "tags" ("id" serial PRIMARY KEY NOT NULL);',
};

/** By its command line, where the world is made anew for each test: the same world gives the same plan. */
const onPaper = new Map<string, string>();

async function planOnce(playbook: string, ...args: string[]): Promise<PlanOnPaper['steps']> {
  const wish = [playbook, ...args].join(' ');
  const known = onPaper.get(wish);
  if (known === undefined) {
    const steps = await plan(playbook, ...args);
    onPaper.set(wish, await readFile(path, 'utf8'));
    return steps;
  }
  await writeFile(path, known);
  return contract.parse(JSON.parse(known)).steps;
}

/** Writes the plan; its steps. */
async function plan(playbook: string, ...args: string[]): Promise<PlanOnPaper['steps']> {
  const planned = await home.run(['plan', playbook, '--out', path, ...at(shop), ...args]);
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  return contract.parse(JSON.parse(await readFile(path, 'utf8'))).steps;
}

function confirm(steps: PlanOnPaper['steps'], ...ids: string[]): string[] {
  return steps
    .filter(({ id, kind }) => (ids.length === 0 ? kind === 'write' : ids.includes(id)))
    .flatMap(({ id, digest }) => ['--confirm', `${id}:${digest}`]);
}

const args = (...more: string[]): string[] => ['apply', path, ...at(shop), ...more];
const apply = (...more: string[]): Promise<Ended> => home.run(args('--json', ...more));

function outcomes(ended: Ended): {
  readonly steps: Record<string, string>;
  readonly message: string;
} {
  const { steps, message } = applied.parse(json(ended));
  return { steps: Object.fromEntries(steps.map(({ id, outcome }) => [id, outcome])), message };
}

async function threeUnlisted(): Promise<PlanOnPaper['steps']> {
  await shop.put(sqlFiles(more));
  await shop.list(entriesOf(Object.keys(base)));
  return planOnce('reconcile-journal');
}

deepTest(
  'a confirmed beginning is run; it stops before the first step that is not confirmed',
  async () => {
    const steps = await threeUnlisted();
    const ended = await apply(...confirm(steps, 'journal', 'apply:0002_notes'));
    expect(ended.code).toBe(3);
    expect(outcomes(ended)).toEqual({
      steps: {
        hold: 'done',
        journal: 'done',
        'apply:0002_notes': 'done',
        'apply:0003_tags': 'notRun',
        agree: 'notRun',
      },
      message: 'Stopped before apply:0003_tags: it is not confirmed.',
    });
    // What it tells of the migrator was read after the last write.
    const { report, nextRun, agrees } = applied.parse(json(ended));
    expect([nextRun, agrees]).toEqual([{ runs: ['0003_tags'], skips: [], fails: null }, false]);
    const told = await readFile(report ?? '', 'utf8');
    const open = told.slice(told.indexOf('## What stays open'));
    expect(open).toContain('Half-run: step 3 of 5 is done, the rest is not.');
    expect(open).toContain('Next run of the migrator: it will run 0003_tags');
    expect(told).not.toContain('not verified');
    expect(await shop.nextRun()).toEqual({ runs: ['0003_tags'], skips: [], fails: null });
    const { wrote, error } = await shop.migrate();
    expect([wrote.length, error]).toEqual([1, null]);
  },
);

test('all confirmed: done, with a backup whose file is there, and the migrator has nothing to run', async () => {
  const steps = await threeUnlisted();
  const ended = await apply(...confirm(steps));
  expect(ended.code).toBe(0);
  const result = applied.parse(json(ended));
  expect(new Set(result.steps.map(({ outcome }) => outcome))).toEqual(new Set(['done']));
  expect(result).toMatchObject({ agrees: true, nextRun: { runs: [], skips: [], fails: null } });
  expect(result.backup?.proof).toMatch(/restored into PostgreSQL/);
  expect(await readFile(result.backup?.path ?? '', 'utf8')).toContain('INSERT');
  expect(await readFile(result.report ?? '', 'utf8')).toContain('# Incident report');
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
  // The same plan once more: the world is another one by now.
  expect(await apply(...confirm(steps))).toMatchObject({ code: 1 });
  expect(await shop.migrate()).toEqual({ wrote: [], error: null, tableThere: true });
});

test('a migration that fails: line, caret and SQLSTATE; nothing of it stays, what follows is not run', async () => {
  await shop.put(
    sqlFiles({
      '0002_notes': 'CREATE TABLE "notes" ("id" int);\n\nSELECT "total" FROM "orders";',
      '0003_tags': 'SELECT 1;',
    }),
  );
  await shop.list(entriesOf([...Object.keys(base), '0002_notes', '0003_tags']));
  const steps = await plan('apply-manually', '0002_notes', '0003_tags');
  await lockHistory();
  const running = home.start(args(...confirm(steps)));
  await running.said(/waits for \d+ \(\w+\)/);
  // What no rehearsal can see: it is changed while the step waits.
  await shop.client.query('ALTER TABLE orders RENAME total TO sum; COMMIT');
  const before = await shop.database();
  const ended = await running.ended;
  expectRefusal(ended, 1);
  expect(ended.stdout).toContain('0002_notes: failed: column "total" does not exist');
  expect(ended.stdout).toContain('(SQLSTATE 42703)');
  expect(ended.stdout).toMatch(/0002_notes\.sql:3:8\n +SELECT "total" FROM "orders";\n +\^/);
  expect(ended.stdout).toMatch(/0003_tags: not run/);
  expect(await shop.database()).toBe(before);
});

async function onePending(): Promise<string[]> {
  await shop.list(entriesOf([...Object.keys(base), '0002_notes']));
  await shop.put(sqlFiles({ '0002_notes': more['0002_notes'] }));
  return confirm(await planOnce('apply-manually', '0002_notes'));
}

/** A client of the team that holds a lock on the history table until it is let go. */
async function lockHistory(): Promise<() => Promise<void>> {
  await shop.client.query('BEGIN; LOCK TABLE drizzle.__drizzle_migrations IN ROW EXCLUSIVE MODE');
  return async () => void (await shop.client.query('ROLLBACK'));
}

test('Ctrl-C while a step waits for a lock: who is in the way, nothing half done', async () => {
  const confirms = await onePending();
  const before = await shop.database();
  const letGo = await lockHistory();
  const running = home.start(args('--json', ...confirms));
  await running.said(/waits for \d+ \(\w+\)/);
  running.child.kill('SIGINT');
  const ended = await running.ended;
  await letGo();
  expect(ended.code).toBe(1);
  expect(outcomes(ended).steps).toEqual({ 'apply:0002_notes': 'failed', agree: 'notRun' });
  expect(applied.parse(json(ended)).steps[0]?.message).toContain('Cancelled');
  expect(await shop.database()).toBe(before);
});

test('Ctrl-C while the backup runs: no backup is left, and nothing was written', async () => {
  const confirms = await onePending();
  const before = await shop.database();
  const running = home.start(args('--json', ...confirms));
  await running.said(/backup: (counting|dumping|restoring)/);
  running.child.kill('SIGINT');
  const ended = await running.ended;
  expect(ended.code).toBe(1);
  expect(new Set(Object.values(outcomes(ended).steps))).toEqual(new Set(['notRun']));
  expect(applied.parse(json(ended))).toMatchObject({
    backup: null,
    message: expect.stringContaining('stopped') as string,
  });
  const session = applied.parse(json(ended)).session ?? '';
  const files = await readdir(home.state, { recursive: true });
  expect(files.filter((name) => name.includes('backups/') && name.includes(session))).toEqual([]);
  expect(await shop.database()).toBe(before);
});

deepTest(
  'a kill while a step waits: resume tells what became of it, report and sessions too',
  async () => {
    const confirms = await onePending();
    const before = await shop.database();
    const letGo = await lockHistory();
    const running = home.start(args(...confirms));
    await running.said(/waits for/);
    running.child.kill('SIGKILL');
    await running.ended;
    await letGo();
    const there = ['--dir', shop.dir, '--database-url', shop.url];

    const listed = await home.run(['sessions', ...there]);
    expect(listed.stdout.trimEnd().split('\n').at(-1)).toMatch(
      /apply-manually.*did not end.*resume/,
    );
    const report = await home.run(['report', ...there]);
    expect(report).toMatchObject({ code: 0 });
    expect(report.stdout).toContain('unknown: no outcome is recorded for apply:0002_notes');

    const resumed = await home.run(['resume', '--json', ...there]);
    expect(resumed).toMatchObject({ code: 0, stderr: '' });
    expect(json(resumed)).toMatchObject({
      steps: [
        { step: 'apply:0002_notes', state: 'not done', why: 'COMMIT had not been sent' },
        { step: 'agree', state: 'not done' },
      ],
    });
    expect(await shop.database()).toBe(before);
    const after = await home.run(['report', ...there]);
    expect(after.stdout).toContain('Looked at later: not done');
    expect(after.stdout).not.toContain('unknown: no outcome');
    expectRefusal(await home.run(['undo', ...there]), 2, /was not done/);

    // The world is as it was, so the same plan still stands.
    expect(await apply(...confirms)).toMatchObject({ code: 0 });
  },
);

deepTest('the answer to COMMIT is lost, the server can be asked: done', async () => {
  await onePending();
  const proxy = await startProxy(shop.url, (sql) => (sql === 'COMMIT' ? 'cut after' : 'forward'));
  try {
    const through = ['--database-url', proxy.url];
    const confirms = confirm(await plan('apply-manually', '0002_notes', ...through));
    const ended = await apply(...through, ...confirms);
    expect([ended.code, outcomes(ended).steps]).toEqual([
      0,
      { 'apply:0002_notes': 'done', agree: 'done' },
    ]);
    expect(applied.parse(json(ended)).steps[0]?.message).toContain('its answer was lost');
    expect(await shop.one(`SELECT to_regclass('notes')`)).toBe('notes');
  } finally {
    await proxy.close();
  }
});

deepTest('the connection is lost before COMMIT arrives: failed, and nothing is there', async () => {
  await onePending();
  const before = await shop.database();
  const proxy = await startProxy(shop.url, (sql) => (sql === 'COMMIT' ? 'cut before' : 'forward'));
  try {
    const through = ['--database-url', proxy.url];
    const confirms = confirm(await plan('apply-manually', '0002_notes', ...through));
    const ended = await apply(...through, ...confirms);
    expect([ended.code, outcomes(ended).steps['apply:0002_notes']]).toEqual([1, 'failed']);
    // A sequence does not go back; everything else does.
    const rows = (text: string): string => text.replaceAll(/^.*_id_seq: .*$/gm, '');
    expect(rows(await shop.database())).toBe(rows(before));
  } finally {
    await proxy.close();
  }
});

test('the answer to COMMIT is lost and the server with it: unknown, exit 4; resume finds out', async () => {
  const { ended, resumed, there } = await lost;
  expect(ended.code).toBe(4);
  expect(outcomes(ended).steps).toEqual({ 'apply:0002_notes': 'unknown', agree: 'notRun' });
  expect(applied.parse(json(ended)).agrees).toBe(false);
  expect(resumed.code).toBe(0);
  expect(json(resumed)).toMatchObject({
    steps: [{ step: 'apply:0002_notes', state: there ? 'committed' : 'not done' }, {}],
  });
});

/** It is asked again and again for ten seconds: that goes on beside the other tests. */
async function losesTheServer(own: Shop) {
  const file = join(home.path, 'lost.json');
  let shut = (): void => {};
  const proxy = await startProxy(own.url, (sql) => {
    if (sql !== 'COMMIT') return 'forward';
    setTimeout(shut, 0);
    return 'cut after';
  });
  const port = Number(new URL(proxy.url).port);
  const through = ['--database-url', proxy.url];
  await own.list(entriesOf([...Object.keys(base), '0002_notes']));
  await own.put(sqlFiles({ '0002_notes': more['0002_notes'] }));
  const options = [...at(own), ...through];
  await home.run(['plan', 'apply-manually', '0002_notes', '--out', file, ...options]);
  const { steps } = contract.parse(JSON.parse(await readFile(file, 'utf8')));
  shut = () => void proxy.close();
  const ended = await home.run(['apply', file, '--json', ...options, ...confirm(steps)]);
  await proxy.close();
  const back = await startProxy(own.url, () => 'forward', { port });
  const resumed = await home.run(['resume', '--json', '--dir', own.dir, ...through]);
  const there = (await own.one(`SELECT to_regclass('notes')`)) === 'notes';
  await back.close();
  return { ended, resumed, there };
}
