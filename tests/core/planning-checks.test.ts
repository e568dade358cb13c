import { beforeAll, expect, test } from 'vitest';
import { buildPlan } from '../../src/core/build-plan.js';
import { diagnose } from '../../src/core/diagnose.js';
import type { Check, Plan, Write } from '../../src/core/plan.js';
import type { SqlParser } from '../../src/core/sql.js';
import { loadPlaybooks } from '../../src/files/playbooks.js';
import { loadParser } from '../../src/postgres/parse.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { defaultTable, factsOf, folderOf, sha256 } from '../support/drizzle-project.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await loadParser();
});

const T = 1_760_000_000_000;
const files = {
  '0000_a': 'create table a (id int);',
  '0001_b': 'create table b (id int); create index concurrently i on b (id); select refill();',
  '0002_c': 'select 1;',
};
const tags = Object.keys(files);
const journal = (listed: readonly string[]): string =>
  JSON.stringify({
    version: '7',
    dialect: 'postgresql',
    entries: listed.map((tag, idx) => ({
      idx,
      version: '7',
      when: T + idx,
      tag,
      breakpoints: true,
    })),
  });

/** The first migration is recorded. */
async function plan(
  name: string,
  migrations: readonly string[],
  listed: readonly string[],
): Promise<Plan> {
  const playbook = (await loadPlaybooks('/nosuch')).find((one) => one.name === name);
  if (playbook === undefined) throw new Error(`no playbook ${name}`);
  const folder = folderOf({
    ...Object.fromEntries(Object.entries(files).map(([tag, sql]) => [`${tag}.sql`, sql])),
    'meta/_journal.json': journal(listed),
  });
  const facts = factsOf(folder, {
    expected: defaultTable,
    configured: false,
    table: defaultTable,
    elsewhere: [],
    rows: [{ id: '1', hash: sha256(files['0000_a']), stamp: String(T) }],
    sequence: null,
    otherTables: 1,
  });
  const answers: Record<string, string> = name.startsWith('mark-') ? { reason: 'looked' } : {};
  const request = { playbook, tool: drizzle, migrations, answers, parser, sha256 };
  return buildPlan({ ...request, diagnosis: diagnose(facts, drizzle) });
}

const writesOf = ({ steps }: Plan): Write[] =>
  steps.flatMap((step) => (step.kind === 'write' ? [step.write] : []));

const journalShas = (checks: readonly Check[]): (string | null)[] =>
  checks.flatMap((check) =>
    check.type === 'file' && check.path === 'meta/_journal.json' ? [check.sha256] : [],
  );

test.for([
  ['apply-manually', ['0001_b', '0002_c'], 4],
  ['mark-applied', ['0001_b', '0002_c'], 2],
  ['mark-unapplied', ['0000_a'], 1],
] as const)('%s: every step rests on the journal as it was read', async ([name, ids, count]) => {
  const writes = writesOf(await plan(name, ids, tags));
  const read = sha256(journal(tags));
  expect(writes.map((write) => write.type !== 'file' && journalShas(write.before))).toEqual(
    Array.from({ length: count }, () => [read]),
  );
  for (const write of writes) {
    if (write.type === 'file' || write.undo.type === 'none') continue;
    expect(journalShas(write.undo.before)).toEqual([read]);
  }
});

test('behind its own write of the journal, a plan rests on what it wrote', async () => {
  const [file, ...rest] = writesOf(await plan('reconcile-journal', [], tags.slice(0, 2)));
  if (file?.type !== 'file') throw new Error('the journal is not written first');
  expect(rest.map((write) => write.type !== 'file' && journalShas(write.before))).toEqual(
    Array.from({ length: 4 }, () => [file.afterSha256]),
  );
  expect(file.afterSha256).not.toBe(sha256(journal(tags.slice(0, 2))));
});

test('a step with a call that cannot be looked into says so', async () => {
  const { steps } = await plan('apply-manually', ['0001_b'], tags);
  const texts = steps.filter(({ kind }) => kind === 'write').map(({ text }) => text);
  expect(texts.map((text) => text.includes('What refill() does cannot be seen'))).toEqual([
    false,
    false,
    true,
  ]);
});
