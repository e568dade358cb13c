import type { NamedRow } from '../../src/core/facts.js';
import { prisma } from '../../src/tools/prisma/index.js';
import { project, row, stamp } from './drizzle-facts.js';
import { contentsOf, sha256 } from './drizzle-project.js';
import { namedProject } from './named-facts.js';
import { type Case, elsewhere, fresh, reconcile } from './finding-case.js';

const siblingFolder = contentsOf('packages/b/drizzle', {
  '0000_other.sql': 'select 2;',
  '0001_empty.sql': '',
  'meta/_journal.json': JSON.stringify({ entries: [{ tag: '0000_other', when: stamp + 50 }] }),
});

const prismaFiles = { '1_a/migration.sql': 'select 1;', '2_b/migration.sql': 'select 2;' };
const prismaRow = (name: string): NamedRow => ({ id: name, name, columns: {} });
const failedRow: NamedRow = {
  ...prismaRow('2_b'),
  state: 'failed',
  said: 'relation "b" already exists\n   0: sql_schema_connector',
};

export const historyCases = {
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
  'history-dirty': {
    facts: project({
      history: {
        locked: { why: 'lock has 1 row, 0 of them free', says: 'it is locked', next: 'unlock it' },
      },
    }),
    severity: 'error',
    says: /lock is taken: "it is locked"/,
    shows: /0 of them free/,
    near: [project(), project({ history: { locked: null } })],
  },
  'history-failed-row': {
    tool: prisma,
    facts: namedProject(prisma, prismaFiles, [prismaRow('1_a'), failedRow]),
    severity: 'error',
    says: /says that 2_b failed, and the migrator refuses to run anything/,
    shows: /it noted: relation "b" already exists/,
    migrations: ['2_b'],
    playbooks: ['clear-failed'],
    near: [
      namedProject(prisma, prismaFiles, [prismaRow('1_a'), prismaRow('2_b')]),
      namedProject(prisma, prismaFiles, [prismaRow('1_a'), { ...failedRow, state: 'rolled back' }]),
    ],
  },
  'dev-push-row': {
    facts: project({
      history: {
        locked: {
          code: 'dev-push-row',
          title: 'The schema was pushed in development mode.',
          row: 'dev',
          why: 'payload_migrations has a row named dev with batch -1',
          says: 'you have run it in dev mode',
          next: 'Take that row out',
          playbooks: ['mark-unapplied', 'baseline'],
        },
      },
    }),
    severity: 'error',
    says: /pushed in development/,
    shows: /batch -1/,
    playbooks: ['mark-unapplied', 'baseline'],
    near: [project(), project({ history: { locked: null } })],
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
    playbooks: ['apply-manually', 'mark-applied', 'reconcile-journal'],
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
} satisfies Record<string, Case>;
