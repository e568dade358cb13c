import type { FindingCode } from '../finding.js';

/** How a condition comes about again and what keeps it away; several codes may share one. */
const measures: readonly (readonly [readonly FindingCode[], string])[] = [
  [
    ['file-not-in-journal', 'journal-entry-without-file', 'journal-missing'],
    'Commit a migration file, its journal entry and its snapshot together, and let CI fail when they disagree: `pgmedic diagnose --offline`.',
  ],
  [
    ['unreadable-file'],
    'Let CI fail where a migration file cannot be read: `pgmedic diagnose --offline`.',
  ],
  [
    ['duplicate-version'],
    'Give each migration a number of its own: after merging two branches, number the later one again before it is applied anywhere.',
  ],
  [
    ['silently-skipped', 'journal-out-of-order', 'history-future-stamp'],
    'The migrator goes by the newest stamp only. After merging two branches, generate the later migration again, so that its stamp is the newest.',
  ],
  [
    ['journal-conflict-markers', 'journal-malformed', 'journal-duplicate'],
    'Never resolve a merge in the journal by hand: take one side, then generate the other migration again.',
  ],
  [
    [
      'snapshot-missing',
      'snapshot-malformed',
      'snapshot-collision',
      'snapshot-chain-broken',
      'snapshot-outdated',
    ],
    'Let drizzle-kit alone write the snapshots, commit them with the migration, and run `drizzle-kit check` on a copy of the folder in CI.',
  ],
  [
    ['half-converted-folder'],
    'Convert a folder to the 1.0 layout in one commit of its own, with nobody else generating migrations meanwhile.',
  ],
  [
    ['edited-after-apply'],
    'A migration that has been applied anywhere is not edited any more: write a new one.',
  ],
  [
    ['history-table-missing', 'history-table-elsewhere'],
    'Name schema and table of the history in one place, and give the same to the migrator everywhere.',
  ],
  [
    ['history-row-unknown', 'shared-history-table'],
    'Give each application a history table of its own, and keep the files of what is applied.',
  ],
  [
    ['history-row-duplicate', 'history-row-null-stamp', 'history-sequence-behind'],
    'Run migrations from one place at a time, and never edit the history table by hand.',
  ],
  [
    ['history-dirty'],
    'Let a migrator end before its process is stopped: what it locks in a table stays locked.',
  ],
  [
    ['history-failed-row'],
    'Try a migration on a copy of the live schema before the deploy (`pgmedic diagnose`), and let one deploy end before the next begins.',
  ],
  [
    ['dev-push-row'],
    'Push a schema to development databases only (push: false elsewhere): what was pushed has no migration.',
  ],
  [
    ['applied-unrecorded', 'recorded-absent', 'history-full-schema-empty'],
    'Change the schema with the migrator only. Where SQL has to be run by hand, or a schema is reset, put its history right in the same transaction.',
  ],
  [
    ['partially-applied', 'transaction-control'],
    'Leave the transaction to the migrator: no COMMIT in a migration. Give what cannot run in one (CREATE INDEX CONCURRENTLY) a migration of its own.',
  ],
  [
    ['drift-missing', 'drift-changed', 'drift-extra'],
    'Turn a change made by hand into a migration the same day, and let CI look for drift: `pgmedic diagnose` against each environment.',
  ],
  [
    ['invalid-index', 'constraint-not-validated'],
    'After CREATE INDEX CONCURRENTLY and NOT VALID, check that the index is valid and validate the constraint, as a step of the deploy.',
  ],
  [
    ['will-fail-not-null', 'will-fail-duplicates', 'will-fail-orphans', 'will-fail-cast'],
    'Try a migration on a copy of production’s rows first. Add a constraint in three steps: make it possible (nullable, NOT VALID), put the rows right, then enforce it.',
  ],
  [
    ['will-fail-exists', 'will-fail-absent', 'redundant'],
    'Let migrations alone make and drop objects, and run the whole folder on an empty database in CI.',
  ],
  [
    ['will-fail-in-transaction', 'will-fail-enum-in-transaction'],
    'Give what cannot run in the migrator’s transaction a migration, and a run, of its own; an enum value is used only after the run that adds it.',
  ],
  [
    ['will-fail-syntax', 'will-fail-other'],
    'Rehearse each deploy before it: `pgmedic diagnose` runs the pending migrations on a copy of the schema.',
  ],
  [['records-itself'], 'Leave the history table to the migrator: no migration writes to it.'],
  [
    ['locks-table', 'rewrites-table'],
    'Split what locks or rewrites a large table: CREATE INDEX CONCURRENTLY, NOT VALID and VALIDATE, a new column filled in batches. Set lock_timeout for migrations.',
  ],
  [
    ['loses-data'],
    'Drop data one release after the last code that uses it, with a proven backup from just before.',
  ],
  [['pooler'], 'Give migrations a direct URL, past the pooler.'],
  [['insufficient-privilege'], 'Run migrations with a role that owns the schema.'],
  [
    ['pg-dump-missing', 'pg-dump-too-old'],
    'Keep a pg_dump of the server’s major version where migrations run.',
  ],
  [
    ['blocked'],
    'Set idle_in_transaction_session_timeout for applications, so that no forgotten transaction blocks a deploy.',
  ],
];

/** Measures against what was found, each once. */
export function preventionFor(codes: readonly FindingCode[]): readonly string[] {
  return measures
    .filter(([treated]) => treated.some((code) => codes.includes(code)))
    .map(([, words]) => words);
}
