import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { sealOf } from '../../src/core/plan-file.js';
import type { PlanFile } from '../../src/core/plan-file.js';
import { sha256 } from '../../src/runtime/parts.js';
import { base, entriesOf, openShop, sqlFiles, type Shop } from '../playbooks/shop.js';
import { inDepth } from '../support/cases.js';
import { applied, plan as contract, type PlanOnPaper } from './contract.js';
import { at, expectRefusal, json, makeHome, type Ended, type Home } from './program.js';
import { deepTest } from '../support/deep-test.js';

let home: Home;
let shop: Shop;
let path: string;
beforeAll(async () => {
  home = makeHome();
  shop = await openShop();
  path = join(home.path, 'plan.json');
});
afterAll(async () => {
  await shop.close();
  await home.remove();
});

const more = {
  '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);',
  '0003_tags': 'CREATE TABLE "tags" ("id" serial PRIMARY KEY NOT NULL);',
};

let made: PlanOnPaper;
let onPaper: string | null = null;
let before: string;
beforeEach(async () => {
  await shop.reset();
  await shop.put(sqlFiles(more));
  await shop.list(entriesOf(Object.keys(base)));
  // The same world gives the same plan.
  onPaper ??= await planOnce();
  await writeFile(path, onPaper);
  made = contract.parse(JSON.parse(onPaper));
  before = await world();
  await rm(home.state, { recursive: true, force: true });
});

async function planOnce(): Promise<string> {
  const planned = await home.run([
    'plan',
    'reconcile-journal',
    '--out',
    path,
    '--json',
    ...at(shop),
  ]);
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  const text = await readFile(path, 'utf8');
  expect(json(planned)).toEqual(JSON.parse(text));
  return text;
}

const world = async (): Promise<string> => `${await shop.database()}\n${await shop.journal()}`;

const confirmAll = (steps = made.steps): string[] =>
  steps
    .filter(({ kind }) => kind === 'write' || kind === 'command')
    .flatMap(({ id, digest }) => ['--confirm', `${id}:${digest}`]);

const apply = (...args: string[]): Promise<Ended> =>
  home.run(['apply', path, ...at(shop), ...args]);

/** Nothing in the database, nothing in the folder, and no backup was begun either. */
async function untouched(): Promise<void> {
  expect(await world()).toBe(before);
  const { stdout } = await home.run(['sessions', '--json', '--dir', shop.dir]);
  expect(JSON.parse(stdout)).toEqual({ sessions: [] });
}

test('a plan shows every write with its digest, in the same words twice, and writes nothing', async () => {
  const writes = made.steps.filter(({ kind }) => kind === 'write');
  expect(writes.map(({ id, risk }) => [id, risk])).toEqual([
    ['journal', 'reversible'],
    ['apply:0002_notes', 'ddl'],
    ['apply:0003_tags', 'ddl'],
  ]);
  expect(writes[0]?.file).toMatchObject({ path: 'meta/_journal.json' });
  expect(writes[1]?.sql).toContain(more['0002_notes']);
  const words = await home.run(['plan', 'reconcile-journal', ...at(shop)]);
  expect(words.code).toBe(0);
  for (const { id, digest } of writes) expect(words.stdout).toContain(`--confirm ${id}:${digest}`);
  await untouched();
});

test('without a confirmation it exits 3, and names every step that needs one', async () => {
  const bare = await apply();
  expectRefusal(bare, 3);
  for (const option of confirmAll()) expect(bare.stdout).toContain(option);
  const asJson = await apply('--json');
  expect(asJson.code).toBe(3);
  const { steps, backup, session } = applied.parse(json(asJson));
  expect([backup, session]).toEqual([null, null]);
  expect(new Set(steps.map(({ outcome }) => outcome))).toEqual(new Set(['notRun']));
  await untouched();
});

test('a confirmation for something else is no confirmation', async () => {
  const [first, second, third] = made.steps.filter(({ kind }) => kind === 'write');
  for (const confirm of [
    `${first?.id}:0123456789abcdef`,
    `${first?.id}:${second?.digest}`,
    `${first?.id}:${first?.digest.toUpperCase()}`,
    `nosuch:${first?.digest}`,
    `hold:${made.steps[0]?.digest}`,
    // The second step alone: what comes before it is not confirmed.
    `${second?.id}:${second?.digest}`,
  ]) {
    expectRefusal(await apply('--confirm', confirm), 3);
  }
  // One digest that is wrong spoils those that are right.
  expectRefusal(await apply(...confirmAll(), '--confirm', `${third?.id}:0123456789abcdef`), 3);
  expectRefusal(await apply('--confirm', 'journal'), 2, 'STEP:DIGEST');
  await untouched();
});

deepTest('a divided migration is confirmed as a whole or not at all', async () => {
  await shop.put({
    '0003_tags.sql': 'CREATE INDEX CONCURRENTLY "orders_1" ON "orders" ((1));\nSELECT 1;',
  });
  await rm(path);
  const planned = await home.run(['plan', 'reconcile-journal', '--out', path, ...at(shop)]);
  expect(planned).toMatchObject({ code: 0, stderr: '' });
  const { steps } = contract.parse(JSON.parse(await readFile(path, 'utf8')));
  const [one, two] = ['apply:0003_tags:1', 'apply:0003_tags:2'];
  expect(steps.map(({ id }) => id)).toEqual(expect.arrayContaining([one, two]));
  before = await world();
  await rm(home.state, { recursive: true, force: true });
  for (const lacking of [one, two]) {
    const ended = await apply(...confirmAll(steps.filter(({ id }) => id !== lacking)));
    expectRefusal(ended, 3);
    expect(ended.stdout).toContain(`--confirm ${lacking}:`);
  }
  await untouched();
});

test('a plan that was edited by hand is refused', async () => {
  const edits: ((plan: PlanFile & { steps: PlanFile['steps'][number][] }) => void)[] = [
    (plan) => Object.assign(plan.steps[2]!, { sql: `${plan.steps[2]?.sql} ` }),
    (plan) => plan.steps.splice(1, 1),
    (plan) => Object.assign(plan, { answers: { ...plan.answers, apply: 'no' } }),
    (plan) => Object.assign(plan.target, { database: 'another' }),
    (plan) => Object.assign(plan, { extra: 1 }),
    (plan) => Object.assign(plan.steps[0]!, { kind: 'write' }),
  ];
  for (const edit of edits) {
    const copy = structuredClone(made) as PlanFile & { steps: PlanFile['steps'][number][] };
    edit(copy);
    await writeFile(path, JSON.stringify(copy));
    expectRefusal(
      await apply(...confirmAll(copy.steps as PlanOnPaper['steps'])),
      2,
      'plan.json',
      /edited|not a plan/,
    );
  }
  await untouched();
});

test('an edited plan with a seal made to fit is still not what would run', async () => {
  const copy = structuredClone(made);
  const step = copy.steps.find(({ id }) => id === 'apply:0002_notes');
  Object.assign(step!, { sql: step?.sql?.replace('"notes"', '"other"') });
  const forged = { ...copy, seal: sealOf(copy, sha256) };
  await writeFile(path, JSON.stringify(forged));
  const ended = await apply(...confirmAll());
  expectRefusal(ended, 1);
  expect(ended.stdout).toContain('Nothing was written');
  await untouched();
});

deepTest('facts that changed since: nothing is written', async () => {
  const edited = () => shop.put({ '0003_tags.sql': `${more['0003_tags']}\n` });
  const added = () =>
    shop.put({ '0003_tags.sql': more['0003_tags'], '0004_more.sql': 'select 1;' });
  const recorded = async () => {
    await shop.put({ '0003_tags.sql': more['0003_tags'] });
    await rm(join(shop.folder, '0004_more.sql'), { force: true });
    await shop.client.query(
      `INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES ('x', 1)`,
    );
  };
  for (const change of inDepth([edited, recorded], [edited, added, recorded])) {
    await change();
    before = await world();
    const ended = await apply(...confirmAll());
    expectRefusal(ended, 1);
    expect(ended.stdout).toMatch(/facts have changed.*\nNothing was written/s);
    await untouched();
  }
});

test('a plan for another database is refused', async () => {
  const other = await openShop();
  try {
    const args = ['--dir', shop.dir, '--database-url', other.url];
    const ended = await home.run(['apply', path, ...confirmAll(), ...args]);
    expectRefusal(ended, 2, new URL(shop.url).pathname.slice(1), 'not for');
    await untouched();
  } finally {
    await other.close();
  }
});

test('without a proven backup nothing is written, whatever is confirmed', async () => {
  const dead = 'postgresql://nobody:nothing@127.0.0.1:1/none';
  for (const [more, why] of [
    [['--sandbox-url', dead], /127\.0\.0\.1:1/],
    [['--pg-dump', '/nosuch/pg_dump'], /pg_dump/],
  ] as const) {
    await rm(home.state, { recursive: true, force: true });
    const ended = await apply(...confirmAll(), '--json', ...more);
    expect(ended, ended.stderr).toMatchObject({ code: 1 });
    const { steps, backup, message } = applied.parse(json(ended));
    expect(message).toMatch(why);
    expect(backup).toBeNull();
    expect(new Set(steps.map(({ outcome }) => outcome))).toEqual(new Set(['notRun']));
    expect(await world()).toBe(before);
  }
});
