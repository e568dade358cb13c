import { expect, test } from 'vitest';
import type { CatalogObject } from '../../src/core/catalog.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { MigrationEvidence, StatementEvidence } from '../../src/core/evidence/evidence.js';
import type { SchemaFacts } from '../../src/core/facts.js';
import type { ReplayedStatement } from '../../src/core/replay.js';
import type { DetailPart } from '../../src/core/telling/details.js';
import { migrationDetails } from '../../src/core/telling/details.js';
import { diagnosis, facts } from '../support/states.js';

const column = (name: string, type: string): CatalogObject => ({
  key: `column public.users.${name}`,
  kind: 'column',
  schema: 'public',
  parent: 'table public.users',
  parts: { type },
});
const email = column('email', 'text');
const phone = column('phone', 'text');

const statement = (parts: Partial<StatementEvidence>): StatementEvidence => ({
  ...{ number: 1, label: 'ALTER TABLE', line: 1, text: '', state: 'done', objects: [] },
  ...parts,
});
const texts = [
  'ALTER TABLE users\n  ADD COLUMN email text',
  'ALTER TABLE users ADD COLUMN phone text',
  `UPDATE users SET email = 'x'`,
  `CREATE ROLE app PASSWORD 's3cret'`,
];
const replayed = (
  number: number,
  changes: ReplayedStatement['changes'],
  error: ReplayedStatement['error'] = null,
): ReplayedStatement => ({
  ...{ number, text: texts[number - 1] ?? '', label: 'ALTER TABLE', line: number },
  ...{ changes, beyondCatalog: false, error },
});

const evidence: MigrationEvidence = {
  id: '0001_contact',
  schema: 'partial',
  lacks: [phone.key],
  stoppedAt: 'statement 2 of 4: ALTER TABLE',
  stoppedAtStatement: 2,
  statements: [
    statement({ text: texts[0]!, objects: [email.key] }),
    statement({ number: 2, line: 3, text: texts[1]!, state: 'not done', objects: [phone.key] }),
    statement({ number: 3, line: 4, text: texts[2]!, state: 'unprovable', label: 'UPDATE' }),
    statement({ number: 4, line: 5, text: texts[3]!, state: 'unknown', label: 'CREATE ROLE' }),
  ],
  why: 'Statement 4 fails in the sandbox.',
  ambiguous: [],
};

const schema: SchemaFacts = {
  state: 'read',
  catalog: [column('email', 'varchar(50)')],
  replay: {
    migrations: [
      {
        id: '0001_contact',
        unparsed: null,
        statements: [
          replayed(1, [{ type: 'set', object: email }]),
          replayed(2, [{ type: 'set', object: phone }]),
          replayed(3, []),
          replayed(4, [], {
            ...{ sqlstate: '42501', message: 'permission denied', redundant: false, names: [] },
          }),
        ],
      },
      {
        id: '0002_shorter',
        unparsed: null,
        statements: [replayed(1, [{ type: 'set', object: column('email', 'varchar(50)') }])],
      },
    ],
    ...{ base: [], prepared: [], serverVersion: '18.4', untracked: [] },
  },
  ...{ rehearsal: null, owners: [], sizes: {}, searchPath: 'public' },
};

function read(schemaFacts: SchemaFacts, weighed: MigrationEvidence | null): Diagnosis {
  const base = facts();
  const file = { path: '0001_contact.sql', size: 1234, sha256: 'a'.repeat(64), hash: null };
  const migration = {
    ...{ id: '0001_contact', snapshot: 'meta/0001_snapshot.json' },
    file: { ...file, text: `${texts.join(';\n')};\n`, variantHashes: [] },
    entries: [{ position: 1, line: 12, tag: '0001_contact', idx: 1, when: 1_760_000_000_000 }],
  };
  const row = { id: '7', hash: 'b'.repeat(64), stamp: '1760000000000' };
  const [healthy] = diagnosis().board;
  return diagnosis({
    facts: {
      ...base,
      folder: { ...base.folder, migrations: [migration] },
      schema: schemaFacts,
    },
    board: [
      {
        ...healthy!,
        ...{ id: '0001_contact', schema: 'partial', lacks: [phone.key], stoppedAt: 'statement 2' },
      },
    ],
    matching: {
      recorded: new Map([['0001_contact', [{ row, by: 'stamp and hash' }]]]),
      unknown: [],
    },
    evidence:
      weighed === null
        ? null
        : { migrations: new Map([[weighed.id, weighed]]), drift: [], remarks: [] },
  });
}

function textOf(parts: readonly DetailPart[]): string {
  return parts
    .flatMap(({ heading, rows }) => [
      `# ${heading}`,
      ...rows.map((row) =>
        row.type === 'sql'
          ? `${row.number}| ${row.mark} ${row.text}`
          : `${row.mark ?? '-'} ${row.text}`,
      ),
    ])
    .join('\n');
}

test('a half-run migration: every source, the place where it stopped, and the timeline of its objects', () => {
  expect(textOf(migrationDetails(read(schema, evidence), '0001_contact'))).toBe(
    `# What each source says
yes file: present, 0001_contact.sql, 1,234 bytes, sha256 ${'a'.repeat(64)}
yes journal: listed, meta/_journal.json line 12: idx 1, when 1760000000000 (2025-10-09T08:53:20Z)
yes snapshot: present, meta/0001_snapshot.json
yes history: recorded
-   row 7: hash ${'b'.repeat(64)}, stamp 1760000000000 (2025-10-09T08:53:20Z); known by its stamp and hash
doubt schema: partial
no   lacks column public.users.phone
doubt   a run of it stopped at statement 2
# What cannot be proven, and why
doubt Statement 4 fails in the sandbox.
doubt 1 of 4 statements leave nothing in the catalog (rows inserted or changed, for one): whether they ran cannot be seen.
# SQL
yes statement 1 of 4, ALTER TABLE: present
1| yes ALTER TABLE users
2| yes   ADD COLUMN email text
no A run of it stopped here: what is above is done, this is not.
no statement 2 of 4, ALTER TABLE: not there
3| no ALTER TABLE users ADD COLUMN phone text
doubt statement 3 of 4, UPDATE: unprovable, it leaves nothing in the catalog
4| doubt UPDATE users SET email = 'x'
doubt statement 4 of 4, CREATE ROLE: unknown, it fails in the sandbox
doubt   it fails in the sandbox: permission denied (SQLSTATE 42501)
5| doubt CREATE ROLE app PASSWORD '***'
# Objects it touches
- column public.users.email
-   0001_contact statement 1: text
-   0002_shorter statement 1: varchar(50)
yes   now: there, varchar(50)
- column public.users.phone
-   0001_contact statement 2: text
no   now: not there`,
  );
});

test('before the schema is looked at the SQL is there whole, and why nothing is said of it', () => {
  const told = textOf(migrationDetails(read({ state: 'not read' }, null), '0001_contact'));
  expect(told).toContain('doubt The schema has not been held against it yet.');
  expect(told).toContain('1| none ALTER TABLE users\n2| none   ADD COLUMN email text;\n3| none');
  const failed = { state: 'failed', reason: 'No sandbox here.', next: [] } as const;
  expect(textOf(migrationDetails(read(failed, null), '0001_contact'))).toContain(
    'doubt No sandbox here.',
  );
});
