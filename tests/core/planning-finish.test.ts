import { beforeAll, describe, expect, test } from 'vitest';
import type { PlanRequest } from '../../src/core/build-plan.js';
import { buildPlan } from '../../src/core/build-plan.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import { UserError } from '../../src/core/errors.js';
import type { MigrationEvidence } from '../../src/core/evidence/evidence.js';
import type { Plan } from '../../src/core/plan.js';
import { statementsOf } from '../../src/core/telling/step-words.js';
import { questionsFor } from '../../src/core/planning/questions.js';
import type { Playbook } from '../../src/core/playbook.js';
import type { SqlParser } from '../../src/core/sql.js';
import { loadPlaybooks } from '../../src/files/playbooks.js';
import { loadParser } from '../../src/postgres/parse.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { defaultTable, factsOf, folderOf, sha256 } from '../support/drizzle-project.js';
import { diagnosisOf, evidenceOf, live, replayOf, told, type Told } from '../support/evidence.js';

let parser: SqlParser;
let playbook: Playbook;
beforeAll(async () => {
  parser = await loadParser();
  playbook = (await loadPlaybooks('/nosuch')).find(({ name }) => name === 'finish-partial')!;
});

const T = 1_760_000_000_000;
const id = '0001_b';
const half = 'create table b (id int); insert into b values (1); create index i on b (id);';

/** One recorded migration and 0001_b, whose statements are told one by one. */
function found(
  sql: string,
  statements: readonly Told[],
  more: Partial<MigrationEvidence> & { readonly recorded?: boolean } = {},
): Diagnosis {
  const files = { '0000_a': 'create table a (id int);', [id]: sql };
  const entries = Object.keys(files).map((tag, idx) => ({ idx, version: '7', when: T + idx, tag }));
  const folder = folderOf({
    '0000_a.sql': files['0000_a'],
    [`${id}.sql`]: sql,
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  });
  const { recorded = false, ...rest } = more;
  const rows = Object.values(files).map((text, index) => ({
    id: String(index + 1),
    hash: sha256(text),
    stamp: String(T + index),
  }));
  const catalog = statements.flatMap(([state, keys = []]) =>
    state === 'done' ? keys.map((key) => live(key)) : [],
  );
  const facts = factsOf(
    folder,
    {
      expected: defaultTable,
      configured: false,
      table: defaultTable,
      elsewhere: [],
      rows: recorded ? rows : rows.slice(0, 1),
      sequence: null,
      otherTables: 1,
    },
    {
      schema: {
        state: 'read',
        catalog,
        replay: replayOf(id, statements),
        rehearsal: null,
        owners: [],
        sizes: {},
        searchPath: 'public',
      },
    },
  );
  return diagnosisOf(facts, evidenceOf(told(id, 'partial', statements, rest)));
}

function plan(diagnosis: Diagnosis, more: Partial<PlanRequest> = {}): Plan {
  const request = { migrations: [id], answers: {}, tool: drizzle, parser, sha256 };
  return buildPlan({ ...request, playbook, diagnosis, ...more });
}

function refusal(diagnosis: Diagnosis, more: Partial<PlanRequest> = {}): string {
  try {
    plan(diagnosis, more);
  } catch (error) {
    if (error instanceof UserError) return [error.message, ...error.next].join('\n');
    throw error;
  }
  return 'planned';
}

/** The SQL of each write, the history row as "row". */
function sqlOf(made: Plan): string[][] {
  return made.steps.flatMap((step) => {
    if (step.kind !== 'write' || step.write.type === 'file') return [];
    return [
      statementsOf(step.write).map(({ sql }) =>
        sql.includes('__drizzle_migrations') ? 'row' : sql,
      ),
    ];
  });
}

const table: Told = ['done', ['table public.b']];
const insert: Told = ['unprovable', [], 'INSERT INTO'];
const index: Told = ['not done', ['index public.i'], 'CREATE INDEX'];

describe('finish-partial', () => {
  test('runs what is behind the stop, with the row, and looks at the schema before and after', () => {
    const made = plan(
      found('create table b (id int); create index i on b (id); select 1', [table, index, insert]),
    );
    expect(sqlOf(made)).toEqual([['create index i on b (id)', 'select 1', 'row']]);
    const step = made.steps.find(({ kind }) => kind === 'write');
    expect(step?.text).toContain('There already, and not run again: statement 1 (CREATE TABLE)');
    const write = step?.kind === 'write' && step.write.type === 'transaction' ? step.write : null;
    const titles = (
      list: typeof write extends null ? never : readonly { title: string }[],
    ): string => list.map(({ title }) => title).join('\n');
    expect(titles(write?.before ?? [])).toContain(
      '(there: table public.b; not there: index public.i)',
    );
    expect(titles(write?.after ?? [])).toContain('(there: index public.i)');
    expect(made.predicts.runs).toEqual([]);
  });

  test('recorded already: no second row, and it rests on the one that is there', () => {
    const made = plan(
      found('create table b (id int); create index i on b (id)', [table, index], {
        recorded: true,
      }),
    );
    expect(sqlOf(made)).toEqual([['create index i on b (id)']]);
    expect(JSON.stringify(made.steps)).toContain('row 2 is as it was read');
    const write = made.steps.find(({ kind }) => kind === 'write');
    expect(write?.text).toContain('It has its history row already');
  });

  test('a statement that leaves nothing at the place is asked about, never guessed', () => {
    const ambiguous = [
      'It stopped at statement 2 (INSERT INTO).',
      'It stopped at statement 3 (CREATE INDEX).',
    ];
    const diagnosis = found(half, [table, insert, index], { ambiguous });
    expect(refusal(diagnosis)).toMatch(
      /cannot be seen.*statement 2.*statement 3.*--set from=3 \(2, 3\)/s,
    );
    const [ask] = questionsFor(playbook, diagnosis, [id]);
    expect(ask).toMatchObject({ id: 'from', suggested: '3' });
    expect(sqlOf(plan(diagnosis, { answers: { from: '2' } }))).toEqual([
      ['insert into b values (1)', 'create index i on b (id)', 'row'],
    ]);
    const later = plan(diagnosis, { answers: { from: '3' } });
    expect(sqlOf(later)).toEqual([['create index i on b (id)', 'row']]);
    expect(JSON.stringify(later.steps)).toContain('Whether it ran cannot be proven');
    for (const from of ['1', '4', 'x', '2.5']) {
      expect(refusal(diagnosis, { answers: { from } })).toContain('can go on from 2 or 3 only');
    }
  });

  test('no question where the place is seen', () => {
    expect(questionsFor(playbook, found(half, [table, insert, index]), [id])).toEqual([]);
  });

  test('holes: only what is not done, in its order', () => {
    const sql = `create table b (id int); create table c (id int); create index i on b (id)`;
    const hole: Told = ['not done', ['table public.c']];
    const diagnosis = found(sql, [table, hole, ['done', ['index public.i']]], {
      stoppedAtStatement: null,
      stoppedAt: null,
    });
    const made = plan(diagnosis);
    expect(sqlOf(made)).toEqual([['create table c (id int)', 'row']]);
    expect(JSON.stringify(made.steps)).toContain(
      'did not stop at one place: it lacks table public.c',
    );
    const gone = {
      stoppedAtStatement: null,
      lacks: ['column public.b.id'],
      why: 'It went afterwards.',
    };
    expect(refusal(found('create table b (id int)', [table], gone))).toMatch(
      /no statement of it makes just that.*psql/s,
    );
  });

  test('CONCURRENTLY is a step of its own, the file’s BEGIN and COMMIT are not run', () => {
    const sql = `begin; create table b (id int); commit; create index concurrently i on b (id); create table c (id int);`;
    const c: Told = ['not done', ['table public.c']];
    const frame: Told = ['unprovable', [], 'COMMIT'];
    const made = plan(found(sql, [frame, table, frame, index, c], { stoppedAtStatement: 4 }));
    expect(sqlOf(made)).toEqual([
      ['create index concurrently i on b (id)'],
      ['create table c (id int)', 'row'],
    ]);
    expect(
      refusal(
        found(
          'create table b (id int); rollback; create index i on b (id)',
          [table, frame, index],
          {
            stoppedAtStatement: 2,
          },
        ),
      ),
    ).toContain('has ROLLBACK');
  });

  test('what rests on a setting of the part that is there is refused, with its line', () => {
    const sql = `set search_path to archive;\ncreate table b (id int);\ncreate index i on b (id);`;
    const setting: Told = ['unprovable', [], 'SET'];
    expect(refusal(found(sql, [setting, table, index]))).toMatch(
      /0001_b\.sql:1 has SET search_path.*psql/s,
    );
  });

  test('what is not partial is refused, with what to do instead', () => {
    const no = (schema: MigrationEvidence['schema']): string =>
      refusal(found(half, [table, insert, index], { schema }));
    expect(no('present')).toContain('mark-applied 0001_b');
    expect(no('absent')).toContain('apply-manually 0001_b');
    expect(no('unknown')).toContain('is not half there');
    expect(refusal({ ...found(half, [table]), evidence: null })).toContain(
      'It is not known what of 0001_b is there',
    );
  });
});
