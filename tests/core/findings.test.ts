import { describe, expect, test } from 'vitest';
import { diagnose } from '../../src/core/diagnose.js';
import type { DumperFacts, Facts } from '../../src/core/facts.js';
import type { FindingCode, Severity } from '../../src/core/finding.js';
import { drizzle } from '../../src/tools/drizzle/index.js';
import { project, row, snapshotText, stamp } from '../support/drizzle-facts.js';
import { contentsOf, sha256 } from '../support/drizzle-project.js';

interface Case {
  readonly facts: Facts;
  readonly severity: Severity;
  readonly says: RegExp;
  /** Must be found in the evidence. */
  readonly shows: RegExp;
  readonly migrations?: readonly string[];
  readonly playbooks?: readonly string[];
  /** What looks like it and is not. */
  readonly near: readonly Facts[];
}

const two = [
  ['0000_a', stamp],
  ['0001_b', stamp + 1],
] as const;
const fresh = { table: null, rows: [], sequence: null, otherTables: 0 };
const conflict = '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n';
const reconcile = ['reconcile-journal'];
const dumper: DumperFacts = { use: 'none', path: null, version: null, rejected: [], named: false };
const tooOld = { path: '/usr/bin/pg_dump', version: '14.2', reason: 'older than the server, 18.4' };
const elsewhere = (
  ...tags: string[]
): { elsewhere: [{ schema: string; table: string; rows: number; hashes: string[] }] } => ({
  elsewhere: [
    {
      schema: 'public',
      table: '__drizzle_migrations',
      rows: tags.length,
      hashes: tags.map((tag) => sha256(`select '${tag}';`)),
    },
  ],
});
const siblingFolder = contentsOf('packages/b/drizzle', {
  '0000_other.sql': 'select 2;',
  '0001_empty.sql': '',
  'meta/_journal.json': JSON.stringify({ entries: [{ tag: '0000_other', when: stamp + 50 }] }),
});

const cases: Record<FindingCode, Case> = {
  'journal-missing': {
    facts: project({ journalText: null }),
    severity: 'error',
    says: /no journal/,
    shows: /^drizzle\/meta\/_journal.json does not exist$/,
    playbooks: reconcile,
    near: [
      project({ journalText: '' }),
      project({ journalText: null, files: [], extra: { '20261121093000_x/migration.sql': '' } }),
    ],
  },
  'journal-malformed': {
    facts: project({ journalText: '{\n "entries": [,]\n}' }),
    severity: 'error',
    says: /cannot be read/,
    shows: /_journal.json: line 2, column 14: expected a value/,
    playbooks: reconcile,
    near: [project(), project({ journalText: conflict }), project({ journalText: null })],
  },
  'journal-conflict-markers': {
    facts: project({ journalText: conflict }),
    severity: 'error',
    says: /merge conflict/,
    shows: /_journal.json:1: a merge marker/,
    playbooks: reconcile,
    near: [project({ journalText: '{\n=======\n}' }), project({ journal: [['0000_a<<<<<<<', 1]] })],
  },
  'file-not-in-journal': {
    facts: project({ files: ['0000_a', '0001_b', '0002_c', '0003_d', '0004_e'] }),
    severity: 'error',
    says: /cannot see 0003_d and 0004_e/,
    shows: /drizzle\/0003_d.sql is there/,
    migrations: ['0003_d', '0004_e'],
    playbooks: reconcile,
    near: [
      project({ extra: { 'seed.sql': '', 'sub/0009_x.sql': '', '0001_b.down.sql': '' } }),
      project({ journalText: null }),
    ],
  },
  'journal-entry-without-file': {
    facts: project({ files: ['0000_a', '0002_c'] }),
    severity: 'error',
    says: /lists 0001_b, and the file is not there/,
    shows: /_journal.json:9 lists 0001_b; drizzle\/0001_b.sql does not exist/,
    migrations: ['0001_b'],
    playbooks: reconcile,
    near: [
      project({
        files: ['0000_a', '0002_c'],
        unreadable: [{ path: '0001_b.sql', reason: 'no permission to read it' }],
      }),
    ],
  },
  'journal-out-of-order': {
    facts: project({
      journal: [
        ['0000_a', stamp],
        ['0001_b', stamp + 9],
        ['0002_c', stamp + 3],
      ],
      history: fresh,
    }),
    severity: 'warning',
    says: /0002_c is stamped no later than an entry before it.*skips 0002_c/,
    shows: /_journal.json:15: 0002_c, when 1700000000003, follows 0001_b, when 1700000000009/,
    migrations: ['0002_c'],
    playbooks: reconcile,
    // Where it is skipped already, that is the finding.
    near: [
      project(),
      project({
        journal: [
          ['0000_a', stamp],
          ['0001_b', stamp + 9],
          ['0002_c', stamp + 3],
        ],
        history: { rows: [row(1, '0000_a', stamp), row(2, '0001_b', stamp + 9)] },
      }),
    ],
  },
  'journal-duplicate': {
    facts: project({
      journal: [...two, ['0000_a', stamp + 5]],
      history: { rows: [row(1, '0000_a', stamp), row(2, '0001_b', stamp + 1)] },
    }),
    severity: 'error',
    says: /lists 0000_a 2 times/,
    shows: /_journal.json:15: 0000_a, when 1700000000005/,
    migrations: ['0000_a'],
    playbooks: reconcile,
    near: [project({ journal: [...two, ['0000_ab', stamp + 5]] })],
  },
  'snapshot-missing': {
    facts: project({ snapshots: { '0000': '00000000-0000-0000-0000-000000000000' } }),
    severity: 'warning',
    says: /newest migration, 0002_c, has no snapshot/,
    shows: /compare with drizzle\/meta\/0000_snapshot.json/,
    migrations: ['0002_c'],
    near: [
      project({ snapshots: {} }),
      project({
        journal: [
          ['_a', stamp],
          ['_b', stamp + 1],
        ],
        extra: { 'meta/x.json': snapshotText('x', '') },
        snapshots: {},
      }),
      project({ files: ['0000_a', '0001_b', '0002_c', '0003_d'] }),
    ],
  },
  'snapshot-malformed': {
    facts: project({
      extra: {
        'meta/0001_snapshot.json': snapshotText('0001', '0000').replace(
          '"tables":{}',
          '"tables":{"t":{}}',
        ),
      },
    }),
    severity: 'warning',
    says: /drizzle-kit refuses/,
    shows: /0001_snapshot.json: \$\.tables\.t\.name: expected a string, found nothing/,
    migrations: ['0001_b'],
    near: [project({ extra: { 'meta/0001_snapshot.json': snapshotText('0001', '0000', '6') } })],
  },
  'snapshot-outdated': {
    facts: project({ extra: { 'meta/0001_snapshot.json': snapshotText('0001', '0000', '6') } }),
    severity: 'warning',
    says: /drizzle-kit up/,
    shows: /version 6, the current one is 7/,
    migrations: ['0001_b'],
    near: [
      project(),
      project({ extra: { 'meta/0001_snapshot.json': snapshotText('0001', '0000', '9') } }),
    ],
  },
  'snapshot-collision': {
    facts: project({ extra: { 'meta/0002_snapshot.json': snapshotText('0002', '0000') } }),
    severity: 'warning',
    says: /follow the same snapshot/,
    shows: /0001_snapshot.json: prevId 0000/,
    migrations: ['0001_b', '0002_c'],
    near: [
      project(),
      project({ extra: { 'meta/0002_snapshot.json': snapshotText('0002', '0000', '6') } }),
    ],
  },
  'snapshot-chain-broken': {
    facts: project({ extra: { 'meta/0002_snapshot.json': snapshotText('0002', 'lost') } }),
    severity: 'info',
    says: /a snapshot that is not there/,
    shows: /0002_snapshot.json: prevId lost/,
    migrations: ['0002_c'],
    // The missing file explains the gap.
    near: [
      project(),
      project({ snapshots: { '0000': '00000000-0000-0000-0000-000000000000', '0002': '0001' } }),
    ],
  },
  'half-converted-folder': {
    facts: project({ extra: { '20261121093000_x/migration.sql': '' } }),
    severity: 'error',
    says: /two layouts/,
    shows: /drizzle\/20261121093000_x\/migration.sql/,
    near: [project({ extra: { '2026_x/migration.sql': '', '20261121093000_x/other.sql': '' } })],
  },
  'duplicate-version': {
    facts: project({
      journal: [...two, ['0001_c', stamp + 2]],
      history: { rows: [row(1, '0000_a', stamp)] },
    }),
    severity: 'warning',
    says: /0001_b and 0001_c share the number 0001/,
    shows: /drizzle\/0001_c.sql/,
    migrations: ['0001_b', '0001_c'],
    near: [
      project(),
      project({ extra: { '0001_b.down.sql': '' } }),
      project({
        journal: [
          ['_a', stamp],
          ['_b', stamp + 1],
        ],
        snapshots: {},
      }),
    ],
  },
  'unreadable-file': {
    facts: project({
      unreadable: [{ path: '0002_c.sql', reason: 'no permission to read it' }],
      files: ['0000_a', '0001_b'],
    }),
    severity: 'error',
    says: /0002_c.sql cannot be read/,
    shows: /drizzle\/0002_c.sql: no permission/,
    migrations: ['0002_c'],
    near: [
      project({
        unreadable: [{ path: 'meta/0002_snapshot.json', reason: 'it is a folder, not a file' }],
      }),
    ],
  },
  'history-table-missing': {
    facts: project({ history: { ...fresh, otherTables: 4 } }),
    severity: 'warning',
    says: /Nothing is recorded as applied, although/,
    shows: /4 other tables/,
    playbooks: ['mark-applied'],
    near: [
      project({ history: fresh }),
      project({ history: { rows: [] } }),
      project({ history: null }),
    ],
  },
  'history-table-elsewhere': {
    facts: project({ history: { ...fresh, configured: true, ...elsewhere('0000_a', 'x') } }),
    severity: 'error',
    says: /does not exist, and another table records these migrations/,
    shows: /public.__drizzle_migrations: 2 rows, 1 of them of files in drizzle/,
    near: [
      project({ history: elsewhere('0000_a') }),
      project({ history: { ...fresh, ...elsewhere('x', 'y') } }),
      project({ history: { rows: [], ...elsewhere('x') } }),
    ],
  },
  'history-row-unknown': {
    facts: project({ history: { rows: [row(1, '0000_a', stamp), row(2, 'gone', stamp + 7)] } }),
    severity: 'warning',
    says: /1 row of the history table belongs to no migration of this folder, and the newest of them makes the migrator skip/,
    shows: /row 2: created_at 1700000000007 \(2023-/,
    near: [
      project(),
      project({ history: { rows: [row(1, '0000_a', stamp), row(2, '0000_a', stamp)] } }),
      project({ journalText: '' }),
    ],
  },
  'history-row-duplicate': {
    facts: project({
      history: {
        rows: [
          row(1, '0000_a', stamp),
          row(2, '0000_a', stamp),
          row(3, '0001_b', stamp + 1),
          row(4, '0002_c', stamp + 2),
        ],
        sequence: null,
      },
    }),
    severity: 'info',
    says: /0000_a is recorded more than once/,
    shows: /0000_a: drizzle.__drizzle_migrations row 2/,
    migrations: ['0000_a'],
    near: [project({ history: { rows: [row(1, '0000_a', stamp), row(2, 'gone', stamp)] } })],
  },
  'history-row-null-stamp': {
    facts: project({ history: { rows: [row(1, '0000_a', null), row(2, '0001_b', stamp + 1)] } }),
    severity: 'error',
    says: /run every migration again/,
    shows: /row 1: created_at null/,
    migrations: ['0000_a'],
    playbooks: ['mark-unapplied', 'mark-applied'],
    near: [project({ history: { rows: [row(1, '0000_a', 0)] } })],
  },
  'history-future-stamp': {
    facts: project({ history: { rows: [row(1, '0000_a', Date.parse('2027-01-01T00:00:00Z'))] } }),
    severity: 'warning',
    says: /stamped in the future/,
    shows: /2027-01-01T00:00:00.000Z/,
    migrations: ['0000_a'],
    playbooks: reconcile,
    near: [project({ history: { rows: [row(1, '0000_a', Date.parse('2026-11-22T09:00:00Z'))] } })],
  },
  'history-sequence-behind': {
    facts: project({ history: { sequence: { name: 'drizzle.s', next: 3 } } }),
    severity: 'error',
    says: /is taken: recording a migration fails with 23505/,
    shows: /SELECT setval\('drizzle.s', 3\)/,
    near: [
      project(),
      project({ history: { sequence: null } }),
      project({ history: { rows: [], sequence: { name: 's', next: 1 } } }),
    ],
  },
  'edited-after-apply': {
    facts: project({
      history: {
        rows: [
          row(1, '0000_a', stamp),
          row(2, 'before the edit', stamp + 1),
          row(3, '0002_c', stamp + 2),
        ],
      },
    }),
    severity: 'warning',
    says: /0001_b is applied, but not with the content/,
    shows: /drizzle\/0001_b.sql has the hash/,
    migrations: ['0001_b'],
    near: [
      project({
        history: {
          rows: [{ id: '1', hash: sha256("select '0000_a';\r\n"), stamp: String(stamp) }],
        },
      }),
      project({ files: ['0000_a', '0002_c'] }),
    ],
  },
  'silently-skipped': {
    facts: project({ history: { rows: [row(1, '0000_a', stamp), row(2, '0002_c', stamp + 2)] } }),
    severity: 'error',
    says: /skips 0001_b and reports success/,
    shows: /_journal.json:9: 0001_b, when 1700000000001/,
    migrations: ['0001_b'],
    playbooks: ['reconcile-journal', 'apply-manually', 'mark-applied'],
    near: [
      project(),
      project({ history: { rows: [row(1, '0000_a', stamp)] } }),
      project({ history: { rows: [] } }),
    ],
  },
  'shared-history-table': {
    facts: project({
      siblings: [siblingFolder],
      history: {
        rows: [
          row(1, '0000_a', stamp),
          { id: '2', hash: 'edited since', stamp: String(stamp + 50) },
        ],
      },
    }),
    severity: 'error',
    says: /packages\/b\/drizzle records its migrations in the same table/,
    shows: /row 2: .* is of packages\/b\/drizzle/,
    near: [
      project({ siblings: [siblingFolder] }),
      project({
        siblings: [siblingFolder],
        history: { rows: [{ id: '9', hash: sha256(''), stamp: '17' }] },
      }),
      project({ history: { rows: [row(9, 'gone', stamp + 50)] } }),
    ],
  },
  pooler: {
    facts: project({
      target: { pooler: true },
      surroundings: {
        directUrl: { value: 'postgresql://app@direct/shop', origin: '.env DIRECT_URL' },
      },
    }),
    severity: 'error',
    says: /connection pooler/,
    shows: /\.env DIRECT_URL holds a direct one: postgresql:\/\/app@direct\/shop/,
    near: [project({ surroundings: { directUrl: { value: 'x', origin: 'y' } } })],
  },
  replica: {
    facts: project({ target: { role: 'replica' } }),
    severity: 'error',
    says: /nothing can be written/,
    shows: /localhost:5432 is in recovery/,
    near: [project()],
  },
  'insufficient-privilege': {
    facts: project({
      surroundings: {
        missingPrivileges: [
          'No CREATE on database shop: drizzle-orm creates its schema each time.',
        ],
      },
    }),
    severity: 'error',
    says: /The role app may not/,
    shows: /^No CREATE on database shop/,
    near: [project()],
  },
  'pg-dump-missing': {
    facts: project({ surroundings: { dumper } }),
    severity: 'error',
    says: /no pg_dump to be found. Without a backup/,
    shows: /--pg-dump names one/,
    near: [
      project({ surroundings: { dumper: { ...dumper, use: 'wasm', rejected: [tooOld] } } }),
      project({ surroundings: { dumper: { ...dumper, rejected: [tooOld] } } }),
    ],
  },
  'pg-dump-too-old': {
    facts: project({ surroundings: { dumper: { ...dumper, rejected: [tooOld] } } }),
    severity: 'error',
    says: /of no use for this server/,
    shows: /\/usr\/bin\/pg_dump 14.2: older/,
    near: [
      project({ surroundings: { dumper: { ...dumper, use: 'wasm', rejected: [tooOld] } } }),
      project({
        surroundings: {
          dumper: {
            ...dumper,
            use: 'native',
            rejected: [tooOld],
            path: '/opt/pg_dump',
            version: '18.1',
          },
        },
      }),
    ],
  },
  blocked: {
    facts: project({
      surroundings: {
        blockers: [
          {
            pid: 7,
            user: 'bi',
            application: 'psql',
            state: 'idle in transaction',
            query: 'LOCK\n TABLE x',
            age: 61.4,
            holds: 'ExclusiveLock on drizzle.__drizzle_migrations',
          },
        ],
      },
    }),
    severity: 'warning',
    says: /1 session holds a lock/,
    shows: /pid 7 \(bi, psql\), idle in transaction for 61 s, holds ExclusiveLock.*: LOCK TABLE x$/,
    near: [project()],
  },
};

const codes = (facts: Facts): FindingCode[] =>
  diagnose(facts, drizzle).findings.map(({ code }) => code);

describe.each(Object.entries(cases))('%s', (code, { facts, near, ...expected }) => {
  test('is found, with its evidence', () => {
    const found = diagnose(facts, drizzle).findings.filter((finding) => finding.code === code);
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
      expect(codes(each)).not.toContain(code);
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
  ])('%s', (_name, facts) => {
    expect(diagnose(facts, drizzle).findings).toEqual([]);
  });
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
    expect(found).toEqual([
      ['info', '0000_a and 0001_b have no snapshot; later migrations have one.'],
    ]);
  });
});
