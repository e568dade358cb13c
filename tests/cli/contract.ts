import { z } from 'zod';

/** Every code of DESIGN.md: a contract with scripts outside this repository. */
const codes = [
  ...['journal-missing', 'journal-malformed', 'journal-conflict-markers', 'file-not-in-journal'],
  ...['journal-entry-without-file', 'journal-out-of-order', 'journal-duplicate'],
  ...['snapshot-missing', 'snapshot-malformed', 'snapshot-outdated', 'snapshot-collision'],
  ...['snapshot-chain-broken', 'half-converted-folder', 'duplicate-version', 'unreadable-file'],
  ...['history-table-missing', 'history-table-elsewhere', 'history-row-unknown'],
  ...['history-row-duplicate', 'history-row-null-stamp', 'history-future-stamp'],
  ...['history-sequence-behind', 'history-dirty', 'history-failed-row', 'dev-push-row'],
  ...['applied-unrecorded', 'recorded-absent', 'partially-applied', 'edited-after-apply'],
  ...['silently-skipped', 'shared-history-table', 'drift-missing', 'drift-extra'],
  ...['drift-changed', 'invalid-index', 'constraint-not-validated', 'history-full-schema-empty'],
  ...['will-fail-exists', 'will-fail-absent', 'will-fail-not-null', 'will-fail-duplicates'],
  ...['will-fail-orphans', 'will-fail-cast', 'will-fail-enum-in-transaction'],
  ...['will-fail-in-transaction', 'will-fail-syntax', 'will-fail-other', 'records-itself'],
  ...['redundant', 'transaction-control', 'locks-table', 'rewrites-table', 'loses-data'],
  ...['pooler', 'replica', 'insufficient-privilege', 'pg-dump-missing', 'pg-dump-too-old'],
  'blocked',
];

const line = z.string().trim().min(1);

const migration = z.strictObject({
  id: line,
  file: z.enum(['present', 'missing', 'edited']),
  journal: z.enum(['listed', 'unlisted', 'none']),
  snapshot: z.enum(['present', 'missing', 'malformed', 'none']),
  history: z.enum(['recorded', 'absent', 'duplicate', 'failed']),
  schema: z.enum(['present', 'partial', 'absent', 'superseded', 'unprovable', 'unknown']),
  lacks: z.array(line),
  stoppedAt: z.string().nullable(),
});

const finding = z.strictObject({
  code: z.enum(codes),
  severity: z.enum(['error', 'warning', 'info']),
  migrations: z.array(line),
  title: line,
  evidence: z.array(line).min(1),
  playbooks: z.array(
    z.enum([
      'reconcile-journal',
      'mark-applied',
      'mark-unapplied',
      'clear-failed',
      'apply-manually',
      'baseline',
      'finish-partial',
      'backfill-not-null',
      'restore-backup',
    ]),
  ),
});

const nextRun = z.strictObject({
  runs: z.array(line),
  skips: z.array(line),
  fails: z
    .strictObject({
      migration: z.string().nullable(),
      statement: z.string().nullable(),
      sqlstate: z.string().nullable(),
      message: line,
    })
    .nullable(),
});

/** `diagnose --json`, with exactly the keys of DESIGN.md. */
export const diagnosis = z.strictObject({
  format: z.literal(1),
  pgmedic: z.string().regex(/^\d+\.\d+\.\d+/),
  target: z
    .strictObject({
      host: line,
      port: z.int(),
      database: line,
      user: line,
      serverVersion: z.string().regex(/^\d+\.\d+/),
      role: z.enum(['primary', 'replica']),
      pooler: z.boolean(),
    })
    .nullable(),
  tool: z.literal('drizzle'),
  historyTable: z
    .string()
    .regex(/^\w+\.\w+$/)
    .nullable(),
  migrations: z.array(migration),
  findings: z.array(finding),
  nextRun,
});

/** `plan --out`: the keys of DESIGN.md, and those that apply needs to build the plan again. */
export const plan = z.strictObject({
  format: z.literal(1),
  playbook: line,
  target: z.strictObject({
    host: line,
    port: z.int(),
    database: line,
    user: line,
    identity: z.string().nullable(),
  }),
  facts: z.string().regex(/^[0-9a-f]{64}$/),
  migrations: z.array(line),
  answers: z.record(z.string(), z.string()),
  warnings: z.array(line),
  steps: z.array(
    z.strictObject({
      id: line,
      title: line,
      kind: z.enum(['tell', 'ask', 'check', 'write', 'command']),
      risk: z.enum(['none', 'reversible', 'ddl', 'destructive']),
      digest: z.string().regex(/^[0-9a-f]{16}$/),
      sql: z.string().nullable(),
      file: z
        .strictObject({ path: line, before: z.string().nullable(), after: z.string().nullable() })
        .nullable(),
      command: z.array(z.string()).nullable(),
    }),
  ),
  code: z.string().regex(/^[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){2}$/),
  seal: line,
});

/** `apply --json`. */
export const applied = z.strictObject({
  format: z.literal(1),
  session: z.string().nullable(),
  backup: z
    .object({ path: line, sha256: z.string().regex(/^[0-9a-f]{64}$/), proof: line })
    .nullable(),
  steps: z.array(
    z.strictObject({
      id: line,
      title: line,
      kind: z.enum(['tell', 'ask', 'check', 'write', 'command']),
      outcome: z.enum(['done', 'failed', 'notRun', 'unknown']),
      message: line,
      next: z.array(line),
    }),
  ),
  agrees: z.boolean(),
  message: line,
  nextRun: nextRun.nullable(),
  report: z.string().nullable(),
});
export type Applied = z.infer<typeof applied>;
export type PlanOnPaper = z.infer<typeof plan>;
