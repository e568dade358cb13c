import { project, row, snapshotText, stamp } from './drizzle-facts.js';
import { type Case, fresh, reconcile } from './finding-case.js';

const two = [
  ['0000_a', stamp],
  ['0001_b', stamp + 1],
] as const;
const conflict = '<<<<<<< HEAD\n{}\n=======\n{}\n>>>>>>> x\n';

export const filesCases = {
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
} satisfies Record<string, Case>;
