import type { ProvenBackup } from '../../src/core/backup.js';
import type { BoardRow, Diagnosis } from '../../src/core/diagnosis.js';
import type { Facts, Setting } from '../../src/core/facts.js';
import type { Finding } from '../../src/core/finding.js';
import type { Plan, Step } from '../../src/core/plan.js';
import type { Playbook } from '../../src/core/playbook.js';

/** Values for tests of the faces: what a session would have read, made by hand. */

const healthyRow = (id: string): BoardRow => ({
  id,
  file: 'present',
  journal: 'listed',
  snapshot: 'present',
  history: 'recorded',
  schema: 'unknown',
  lacks: [],
  stoppedAt: null,
  note: 'applied',
});

const unlisted = ['0016_session_fingerprint', '0017_feature_flags', '0018_webauthn_mfa'];

/** Sixteen applied migrations and three that the journal does not list. */
const board: readonly BoardRow[] = [
  ...Array.from({ length: 16 }, (_, index) =>
    healthyRow(`${String(index).padStart(4, '0')}_migration_number_${index}`),
  ),
  ...unlisted.map((id): BoardRow => ({
    ...healthyRow(id),
    journal: 'unlisted',
    snapshot: 'missing',
    history: 'absent',
    note: 'the migrator cannot see it',
  })),
];

const findings: readonly Finding[] = [
  {
    code: 'file-not-in-journal',
    severity: 'error',
    migrations: unlisted,
    title: 'Three migration files are not in the journal, so the migrator cannot see them.',
    evidence: unlisted.map((id) => `drizzle/${id}.sql: no entry in meta/_journal.json`),
    playbooks: ['reconcile-journal'],
  },
  {
    code: 'snapshot-missing',
    severity: 'info',
    migrations: unlisted,
    title: 'Three migrations have no snapshot.',
    evidence: unlisted.map((id) => `drizzle/meta/${id.slice(0, 4)}_snapshot.json is not there`),
    playbooks: [],
  },
];

export const settings: readonly Setting[] = [
  { name: 'database-url', value: 'postgres://app_admin@db-7.internal:5432/shop', origin: '.env' },
  { name: 'migrations', value: 'drizzle', origin: 'drizzle.config.ts' },
];

const journalText = `{\n${Array.from({ length: 40 }, (_, i) => `  "entry": ${i},`).join('\n')}\n}\n`;
const journalSha = 'a'.repeat(64);

export function facts(environment: string | null = 'production'): Facts {
  return {
    readAt: '2026-11-21T04:00:00.000Z',
    settings,
    tool: 'drizzle',
    folder: {
      path: 'drizzle',
      root: '/project/drizzle',
      migrations: [],
      journal: {
        state: 'read',
        path: 'meta/_journal.json',
        text: journalText,
        sha256: journalSha,
        entries: [],
      },
      snapshots: [],
      unreadable: [],
      convertedFolders: [],
      siblings: [],
    },
    target: {
      host: 'db-7.internal',
      port: 5432,
      database: 'shop',
      user: 'app_admin',
      serverVersion: '15.18',
      serverVersionNum: 150018,
      role: 'primary',
      pooler: false,
      identity: '1/5',
      environment,
    },
    history: null,
    schema: { state: 'not read' },
    surroundings: {
      missingPrivileges: [],
      blockers: [],
      dumper: {
        use: 'native',
        path: '/usr/bin/pg_dump',
        version: '17.5',
        rejected: [],
        named: false,
      },
      directUrl: null,
      databaseSize: 1000,
    },
  };
}

export function diagnosis(parts: Partial<Diagnosis> = {}): Diagnosis {
  return {
    evidence: null,
    facts: facts(),
    matching: { recorded: new Map(), unknown: [] },
    board,
    findings,
    nextRun: { runs: [], skips: [], fails: null },
    ...parts,
  };
}

const playbook = (parts: Partial<Playbook> & Pick<Playbook, 'name' | 'title'>): Playbook => ({
  summary: `What ${parts.title} does, in a sentence.`,
  tools: [],
  treats: [],
  migrations: 'none',
  asks: [],
  steps: [],
  origin: `playbooks/${parts.name}.yaml`,
  ...parts,
});

export const playbooks: readonly Playbook[] = [
  playbook({
    name: 'mark-applied',
    title: 'Mark applied',
    migrations: 'some',
    asks: [
      {
        id: 'reason',
        question: 'How do you know?',
        choices: null,
        suggested: null,
        required: true,
        ifFound: [],
        ifOpen: null,
      },
    ],
  }),
  playbook({
    name: 'reconcile-journal',
    title: 'Reconcile the journal',
    treats: ['file-not-in-journal'],
    asks: [
      {
        id: 'files-gone',
        question: 'What about entries whose file is gone?',
        choices: { remove: 'take them out', keep: 'leave them' },
        suggested: 'remove',
        required: true,
        ifFound: [],
        ifOpen: null,
      },
      {
        id: 'apply',
        question: 'Run the pending ones now?',
        choices: { yes: 'run each', no: 'leave them' },
        suggested: null,
        required: true,
        ifFound: [],
        ifOpen: null,
      },
    ],
  }),
];

export const writeJournal: Step = {
  kind: 'write',
  id: 'journal',
  title: 'Write the journal',
  text: 'add 0016_session_fingerprint, idx 16',
  risk: 'reversible',
  digest: 'd1d1d1d1d1d1d1d1',
  write: {
    type: 'file',
    path: 'meta/_journal.json',
    before: journalSha,
    after: journalText.replace('"entry": 20,', '"entry": 20,\n  "added": true,'),
    afterSha256: 'b'.repeat(64),
  },
};

export const applySql: Step = {
  kind: 'write',
  id: 'apply:0016',
  title: 'Apply by hand: 0016_session_fingerprint',
  text: "The migration's own SQL and its history row, in one transaction.",
  risk: 'ddl',
  digest: 'd2d2d2d2d2d2d2d2',
  write: {
    type: 'transaction',
    lock: '"drizzle"."__drizzle_migrations"',
    before: [
      { type: 'sql', title: 'nobody else wrote to the history', sql: 'SELECT 1', expect: [['1']] },
    ],
    statements: [
      { sql: 'ALTER TABLE "sessions" ADD COLUMN "fingerprint" text', source: null },
      {
        sql: `INSERT INTO "drizzle"."__drizzle_migrations" ("hash", "created_at") VALUES ('${'c'.repeat(64)}', 1760000000000) RETURNING "id"`,
        source: null,
      },
    ],
    after: [{ type: 'sql', title: 'the row is there', sql: 'SELECT 1', expect: [['1']] }],
    undo: { type: 'none', why: 'it ran the migration itself.' },
  },
};

export const dropTable: Step = {
  ...applySql,
  id: 'drop',
  title: 'Drop the copy',
  risk: 'destructive',
  digest: 'd3d3d3d3d3d3d3d3',
  write: {
    type: 'transaction',
    lock: null,
    before: [],
    statements: [{ sql: 'DROP TABLE "copy"', source: null }],
    after: [],
    undo: { type: 'none', why: 'what is dropped is gone; the backup has it.' },
  },
};

export const tell: Step = {
  kind: 'tell',
  id: 'hold',
  title: 'Hold the deploys',
  text: 'Make sure that nobody else runs migrations until this is done.',
  risk: 'none',
  digest: 'd0d0d0d0d0d0d0d0',
};

const agree: Step = {
  kind: 'check',
  id: 'agree',
  title: 'The migrator agrees',
  text: '',
  risk: 'none',
  digest: 'd9d9d9d9d9d9d9d9',
  check: { type: 'next-run', title: 'The migrator agrees', runs: [], skips: [] },
};

export function plan(steps: readonly Step[] = [tell, writeJournal, applySql, agree]): Plan {
  return {
    format: 1,
    code: '',
    playbook: 'reconcile-journal',
    title: 'Reconcile the journal',
    target: {
      host: 'db-7.internal',
      port: 5432,
      database: 'shop',
      user: 'app_admin',
      identity: '1/5',
    },
    facts: 'f'.repeat(64),
    migrations: [],
    answers: {},
    steps,
    predicts: { runs: [], skips: [], fails: null },
    warnings: [],
  };
}

export const backup: ProvenBackup = {
  target: { host: 'db-7.internal', port: 5432, database: 'shop', identity: '1/5' },
  path: '/state/pgmedic/shop.dump',
  format: 'custom',
  bytes: 15_200_000,
  sha256: 'e'.repeat(64),
  by: 'pg_dump 17.5 (/usr/bin/pg_dump)',
  tables: 12,
  rows: 345,
  startedAt: '2026-11-21T04:00:00.000Z',
  provenAt: '2026-11-21T04:01:00.000Z',
  proof: 'restored into PostgreSQL 18.4 (sandbox); 12 tables, 345 rows equal',
  restoreCommand: 'pg_restore --dbname shop /state/pgmedic/shop.dump',
};
