import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/core/diagnose.js';
import type { BoardRow } from '../../src/core/diagnosis.js';
import type { Facts } from '../../src/core/facts.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { verdictOf } from '../../src/core/session/verdict.js';
import type { NextRun } from '../../src/core/tool.js';
import { project, row, stamp } from '../support/drizzle-facts.js';
import { sha256 } from '../support/drizzle-project.js';
import { createTable, does, rows } from '../support/finding-case-replay.js';
import { shop, shown } from '../support/finding-cases-evidence.js';
import { rehearsed } from '../support/finding-cases-next-run.js';
import { applySql, plan, writeJournal } from '../support/states.js';

function board(facts: Facts): string[] {
  return diagnose(facts, drizzle).board.map(
    ({ id, file, journal, snapshot, history, note }: BoardRow) =>
      [id, file, journal, snapshot, history, note].join(' | '),
  );
}

test('incident 003: the migrator does not see what the journal does not list', () => {
  const facts = project({ files: ['0000_a', '0001_b', '0002_c', '0003_d'] });
  expect(board(facts)).toEqual([
    '0000_a | present | listed | present | recorded | applied',
    '0001_b | present | listed | present | recorded | applied',
    '0002_c | present | listed | present | recorded | applied',
    '0003_d | present | unlisted | missing | absent | the migrator cannot see it',
  ]);
  expect(diagnose(facts, drizzle).nextRun).toEqual({ runs: [], skips: [], fails: null });
});

test('every kind of line', () => {
  const facts = project({
    journal: [
      ['0000_a', stamp],
      ['0001_b', stamp + 1],
      ['0002_c', stamp + 2],
      ['0003_d', stamp + 3],
      ['0004_e', stamp + 9],
    ],
    extra: { 'meta/0004_snapshot.json': '{' },
    history: {
      rows: [
        row(1, '0000_a', stamp),
        row(2, '0000_a', stamp),
        { id: '3', hash: sha256('other'), stamp: String(stamp + 1) },
        row(4, '0003_d', stamp + 3),
      ],
      sequence: null,
    },
  });
  expect(board(facts)).toEqual([
    '0000_a | present | listed | present | duplicate | applied, recorded twice',
    '0001_b | edited | listed | present | recorded | applied; edited since',
    '0002_c | present | listed | present | absent | would be skipped',
    '0003_d | present | listed | present | recorded | applied',
    '0004_e | present | listed | malformed | absent | pending: runs next',
  ]);
});

test('a run that would be refused, or run something again, is told in the line', () => {
  expect(
    board(project({ files: ['0000_a', '0001_b'], history: { rows: [row(1, '0000_a', stamp)] } })),
  ).toEqual([
    '0000_a | present | listed | present | recorded | applied',
    '0001_b | present | listed | present | absent | pending: the migrator refuses',
    '0002_c | missing | listed | present | absent | listed, file gone',
  ]);
  expect(board(project({ history: { rows: [row(1, '0000_a', null)] } }))[0]).toMatch(
    /applied; would run again$/,
  );
  expect(
    board(project({ journalText: '{', history: { rows: [row(1, '0000_a', stamp)] } })).slice(0, 2),
  ).toEqual([
    '0000_a | present | none | present | recorded | applied; the journal cannot be read',
    '0001_b | present | none | present | absent | the journal cannot be read',
  ]);
});

test('offline, the next run is that of a fresh database', () => {
  const { nextRun } = diagnose(project({ history: null }), drizzle);
  expect(nextRun).toEqual({ runs: ['0000_a', '0001_b', '0002_c'], skips: [], fails: null });
  expect(board(project({ history: null }))[0]).toBe(
    '0000_a | present | listed | present | absent | pending: would run on a fresh database',
  );
});

test('the gravest comes first, then the order of the board', () => {
  const facts = project({
    files: ['0000_a', '0001_b', '0002_c', '0003_d'],
    target: { role: 'replica' },
    history: {
      rows: [
        row(1, 'edited', stamp),
        row(2, '0001_b', stamp + 1),
        row(3, 'edited too', stamp + 2),
        row(4, 'gone', 5),
      ],
      sequence: null,
    },
  });
  expect(diagnose(facts, drizzle).findings.map(({ code }) => code)).toEqual([
    'replica',
    'file-not-in-journal',
    'edited-after-apply',
    'history-row-unknown',
  ]);
});

describe('with what the schema and the rehearsal show', () => {
  test('the board says where the schema differs from the history', () => {
    const schema = (facts: Facts): string[] =>
      diagnose(facts, drizzle).board.map(({ schema: state, lacks, stoppedAt, note }) =>
        [state, lacks.join(', '), stoppedAt ?? '', note].join(' | '),
      );
    expect(schema(shown({ ran: ['0000_a', '0001_b:1'], recorded: ['0000_a'] }))).toEqual([
      'present |  |  | applied',
      'partial | index public.users_name | statement 2 of 2: CREATE INDEX | pending: runs next; half there: stopped at statement 2',
      'absent | table public.posts |  | pending: runs next',
    ]);
    expect(schema(shown({ ran: ['0000_a', '0002_c'] }))[1]).toMatch(
      /^absent \| .* \| applied; nothing of it is there$/,
    );
    expect(schema(shown({ recorded: ['0000_a', '0001_b'] }))[2]).toMatch(/; there already$/);
    const data = { ...shop, '0002_c': [rows()] };
    expect(schema(shown({ migrations: data, recorded: ['0000_a', '0001_b'] }))[2]).toBe(
      'unprovable |  |  | pending: runs next; data only: cannot be proven',
    );
    // Made and dropped again: not a matter of data.
    const taken = {
      '0001_b': [createTable('public.draft')],
      '0002_c': [does('DROP TABLE', 'table public.draft')],
    };
    const open = shown({
      migrations: { ...shop, ...taken },
      ran: ['0000_a'],
      recorded: ['0000_a'],
    });
    expect(schema(open)[1]).toBe(
      'unprovable |  |  | pending: runs next; the schema does not tell whether it ran',
    );
  });

  test('without evidence the schema is unknown, and nothing is said of it', () => {
    const { board: lines, evidence } = diagnose(project(), drizzle);
    expect(evidence).toBeNull();
    expect(lines.map(({ schema, note }) => [schema, note])).toContainEqual(['unknown', 'applied']);
  });

  test('the next run stops where the rehearsal did', () => {
    const failure = { statement: 'ALTER', sqlstate: '23502', message: 'no' } as const;
    expect(diagnose(rehearsed([], failure), drizzle).nextRun).toEqual({
      ...{ runs: ['0002_c'], skips: [] },
      fails: { migration: '0002_c', ...failure },
    });
    expect(diagnose(rehearsed([]), drizzle).nextRun.fails).toBeNull();
    // What the tool itself refuses comes before any statement.
    const gone = project({ files: ['0000_a'], history: { rows: [row(1, '0000_a', stamp)] } });
    const refused = diagnose({ ...gone, schema: rehearsed([], failure).schema }, drizzle);
    expect(refused.nextRun.fails?.message).toBe(diagnose(gone, drizzle).nextRun.fails?.message);
    expect(refused.nextRun.fails?.sqlstate).toBeNull();
  });

  test('a plan whose steps are all done is not agreed to while the next run would stop', () => {
    const shownPlan = plan([writeJournal, applySql]);
    const verdict = (facts: Facts, fails: NextRun['fails'] = null, before = facts) => {
      const diagnosis = diagnose(facts, drizzle);
      const run = {
        plan: { ...shownPlan, predicts: { runs: ['0002_c'], skips: [], fails } },
        ...{ startedAt: 0, findings: diagnose(before, drizzle).findings, verdict: null },
        outcomes: shownPlan.steps.map(() => ({ state: 'done', note: '', xid: null }) as const),
      };
      return verdictOf(run, diagnosis);
    };
    expect(verdict(rehearsed([]))).toEqual({
      agrees: true,
      words: 'The migrator agrees: it will run 0002_c, nothing skipped.',
    });
    const no = {
      agrees: false,
      words:
        'All steps are done. Something else is left that was there before: it would stop in 0002_c with "it cannot be".',
    };
    const stops = rehearsed([], {});
    expect(verdict(stops)).toEqual(no);
    expect(verdict(stops, null, rehearsed([])).words).toMatch(
      /^All steps are done, yet the next run fails: /,
    );
    // Not even where the plan said so: nothing is well yet.
    expect(verdict(stops, diagnose(stops, drizzle).nextRun.fails)).toEqual(no);
    const promised = verdict(rehearsed([]), diagnose(stops, drizzle).nextRun.fails);
    expect(promised.agrees).toBe(false);
  });
});
