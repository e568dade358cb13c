import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PlanRequest } from '../../src/core/build-plan.js';
import { buildPlan } from '../../src/core/build-plan.js';
import { diagnose } from '../../src/core/diagnose.js';
import { digestOf } from '../../src/core/digest.js';
import type { Facts } from '../../src/core/facts.js';
import type { Plan } from '../../src/core/plan.js';
import { readCode } from '../../src/core/plan-code.js';
import { planFile, sealOf } from '../../src/core/plan-file.js';
import type { Playbook } from '../../src/core/playbook.js';
import { settleAnswers } from '../../src/core/playbook.js';
import type { SqlParser } from '../../src/core/sql.js';
import { loadPlaybooks, parsePlaybook } from '../../src/files/playbooks.js';
import { loadParser } from '../../src/postgres/parse.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { cases } from '../support/cases.js';
import { defaultTable, factsOf, folderOf, sha256 } from '../support/drizzle-project.js';

let parser: SqlParser;
let playbooks: readonly Playbook[];
beforeAll(async () => {
  parser = await loadParser();
  playbooks = await loadPlaybooks('/nosuch');
});

const T = 1_760_000_000_000;

interface World {
  /** SQL by tag; all are listed, but for those in `unlisted`. */
  readonly files?: Readonly<Record<string, string>>;
  readonly unlisted?: readonly string[];
  /** How many of the listed ones are recorded, the first ones. */
  readonly recorded?: number;
  readonly target?: Partial<NonNullable<Facts['target']>>;
  /** No history table yet. */
  readonly noTable?: boolean;
}

const files = {
  '0000_a': 'create table a (id int);',
  '0001_b': 'create table b (id int);',
  '0002_c': 'create table c (id int);',
};

function facts(world: World = {}): Facts {
  const all: Readonly<Record<string, string>> = world.files ?? files;
  const tags = Object.keys(all).filter((tag) => !world.unlisted?.includes(tag));
  const entries = tags.map((tag, idx) => ({
    idx,
    version: '7',
    when: T + idx,
    tag,
    breakpoints: true,
  }));
  const rows = tags.slice(0, world.recorded ?? 1).map((tag, index) => ({
    id: String(index + 1),
    hash: sha256(all[tag] ?? ''),
    stamp: String(T + index),
  }));
  const folder = folderOf({
    ...Object.fromEntries(Object.entries(all).map(([tag, sql]) => [`${tag}.sql`, sql])),
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
  });
  const made = factsOf(folder, {
    expected: defaultTable,
    configured: false,
    table: world.noTable ? null : defaultTable,
    elsewhere: [],
    rows: world.noTable ? [] : rows,
    sequence: null,
    otherTables: 1,
  });
  return made.target === null ? made : { ...made, target: { ...made.target, ...world.target } };
}

function plan(name: string, found: Facts, more: Partial<PlanRequest> = {}): Plan {
  const playbook = playbooks.find((one) => one.name === name);
  if (playbook === undefined) throw new Error(`no playbook ${name}`);
  const answers: Record<string, string> = name.startsWith('mark-') ? { reason: 'looked' } : {};
  const request = { playbook, tool: drizzle, migrations: [], answers, parser, sha256 };
  return buildPlan({ ...request, diagnosis: diagnose(found, drizzle), ...more });
}

const digests = ({ steps }: Plan): string[] => steps.map(({ digest }) => digest);
const reconcile = (world: World = {}): Plan =>
  plan('reconcile-journal', facts({ unlisted: ['0002_c'], recorded: 2, ...world }));

describe('a digest', () => {
  test('is the same for the same facts, whenever they were read', () => {
    const first = reconcile();
    const later = facts({ unlisted: ['0002_c'], recorded: 2 });
    const second = plan('reconcile-journal', { ...later, readAt: '2031-01-01T00:00:00.000Z' });
    expect(second).toEqual(first);
    expect(planFile(second, sha256).seal).toBe(planFile(first, sha256).seal);
    expect(new Set(digests(first)).size).toBe(first.steps.length);
  });

  test('does not look at who is connected, or at how large the database is', () => {
    const found = facts({ unlisted: ['0002_c'], recorded: 2 });
    const blocker = { pid: 1, user: 'x', application: '', state: '', query: '', age: 1, holds: '' };
    const surroundings = { ...found.surroundings!, blockers: [blocker], databaseSize: 1 };
    expect(plan('reconcile-journal', { ...found, surroundings })).toEqual(reconcile());
  });

  test.for<[string, World]>([
    ['one byte of SQL', { files: { ...files, '0002_c': 'create table c (id  int);' } }],
    ['another host', { target: { host: 'db-8' } }],
    ['another port', { target: { port: 5433 } }],
    ['another database', { target: { database: 'shop2' } }],
    ['another user', { target: { user: 'other' } }],
    ['another server at the same address', { target: { identity: '2/5' } }],
  ])('is another one with %s', ([, world]) => {
    const was = reconcile();
    const is = reconcile(world);
    const last = was.steps.findIndex(({ id }) => id === 'apply:0002_c');
    expect(is.steps[last]?.digest).not.toBe(was.steps[last]?.digest);
    expect(is.facts).not.toBe(was.facts);
  });

  test('is another one for every single change of a step, whatever it is', () => {
    const { steps, target } = reconcile();
    const leaves = (value: unknown, path: string[] = []): string[][] =>
      value !== null && typeof value === 'object'
        ? Object.entries(value).flatMap(([key, inner]) => leaves(inner, [...path, key]))
        : [path];
    const places = steps.flatMap((step, at) => leaves(step).map((path) => [at, path] as const));
    fc.assert(
      fc.property(fc.constantFrom(...places), fc.string({ minLength: 1 }), ([at, path], add) => {
        if (path[0] === 'digest') return;
        const copy = structuredClone(steps[at]!) as unknown as Record<string, unknown>;
        let holder = copy;
        for (const key of path.slice(0, -1)) holder = holder[key] as Record<string, unknown>;
        const key = path.at(-1)!;
        holder[key] = `${holder[key] as string}${add}`;
        expect(digestOf(copy as never, target, sha256)).not.toBe(steps[at]?.digest);
      }),
      cases(100, 2_000),
    );
  });
});

describe('the fingerprint', () => {
  test.for<[string, World]>([
    ['a row more', { recorded: 1 }],
    ['an edited file', { files: { ...files, '0000_a': 'create table a (id bigint);' } }],
    ['a file more', { files: { ...files, '0003_d': 'select 1;' } }],
  ])('is another one with %s', ([, world]) => {
    expect(reconcile(world).facts).not.toBe(reconcile().facts);
  });
});

describe('the code of a plan', () => {
  test.for<[string, World]>([
    ['one byte of SQL', { files: { ...files, '0002_c': 'create table c (id  int);' } }],
    ['another host', { target: { host: 'db-8' } }],
    ['another server at the same address', { target: { identity: '2/5' } }],
    ['a history row less', { recorded: 1 }],
  ])('is another one with %s', ([, world]) => {
    expect(reconcile(world).code).not.toBe(reconcile().code);
  });

  test('is the same for another role, from whom every digest differs', () => {
    const other = reconcile({ target: { user: 'other' } });
    expect(other.code).toBe(reconcile().code);
    expect(digests(other)).not.toEqual(digests(reconcile()));
  });

  test('is understood as it is heard', () => {
    const { code } = reconcile();
    expect(readCode(code)).toBe(code);
    const heard = code.toLowerCase().replaceAll('-', ' ').replaceAll('0', 'o').replaceAll('1', 'l');
    expect(readCode(` ${heard}`)).toBe(code);
  });
});

describe('the seal of a plan on paper', () => {
  test('holds for what was written, and for nothing else', () => {
    const file = planFile(reconcile(), sha256);
    expect(sealOf(JSON.parse(JSON.stringify(file)), sha256)).toBe(file.seal);
    const [first, ...rest] = file.steps;
    for (const other of [
      { ...file, steps: rest },
      { ...file, steps: [...rest, first!] },
      { ...file, migrations: ['0000_a'] },
      { ...file, answers: { ...file.answers, apply: 'no' } },
      { ...file, facts: sha256('') },
    ]) {
      expect(sealOf(other, sha256)).not.toBe(file.seal);
    }
  });
});

describe('each step rests on the world after the one before', () => {
  test('rows are counted up, and only the first step makes the table', () => {
    const made = plan('apply-manually', facts({ noTable: true }), {
      migrations: Object.keys(files),
    });
    const writes = made.steps.flatMap((step) =>
      step.kind === 'write' && step.write.type === 'transaction' ? [step.write] : [],
    );
    const creates = writes.map(
      ({ statements }) => statements.filter(({ sql }) => sql.startsWith('CREATE ')).length,
    );
    expect(creates).toEqual([2, 0, 0]);
    expect(writes.map(({ lock }) => lock)).toEqual([
      null,
      '"drizzle"."__drizzle_migrations"',
      '"drizzle"."__drizzle_migrations"',
    ]);
    expect(made.predicts).toEqual({ runs: [], skips: [], fails: null });
  });

  test('chosen migrations are taken in the order of the journal', () => {
    const chosen = { migrations: ['0002_c', '0001_b'] };
    expect(plan('mark-applied', facts(), chosen)).toEqual(
      plan('mark-applied', facts(), { migrations: ['0001_b', '0002_c'] }),
    );
  });
});

describe('refusals', () => {
  const why = (name: string, found: Facts, more: Partial<PlanRequest> = {}): string => {
    try {
      plan(name, found, more);
    } catch (error) {
      return (error as Error).message;
    }
    return 'planned';
  };

  test('where nothing can be written', () => {
    const offline = { ...facts(), target: null };
    expect(why('mark-applied', offline, { migrations: ['0001_b'] })).toContain('--offline');
    const replica = facts({ target: { role: 'replica' } });
    expect(why('mark-applied', replica, { migrations: ['0001_b'] })).toContain('replica');
  });

  test('where there is nothing to do', () => {
    expect(why('reconcile-journal', facts({ recorded: 3 }))).toContain('nothing to do');
  });

  test('a playbook for another tool', () => {
    const playbook = { ...playbooks[0]!, tools: ['prisma'] };
    expect(why('apply-manually', facts(), { playbook })).toBe(
      'apply-manually is for prisma, not for drizzle.',
    );
  });

  test('free SQL that could not be in its transaction', () => {
    const of = (sql: string): Playbook => {
      const parsed = parsePlaybook(
        `{name: own, title: Own, summary: Own, migrations: none,
          steps: [{write: sql, id: run, title: Run, sql: ${JSON.stringify(sql)}}]}`,
        'own.yaml',
      );
      if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
      return parsed.playbook;
    };
    const refusal = (sql: string): string => why('apply-manually', facts(), { playbook: of(sql) });
    expect(refusal('vacuum')).toBe('Step run has VACUUM, which cannot be in its transaction.');
    expect(refusal('select 1; commit')).toContain('Step run has COMMIT');
    expect(refusal('selec 1')).toContain('The SQL of step run does not parse');
    expect(refusal('select 1')).toBe('planned');
  });

  test('answers: suggested ones are taken, unknown ones are named', () => {
    const playbook = playbooks.find(({ name }) => name === 'reconcile-journal')!;
    expect(settleAnswers(playbook, {})).toEqual({
      answers: { 'files-gone': 'remove', apply: 'yes' },
      problems: [],
    });
    expect(settleAnswers(playbook, { apply: 'constructor', toString: 'x' }).problems).toEqual([
      '--set apply=... takes yes or no, not "constructor".',
      'reconcile-journal does not ask "toString"; it asks files-gone, apply.',
    ]);
  });
});
