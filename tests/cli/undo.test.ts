import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { base, entriesOf, openShop, sqlFiles, type Shop } from '../playbooks/shop.js';
import type { PlanOnPaper } from './contract.js';
import { deepTest } from '../support/deep-test.js';
import { at, expectRefusal, json, makeHome, type Ended, type Home } from './program.js';

let home: Home;
let shop: Shop;
beforeAll(async () => {
  home = makeHome();
  shop = await openShop();
});
beforeEach(() => shop.reset());
afterAll(async () => {
  await shop.close();
  await home.remove();
});

const notes = { '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);' };

/** Runs a playbook as a whole. */
async function recover(playbook: string, ...more: string[]): Promise<void> {
  const path = join(home.path, 'plan.json');
  await home.run(['plan', playbook, '--out', path, ...at(shop), ...more]);
  const { steps } = JSON.parse(await readFile(path, 'utf8')) as PlanOnPaper;
  const confirms = steps
    .filter(({ kind }) => kind === 'write')
    .flatMap(({ id, digest }) => ['--confirm', `${id}:${digest}`]);
  const ended = await home.run(['apply', path, ...at(shop), ...confirms]);
  expect(ended).toMatchObject({ code: 0 });
}

const undo = (...args: string[]): Promise<Ended> =>
  home.run(['undo', '--json', ...args, ...at(shop)]);

interface Undone {
  readonly id: string;
  readonly step: string;
  readonly digest: string;
  readonly sql: readonly string[];
  readonly file: { readonly path: string } | null;
  readonly outcome: string;
  readonly message: string;
  readonly notes: readonly string[];
}

const lastSession = (ended: Ended): [{ session: string }] =>
  (json(ended) as { sessions: { session: string }[] }).sessions.slice(-1) as [{ session: string }];

const undone = (ended: Ended): Undone => json(ended) as Undone;

test('the journal: shown first, then back to its very bytes; refused when the world has moved on; once', async () => {
  // As another editor would have it: the bytes count, not the JSON.
  const odd = `${(await shop.journal()).replaceAll('\n', '\r\n')}\r\n`;
  await shop.put({ ...sqlFiles(notes), 'meta/_journal.json': odd });
  await recover('reconcile-journal', '--set', 'apply=no');
  const written = await shop.journal();
  expect(written).not.toBe(odd);

  const shown = await undo();
  expect(shown.code).toBe(3);
  const { step, id, digest, file, outcome } = undone(shown);
  expect([step, outcome, file?.path]).toEqual(['journal', 'notRun', 'meta/_journal.json']);
  expect(await shop.journal()).toBe(written);
  expectRefusal(await undo('--confirm', `${id}:0123456789abcdef`), 3);
  expect(await shop.journal()).toBe(written);

  // The world has moved on: refused.
  const theirs = `${written}\n`;
  await shop.put({ 'meta/_journal.json': theirs });
  const refused = await undo('--confirm', `${id}:${digest}`);
  expect([refused.code, undone(refused).outcome]).toEqual([1, 'failed']);
  expect(await shop.journal()).toBe(theirs);
  await shop.put({ 'meta/_journal.json': written });

  const done = await undo('--confirm', `${id}:${digest}`);
  expect([done.code, undone(done).outcome]).toEqual([0, 'done']);
  expect(undone(done).notes).toEqual([
    'Next run of the migrator: nothing to run, nothing skipped.',
  ]);
  expect(await shop.journal()).toBe(odd);
  expectRefusal(await undo('--confirm', `${id}:${digest}`), 2, 'taken back already');
  const report = await home.run(['report', ...at(shop)]);
  expect(report.stdout).toContain('Undone at');
  expect(report.stdout).toContain('| Result | taken back afterwards: journal.');
});

deepTest(
  'history rows: the last one that is in place comes first, and the very rows are gone again',
  async () => {
    const more = { ...notes, '0003_tags': 'CREATE TABLE "tags" ("id" int);' };
    await shop.put(sqlFiles(more));
    await shop.list(entriesOf([...Object.keys(base), ...Object.keys(more)]));
    const before = await shop.rows();
    await shop.client.query(Object.values(more).join(''));
    await recover('mark-applied', '0002_notes', '0003_tags');
    expect(await shop.rows()).toHaveLength(4);
    const [{ session }] = lastSession(await home.run(['sessions', '--json', '--dir', shop.dir]));
    const early = undone(await undo(session, 'mark:0002_notes'));
    expect(early.notes).toEqual(['Warning: done after it, and still in place: mark:0003_tags.']);
    for (const step of ['mark:0003_tags', 'mark:0002_notes']) {
      const shown = undone(await undo());
      expect([shown.step, shown.sql]).toEqual([
        step,
        [expect.stringMatching(/^DELETE FROM .* WHERE .*;$/)],
      ]);
      expect((await undo('--confirm', `${shown.id}:${shown.digest}`)).code).toBe(0);
    }
    expect(await shop.rows()).toEqual(before);
  },
);

deepTest('told to end, or hung up on: nothing is taken back, and that is said', async () => {
  await shop.list(entriesOf([...Object.keys(base), '0002_notes']));
  await shop.put(sqlFiles(notes));
  await shop.client.query(Object.values(notes).join(''));
  await recover('mark-applied', '0002_notes');
  const rows = await shop.rows();
  const { id, digest } = undone(await undo());
  const args = ['undo', '--json', '--confirm', `${id}:${digest}`, ...at(shop)];

  const early = home.start(args);
  await early.said(/backup: /);
  early.child.kill('SIGHUP');
  const hungUp = await early.ended;
  expect(hungUp.signal).toBe('SIGHUP');
  expect(undone(hungUp)).toMatchObject({
    outcome: 'notRun',
    message: expect.stringContaining('stands as it was') as string,
  });

  await shop.client.query('BEGIN; LOCK TABLE drizzle.__drizzle_migrations IN ROW EXCLUSIVE MODE');
  const late = home.start(args);
  await late.said(/undo: in the way are \d+ [^]*undo: waits for \d+/);
  late.child.kill('SIGTERM');
  const ended = await late.ended;
  await shop.client.query('ROLLBACK');
  expect(ended.code).toBe(1);
  expect(undone(ended)).toMatchObject({
    outcome: 'failed',
    message: expect.stringContaining('Cancelled. Nothing was written') as string,
    notes: [expect.stringContaining('was not read')],
  });
  expect(await shop.rows()).toEqual(rows);
});

deepTest(
  'what cannot be taken back, and sessions and steps that are not there, are said in words',
  async () => {
    const own = makeHome();
    try {
      expectRefusal(await own.run(['undo', ...at(shop)]), 2, 'no session yet');
      expectRefusal(await own.run(['resume', ...at(shop)]), 2, 'no session yet');
      expectRefusal(await own.run(['report', '--dir', shop.dir]), 2, 'no session yet');
      expect(await own.run(['sessions', '--dir', shop.dir])).toMatchObject({ code: 0 });
    } finally {
      await own.remove();
    }
    await shop.put(sqlFiles(notes));
    await shop.list(entriesOf([...Object.keys(base), '0002_notes']));
    await recover('apply-manually', '0002_notes');
    expectRefusal(await undo(), 2, /cannot be taken back: .*migration's own SQL/, 'backup');
    expectRefusal(await undo('nosuch'), 2, 'no session nosuch', 'pgmedic sessions');
    const [{ session }] = lastSession(await home.run(['sessions', '--json', '--dir', shop.dir]));
    expectRefusal(await undo(session, 'nosuch'), 2, 'ran no step nosuch');
  },
);
