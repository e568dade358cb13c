import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/core/diagnose.js';
import type { Facts } from '../../src/core/facts.js';
import type { FindingCode, Severity } from '../../src/core/finding.js';
import { preventionFor } from '../../src/core/report/prevention.js';
import type { Tool } from '../../src/tools/contract.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { project, row, stamp } from '../support/drizzle-facts.js';
import { sha256 } from '../support/drizzle-project.js';
import { type Case, dumper, elsewhere, fresh, tooOld } from '../support/finding-case.js';
import { driftCases, historyEvidenceCases, shown } from '../support/finding-cases-evidence.js';
import {
  addColumn,
  column,
  createTable,
  does,
  rows,
  withObjects,
} from '../support/finding-case-replay.js';
import { filesCases } from '../support/finding-cases-files.js';
import { historyCases } from '../support/finding-cases-history.js';
import { failureCases, nextRunCases, rehearsed } from '../support/finding-cases-next-run.js';
import { surroundingsCases } from '../support/finding-cases-surroundings.js';

// One for each code there is: the type sees to it.
const cases: Record<FindingCode, Case> = {
  ...filesCases,
  ...historyCases,
  ...historyEvidenceCases,
  ...driftCases,
  ...failureCases,
  ...nextRunCases,
  ...surroundingsCases,
};

const codes = (facts: Facts, tool: Tool = drizzle): FindingCode[] =>
  diagnose(facts, tool).findings.map(({ code }) => code);

describe.each(Object.entries(cases))('%s', (code, { tool = drizzle, facts, near, ...expected }) => {
  test('is found, with its evidence', () => {
    const found = diagnose(facts, tool).findings.filter((finding) => finding.code === code);
    expect(found[0]).toMatchObject({
      severity: expected.severity,
      migrations: expected.migrations ?? found[0]?.migrations,
      playbooks: expected.playbooks ?? [],
    });
    expect(found[0]?.title).toMatch(expected.says);
    expect(found[0]?.title).toMatch(/\.$/);
    expect(
      found[0]?.evidence.some((line) => expected.shows.test(line)),
      found[0]?.evidence.join('\n'),
    ).toBe(true);
  });

  test.each(near.map((each, at) => [at + 1, each] as const))(
    'near miss %i is not it',
    (_at, each) => {
      expect(codes(each, tool)).not.toContain(code);
    },
  );
});

describe('nothing is found', () => {
  test.each<[string, Facts]>([
    ['when all is applied', project()],
    ['when some is pending', project({ history: { rows: [row(1, '0000_a', stamp)] } })],
    ['on a fresh database', project({ history: fresh })],
    ['offline', project({ history: null })],
    [
      'with the WebAssembly pg_dump',
      project({ surroundings: { dumper: { ...dumper, use: 'wasm', version: '18.3' } } }),
    ],
    [
      'when line ends differ from what was applied',
      project({
        history: { rows: [{ id: '1', hash: sha256("select '0000_a';\n"), stamp: String(stamp) }] },
      }),
    ],
    ['without drizzle-kit snapshots', project({ snapshots: {} })],
    ['when the schema is as the history says', shown()],
    ['when the next run goes through', rehearsed([])],
  ])('%s', (_name, facts) => {
    expect(diagnose(facts, drizzle).findings).toEqual([]);
  });
});

test('the report says how to prevent each, but that a server is a replica', () => {
  const without = Object.keys(cases).filter(
    (code) => preventionFor([code as FindingCode]).length === 0,
  );
  expect(without).toEqual(['replica']);
});

describe('variants', () => {
  const only = (facts: Facts, code: FindingCode): [Severity, string][] =>
    diagnose(facts, drizzle)
      .findings.filter((finding) => finding.code === code)
      .map(({ severity, title }) => [severity, title]);

  test('a "when" that is no whole number is a malformed entry, where the journal itself is read', () => {
    const [found] = only(
      project({
        journal: [
          ['0000_a', stamp],
          ['0001_b', '5'],
        ],
        history: fresh,
      }),
      'journal-malformed',
    );
    expect(found?.[1]).toContain('no usable "when" for 0001_b');
  });

  test('a history found by its shape is a warning; one that a setting should have named an error', () => {
    const found = only(
      project({ history: { table: { schema: 'public', table: 'm' } } }),
      'history-table-elsewhere',
    );
    expect(found).toEqual([['warning', expect.stringContaining('The history stands in public.m')]]);
    const empty = only(
      project({ history: { rows: [], ...elsewhere('0000_a') } }),
      'history-table-elsewhere',
    );
    expect(empty).toEqual([['error', expect.stringContaining('is empty, and another')]]);
  });

  test('unknown rows that change nothing are for information', () => {
    const rows = [row(1, 'gone', stamp - 5), row(2, '0000_a', stamp)];
    expect(only(project({ history: { rows } }), 'history-row-unknown')[0]?.[0]).toBe('info');
  });

  test('an order that no longer matters is for information', () => {
    const journal = [
      ['0000_a', stamp],
      ['0001_b', stamp + 9],
      ['0002_c', stamp + 3],
    ] as const;
    expect(only(project({ journal }), 'journal-out-of-order')[0]?.[0]).toBe('info');
  });

  test('a gap before the next taken id is a warning', () => {
    const rows = [row(1, '0000_a', stamp), row(9, '0001_b', stamp + 1)];
    const facts = project({ history: { rows, sequence: { name: 's', next: 5 } } });
    expect(only(facts, 'history-sequence-behind')[0]?.[0]).toBe('warning');
  });

  test('a pg_dump that was named and refused is told, whatever is used instead', () => {
    const settings = [{ name: 'pg-dump', value: tooOld.path, origin: 'option --pg-dump' }] as const;
    const named = { ...dumper, use: 'wasm', named: true, rejected: [tooOld] } as const;
    expect(
      only(project({ settings, surroundings: { dumper: named } }), 'pg-dump-too-old')[0]?.[0],
    ).toBe('warning');
    const none = { ...named, rejected: [{ ...tooOld, version: null, reason: 'it is no program' }] };
    expect(
      only(project({ settings, surroundings: { dumper: none } }), 'pg-dump-missing')[0]?.[1],
    ).toContain('that was named');
  });

  test('earlier snapshots that are missing make one finding', () => {
    const found = only(project({ snapshots: { '0002': '0001' } }), 'snapshot-missing');
    expect(found).toEqual([['info', '0000_a and 0001_b have no snapshot.']]);
  });

  test('what a migration drops and is there again is a warning of its own', () => {
    const again = addColumn('public.users.old');
    const facts = shown({
      migrations: {
        '0000_a': [createTable('public.users'), again],
        '0001_b': [does('ALTER TABLE', 'column public.users.old'), createTable('public.tags')],
        '0002_c': [createTable('public.posts')],
      },
      alter: (catalog) => withObjects(catalog, column('public.users.old')),
    });
    expect(only(facts, 'drift-extra')).toEqual([
      ['warning', 'column public.users.old is in the database, though 0001_b drops it.'],
    ]);
  });

  test('what was applied and changed again since is named with the rest', () => {
    const facts = shown({
      migrations: {
        '0000_a': [createTable('public.users', 'old')],
        '0001_b': [addColumn('public.users.old', 'integer'), rows()],
        '0002_c': [does('ALTER TABLE', 'column public.users.old'), addColumn('public.users.x')],
      },
      recorded: ['0000_a'],
    });
    const found = diagnose(facts, drizzle).findings.find(
      ({ code }) => code === 'applied-unrecorded',
    );
    expect(found?.evidence).toEqual([
      '0001_b: later migrations have changed all that it makes; 1 statement of it leaves nothing in the catalog; no row in the history table',
      '0002_c: found column public.users.x; gone, as it should be: column public.users.old; no row in the history table',
    ]);
  });

  test('what is in the way of the next run is treated by what the evidence says of it', () => {
    const treated = (ran: readonly string[]): readonly string[] | undefined =>
      diagnose(
        rehearsed([], { code: 'will-fail-exists' }, ran, {
          '0002_c': [createTable('public.posts'), createTable('public.tags')],
        }),
        drizzle,
      ).findings.find(({ code }) => code === 'will-fail-exists')?.playbooks;
    expect(treated(['0000_a', '0001_b', '0002_c'])).toEqual(['baseline', 'mark-applied']);
    expect(treated(['0000_a', '0001_b', '0002_c:1'])).toEqual(['finish-partial']);
    expect(treated(['0000_a', '0001_b'])).toEqual([]);
  });

  test('the statement that stops the next run is shown in one line, without its secrets', () => {
    const statement = "ALTER ROLE app\n  PASSWORD 'hunter2'";
    const { evidence } = diagnose(rehearsed([], { statement }), drizzle).findings[0]!;
    expect(evidence[0]).toMatch(/^drizzle\/0002_c\.sql:4: ALTER ROLE app PASSWORD /);
    expect(evidence[0]).not.toContain('hunter2');
  });
});
