import { beforeAll, describe, expect, test } from 'vitest';
import type { PlanRequest } from '../../src/core/build-plan.js';
import { buildPlan } from '../../src/core/build-plan.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import { UserError } from '../../src/core/errors.js';
import type { Evidence } from '../../src/core/evidence/evidence.js';
import type { Plan } from '../../src/core/plan.js';
import { preflight } from '../../src/core/planning/preflight.js';
import { questionsFor } from '../../src/core/planning/questions.js';
import type { Playbook } from '../../src/core/playbook.js';
import type { SqlParser } from '../../src/core/sql.js';
import { loadPlaybooks } from '../../src/files/playbooks.js';
import { loadParser } from '../../src/postgres/parse.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { defaultTable, factsOf, folderOf, sha256 } from '../support/drizzle-project.js';
import { diagnosisOf, evidenceOf, live, replayOf, told } from '../support/evidence.js';

let parser: SqlParser;
let playbooks: readonly Playbook[];
beforeAll(async () => {
  parser = await loadParser();
  playbooks = await loadPlaybooks('/nosuch');
});

const T = 1_760_000_000_000;
const files = {
  '0000_a': 'create table a (id int);',
  '0001_b': 'create table b (id int); create index i on b (id);',
  '0002_rows': 'insert into b values (1);',
  '0003_d': 'create table d (id int);',
};
const tags = Object.keys(files);

/** The first is recorded, all tables of `keys` are there. */
function found(
  evidence: Evidence | null,
  keys: readonly string[] = [],
  noTable = false,
): Diagnosis {
  const entries = tags.map((tag, idx) => ({ idx, version: '7', when: T + idx, tag }));
  const folder = folderOf({
    ...Object.fromEntries(Object.entries(files).map(([tag, sql]) => [`${tag}.sql`, sql])),
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  });
  const rows = [{ id: '1', hash: sha256(files['0000_a']), stamp: String(T) }];
  const facts = factsOf(
    folder,
    {
      expected: defaultTable,
      configured: false,
      table: noTable ? null : defaultTable,
      elsewhere: [],
      rows: noTable ? [] : rows,
      sequence: null,
      otherTables: 1,
    },
    {
      schema: {
        state: 'read',
        catalog: keys.map((key) => live(key)),
        replay: replayOf('0001_b', []),
        rehearsal: null,
        owners: [],
        sizes: {},
        searchPath: 'public',
      },
    },
  );
  return diagnosisOf(facts, evidence);
}

const named = (name: string): Playbook => {
  const playbook = playbooks.find((one) => one.name === name);
  if (playbook === undefined) throw new Error(`no playbook ${name}`);
  return playbook;
};

function plan(name: string, diagnosis: Diagnosis, more: Partial<PlanRequest> = {}): Plan {
  const request = { migrations: [], answers: {}, tool: drizzle, parser, sha256 };
  return buildPlan({ ...request, playbook: named(name), diagnosis, ...more });
}

/** Why it was refused, with what to do next, as one text. */
function refusal(name: string, diagnosis: Diagnosis, more: Partial<PlanRequest> = {}): string {
  try {
    plan(name, diagnosis, more);
  } catch (error) {
    if (error instanceof UserError) return [error.message, ...error.next].join('\n');
    throw error;
  }
  return 'planned';
}

const present = told('0001_b', 'present', [
  ['done', ['table public.b']],
  ['done', ['index public.i']],
]);
const half = told('0001_b', 'partial', [
  ['done', ['table public.b']],
  ['not done', ['index public.i'], 'CREATE INDEX'],
]);
const absentB = told('0001_b', 'absent', [
  ['not done', ['table public.b']],
  ['not done', ['index public.i']],
]);
const rowsOnly = told('0002_rows', 'unprovable', [['unprovable', [], 'INSERT INTO']]);
const absentD = told('0003_d', 'absent', [['not done', ['table public.d']]]);
const presentD = told('0003_d', 'present', [['done', ['table public.d']]]);
const two = told('0001_b', 'present', [['done', ['table public.b']]], {
  ambiguous: ['0001_b ran', '0003_d ran'],
});

test('a rehearsal that could not try everything does not say that it goes through', () => {
  const said = (unknown: readonly string[]): readonly string[] => {
    const rehearsal = { runs: ['0001_b'], statements: [], failure: null, unknown };
    return preflight(found(evidenceOf(absentB), ['table public.a']), '0001_b', rehearsal);
  };
  expect(said([])).toEqual(['Rehearsed on a copy of the schema: it goes through.']);
  expect(said(['Statement 2 was not tried.'])).toEqual([
    'Rehearsed on a copy of the schema: nothing failed, but not all of it could be tried.',
    'Not found out: Statement 2 was not tried.',
  ]);
});

describe('mark-applied', () => {
  const mark = { migrations: ['0001_b'] };
  const reasoned = { ...mark, answers: { reason: 'seen with psql' } };

  test('goes through where the evidence carries it, and rests on what is there', () => {
    const diagnosis = found(evidenceOf(present), ['table public.b', 'index public.i']);
    const made = plan('mark-applied', diagnosis, mark);
    const step = made.steps.find(({ id }) => id === 'mark:0001_b');
    expect(step?.text).toContain('Evidence: table public.b, index public.i');
    const before =
      step?.kind === 'write' && step.write.type === 'transaction' ? step.write.before : [];
    expect(before.map(({ title }) => title)).toContain(
      'as the plan has it (there: index public.i, table public.b)',
    );
    expect(made.warnings).toEqual([]);
    expect(questionsFor(named('mark-applied'), diagnosis, ['0001_b'])).toEqual([]);
  });

  test('what stands otherwise than the migration leaves it is no proof of it', () => {
    const drift = {
      type: 'changed' as const,
      key: 'column public.b.id',
      kind: 'column' as const,
      migration: '0001_b',
      madeBy: '0001_b',
      expected: 'integer',
      found: 'text',
    };
    const keys = ['table public.b', 'index public.i'];
    const twin = found({ ...evidenceOf(present, rowsOnly, absentD), drift: [drift] }, keys);
    const words = /column public\.b\.id is not as 0001_b leaves it: found text; should be integer/;
    expect(refusal('mark-applied', twin, mark)).toMatch(words);
    expect(refusal('baseline', twin)).toMatch(words);
  });

  test.for<[string, Evidence | null, RegExp]>([
    ['partial', evidenceOf(half), /0001_b lacks index public\.i \(statement 2\).*finish-partial/s],
    [
      'absent',
      evidenceOf(absentB),
      /0001_b lacks table public\.b \(statement 1\), index public\.i \(statement 2\).*apply-manually/s,
    ],
    ['two explanations', evidenceOf(two), /more than one way: 0001_b ran; or 0003_d ran/],
    [
      'unknown',
      evidenceOf(told('0001_b', 'unknown', [['unknown']], { why: 'no extension vector' })),
      /no extension vector/,
    ],
    ['no evidence', null, /not known what 0001_b did/],
    ['not in it', evidenceOf(), /not known what 0001_b did/],
  ])('%s: refused, unless a reason is given, which is kept', ([, evidence, why]) => {
    const diagnosis = found(evidence);
    expect(refusal('mark-applied', diagnosis, mark)).toMatch(why);
    expect(refusal('mark-applied', diagnosis, { ...mark, answers: { reason: ' ' } })).toMatch(why);
    expect(refusal('mark-applied', diagnosis, mark)).toContain('--set reason=');
    const made = plan('mark-applied', diagnosis, reasoned);
    expect(made.warnings[0]).toMatch(/^Against the evidence: /);
    expect(made.answers).toEqual({ reason: 'seen with psql' });
    expect(made.steps[1]?.text).toContain('Reason: seen with psql');
    expect(questionsFor(named('mark-applied'), diagnosis, ['0001_b'])).toHaveLength(1);
  });

  test('marking everything applied fails where one is not there, and names it', () => {
    const diagnosis = found(evidenceOf(present, rowsOnly, absentD));
    const words = refusal('mark-applied', diagnosis, { migrations: tags.slice(1) });
    expect(words).toContain(
      '0002_rows leaves nothing in the schema that would show it (INSERT INTO)',
    );
    expect(words).toContain('0003_d lacks table public.d (statement 1)');
    expect(words).not.toContain('0001_b is');
  });
});

describe('mark-unapplied', () => {
  const mark = { migrations: ['0000_a'] };
  const there = told('0000_a', 'present', [['done', ['table public.a']]]);

  test('goes through where nothing is there; what is there is named', () => {
    const gone = found(evidenceOf(told('0000_a', 'absent', [['not done', ['table public.a']]])));
    expect(refusal('mark-unapplied', gone, mark)).toBe('planned');
    expect(refusal('mark-unapplied', found(evidenceOf(there)), mark)).toContain(
      '0000_a is there: table public.a',
    );
    expect(refusal('mark-unapplied', found(null), mark)).toContain('--set reason=');
    const unprovable = evidenceOf(told('0000_a', 'unprovable', [['unprovable']]));
    expect(refusal('mark-unapplied', found(unprovable), mark)).toContain('--set reason=');
  });
});

describe('baseline', () => {
  test('records what is proven, in one transaction, and leaves the rest pending', () => {
    const made = plan(
      'baseline',
      found(evidenceOf(present, rowsOnly, absentD), ['table public.b']),
    );
    expect(made.predicts).toEqual({ runs: ['0002_rows', '0003_d'], skips: [], fails: null });
    const writes = made.steps.flatMap((step) => (step.kind === 'write' ? [step.write] : []));
    expect(writes).toHaveLength(1);
    expect(JSON.stringify(writes)).toContain(sha256(files['0001_b']));
    expect(JSON.stringify(writes)).not.toContain(sha256(files['0002_rows']));
  });

  test('one that leaves nothing in the schema, in between, is recorded only on the operator’s word', () => {
    const diagnosis = found(evidenceOf(present, rowsOnly, presentD));
    expect(questionsFor(named('baseline'), diagnosis, []).map(({ id }) => id)).toEqual([
      'unprovable',
    ]);
    expect(refusal('baseline', diagnosis)).toMatch(
      /would skip 0002_rows for good.*--set unprovable=record/s,
    );
    const made = plan('baseline', diagnosis, { answers: { unprovable: 'record' } });
    expect(made.predicts.runs).toEqual([]);
    expect(made.warnings).toEqual([expect.stringContaining('0002_rows')]);
  });

  test('what is absent is never hidden behind a newer row', () => {
    const diagnosis = found(evidenceOf(absentB, rowsOnly, presentD));
    expect(refusal('baseline', diagnosis, { answers: { unprovable: 'record' } })).toMatch(
      /skip 0001_b for good\. 0001_b lacks table public\.b.*apply-manually 0001_b/s,
    );
    const finish = found(evidenceOf(half, rowsOnly, presentD));
    expect(refusal('baseline', finish, { answers: { unprovable: 'record' } })).toContain(
      'finish-partial 0001_b',
    );
  });

  test('without evidence, or where nothing is proven, it is refused', () => {
    expect(refusal('baseline', found(null))).toContain('there is no evidence');
    expect(refusal('baseline', found(evidenceOf(absentB, rowsOnly, absentD)))).toContain(
      'No migration without a row is proven',
    );
    expect(refusal('baseline', found(evidenceOf(two, rowsOnly, absentD)))).toContain(
      'more than one way',
    );
  });

  test('makes the history table where it is missing', () => {
    const a = told('0000_a', 'present', [['done', ['table public.a']]]);
    const made = plan('baseline', found(evidenceOf(a, present, rowsOnly, absentD), [], true));
    const [write] = made.steps.flatMap((step) => (step.kind === 'write' ? [step.write] : []));
    const sql =
      write?.type === 'transaction' ? write.statements.map((one) => one.sql.slice(0, 12)) : [];
    expect(sql).toEqual(['CREATE SCHEM', 'CREATE TABLE', 'INSERT INTO ', 'INSERT INTO ']);
    expect(made.predicts.runs).toEqual(['0002_rows', '0003_d']);
  });
});
