import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inDepth } from '../support/cases.js';
import { recovering, states, type Recovering, type Recovery } from './session.js';
import { base, entriesOf, journalText, openShop, sqlFiles, T, type Shop } from './shop.js';

let shop: Shop;
let session: Recovering;
beforeAll(async () => {
  shop = await openShop();
  session = await recovering(shop);
});
beforeEach(() => shop.reset());
afterAll(async () => {
  await session.close();
  await shop.close();
});

const more = {
  '0002_notes': 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL, "text" text);',
  '0003_tags': 'CREATE TABLE "tags" ("id" serial PRIMARY KEY NOT NULL);',
  '0004_icons': 'ALTER TABLE "notes" ADD COLUMN "icon" text;',
};
const all = { ...base, ...more };
const tags = Object.keys(all);

/** Tags in the order of the journal. */
async function listed(): Promise<string[]> {
  const { entries } = JSON.parse(await shop.journal()) as {
    entries: { tag: string; when: number }[];
  };
  const whens = entries.map(({ when }) => when);
  expect(whens).toEqual(whens.toSorted((a, b) => a - b));
  expect(new Set(whens).size).toBe(whens.length);
  return entries.map(({ tag }) => tag);
}

/** What the plan promised, what pgmedic says now, and what the real migrator then does are one. */
async function migratorRuns(recovery: Recovery, runs: readonly string[]): Promise<void> {
  expect(recovery.end).toEqual({ end: 'ran' });
  expect(recovery.verdict?.words).toContain('The migrator agrees');
  expect(recovery.plan?.predicts).toEqual({ runs, skips: [], fails: null });
  expect(await shop.nextRun()).toEqual({ runs, skips: [], fails: null });
  const { entries } = JSON.parse(await shop.journal()) as {
    entries: { tag: string; when: number }[];
  };
  const { wrote, error } = await shop.migrate();
  expect(error).toBeNull();
  const tagOf = (stamp: string | null): string | undefined =>
    entries.find(({ when }) => String(when) === stamp)?.tag;
  expect(wrote.map(({ stamp }) => tagOf(stamp))).toEqual(runs);
  expect(await shop.nextRun()).toEqual({ runs: [], skips: [], fails: null });
}

/** Breaks the journal alone; the two migrations of the base are applied. */
const journals: Readonly<
  Record<string, () => Promise<{ runs: readonly string[]; lists: readonly string[] }>>
> = {
  'files that are not listed, in the middle and at the end': async () => {
    await shop.put(sqlFiles(more));
    await shop.list([...entriesOf(Object.keys(base)), { tag: '0003_tags', when: T + 5000 }]);
    return { runs: ['0002_notes', '0003_tags', '0004_icons'], lists: tags };
  },
  'the first file is not listed, and recorded': async () => {
    await shop.list(entriesOf(Object.keys(base)).slice(1));
    return { runs: [], lists: Object.keys(base) };
  },
  'an entry whose file is gone': async () => {
    await shop.list([...entriesOf(Object.keys(base)), { tag: '0002_gone', when: T + 2000 }]);
    return { runs: [], lists: Object.keys(base) };
  },
  'an entry that is applied, and whose file is gone': async () => {
    await shop.put({ '0000_users.sql': null });
    return { runs: [], lists: ['0001_orders'] };
  },
  'entries that would be skipped': async () => {
    await shop.put(sqlFiles(more));
    const late = ['0002_notes', '0003_tags', '0004_icons'].map((tag, at) => ({
      tag,
      when: T - 50 + at,
    }));
    await shop.list([...entriesOf(Object.keys(base)), ...late]);
    return { runs: ['0002_notes', '0003_tags', '0004_icons'], lists: tags };
  },
  'one entry twice': async () => {
    await shop.put(sqlFiles({ '0002_notes': more['0002_notes'] }));
    const [users, orders] = entriesOf(Object.keys(base));
    const twice = { tag: '0001_orders', when: T + 9000 };
    await shop.list([users!, orders!, { tag: '0002_notes', when: T + 2000 }, twice]);
    return { runs: ['0002_notes'], lists: [...Object.keys(base), '0002_notes'] };
  },
  'merge markers': async () => {
    await shop.put(sqlFiles(more));
    const sides = ['0002_notes', '0003_tags'].map((tag) =>
      journalText([...entriesOf(Object.keys(base)), { tag, when: T + 5000 }]).split('\n'),
    );
    const [ours, theirs] = sides as [string[], string[]];
    const from = ours.findIndex((line, at) => line !== theirs[at]) - 3;
    const conflict = [
      ...ours.slice(0, from),
      '<<<<<<< HEAD',
      ...ours.slice(from, -2),
      '=======',
      ...theirs.slice(from, -2),
      '>>>>>>> feature',
      ...ours.slice(-2),
    ];
    await shop.put({ 'meta/_journal.json': conflict.join('\n') });
    return { runs: ['0002_notes', '0003_tags', '0004_icons'], lists: tags };
  },
  'no journal': async () => {
    await shop.put({ 'meta/_journal.json': null });
    return { runs: [], lists: Object.keys(base) };
  },
  'a journal cut short': async () => {
    const text = await shop.journal();
    await shop.put({ 'meta/_journal.json': text.slice(0, 300) });
    return { runs: [], lists: Object.keys(base) };
  },
  'a journal without entries': async () => {
    await shop.put({ 'meta/_journal.json': '{"version":"7","dialect":"postgresql"}' });
    return { runs: [], lists: Object.keys(base) };
  },
};

/** What is done with each kind of journal has its cases in tests/tools/drizzle-reconcile.test.ts. */
const always = [
  'files that are not listed, in the middle and at the end',
  'entries that would be skipped',
  'merge markers',
];

test.for(inDepth(always, Object.keys(journals)))(
  '%s: the journal is put right, and undo gives its bytes back',
  async (name) => {
    const broken = journals[name];
    if (broken === undefined) throw new Error(name);
    const { runs, lists } = await broken();
    const before = await shop.journal().catch(() => null);
    const database = await shop.database();

    const recovery = await session.play('reconcile-journal', { answers: { apply: 'no' } });
    expect([recovery.end, states(recovery)]).toEqual([
      { end: 'ran' },
      { hold: 'done', journal: 'done', agree: 'done' },
    ]);
    expect(await listed()).toEqual(lists);
    expect(await shop.database()).toBe(database);
    await migratorRuns(recovery, runs);

    expect(await session.undo('journal')).toMatchObject({ state: 'done' });
    expect(await shop.journal().catch(() => null)).toBe(before);
  },
);

test('with apply=yes what never ran is run and recorded, and nothing is left to run', async () => {
  await shop.put(sqlFiles(more));
  const before = await shop.list(entriesOf(Object.keys(base)));
  const recovery = await session.play('reconcile-journal');
  expect(states(recovery)).toEqual({
    hold: 'done',
    journal: 'done',
    'apply:0002_notes': 'done',
    'apply:0003_tags': 'done',
    'apply:0004_icons': 'done',
    agree: 'done',
  });
  await migratorRuns(recovery, []);
  const { entries } = JSON.parse(await shop.journal()) as { entries: { when: number }[] };
  const rows = await shop.rows();
  expect(rows.map(({ created_at: stamp }) => Number(stamp))).toEqual(
    entries.map(({ when }) => when),
  );
  await shop.client.query('INSERT INTO notes (text, icon) VALUES ($1, $2)', ['a', 'b']);

  await expect(session.undo('apply:0002_notes')).rejects.toThrow('cannot be taken back');
  expect(await session.undo('journal')).toMatchObject({ state: 'done' });
  expect(await shop.journal()).toBe(before);
});

test('entries without a file are left where the files will come back', async () => {
  const entries = [...entriesOf(Object.keys(base)), { tag: '0002_notes', when: T + 2000 }];
  await shop.list(entries);
  const answers = { 'files-gone': 'keep' };
  const nothing = await session.play('reconcile-journal', { answers });
  expect(nothing.end).toMatchObject({ end: 'stopped' });
  expect(nothing.plan).toBeNull();
  await shop.put(sqlFiles({ '0002_notes': more['0002_notes'] }));
  expect((await shop.migrate()).wrote).toHaveLength(1);
});

test('a migration that fails is rolled back, the rest is not run, and the journal stays as confirmed', async () => {
  // Only on this very database: the rehearsal cannot know.
  const here = await shop.one('SELECT current_database()');
  await shop.put(
    sqlFiles({
      ...more,
      '0003_tags': `CREATE TABLE "tags" ("id" int);\n\nSELECT 1 / (current_database() <> '${here}')::int;`,
    }),
  );
  await shop.list(entriesOf(Object.keys(base)));
  const recovery = await session.play('reconcile-journal');
  expect(states(recovery)).toEqual({
    hold: 'done',
    journal: 'done',
    'apply:0002_notes': 'done',
    'apply:0003_tags': 'failed',
    'apply:0004_icons': 'notRun',
    agree: 'notRun',
  });
  expect(recovery.outcomes['apply:0003_tags']).toMatchObject({
    message: expect.stringContaining('rolled back') as string,
    detail: { sqlstate: '22012' },
  });
  expect(recovery.verdict?.agrees).toBe(false);
  expect(await shop.one(`SELECT to_regclass('tags')`)).toBeNull();
  expect(await shop.one(`SELECT to_regclass('notes')`)).toBe('notes');
  const runs = ['0003_tags', '0004_icons'];
  expect(await shop.nextRun()).toEqual({ runs, skips: [], fails: null });
  expect((await shop.migrate()).error?.sqlstate).toBe('22012');
});

test('what is not listed yet is rehearsed too: what would fail is named, and nothing is written', async () => {
  await shop.put(
    sqlFiles({
      ...more,
      '0003_tags': 'CREATE TABLE "tags" ("id" int);\n\nSELECT nosuch FROM "tags";',
    }),
  );
  const before = await shop.list(entriesOf(Object.keys(base)));
  const { plan, end } = await session.play('reconcile-journal');
  expect(plan).toBeNull();
  expect(end).toMatchObject({
    why: expect.stringMatching(/0003_tags would fail at line 3: .*nosuch.*42703/s) as string,
  });
  expect(await shop.journal()).toBe(before);

  await shop.put({ '0003_tags.sql': `${more['0003_tags']}\n` });
  const good = await session.play('reconcile-journal', { confirm: [] });
  const texts = good.plan?.steps.flatMap(({ id, text }) => (id.startsWith('apply:') ? [text] : []));
  expect(texts).toHaveLength(3);
  for (const text of texts ?? []) expect(text).toContain('Rehearsed on a copy of the schema: it');
});

test('a journal that changed after it was shown is not overwritten', async () => {
  await shop.put(sqlFiles(more));
  await shop.list(entriesOf(Object.keys(base)));
  const first = await session.play('reconcile-journal', { confirm: [] });
  expect(first.end).toEqual({ end: 'unconfirmed', step: 'journal' });
  const theirs = await shop.list([
    ...entriesOf(Object.keys(base)),
    { tag: '0002_notes', when: T + 7000 },
  ]);
  const second = await session.play('reconcile-journal', { confirm: ['journal'] });
  expect(second.plan?.steps[1]?.digest).not.toBe(first.plan?.steps[1]?.digest);
  expect(await shop.journal()).not.toBe(theirs);
  await shop.put({ 'meta/_journal.json': theirs });
  expect(await session.undo('journal')).toMatchObject({
    state: 'failed',
    message: expect.stringContaining('someone else changed it') as string,
  });
  expect(await shop.journal()).toBe(theirs);
});
