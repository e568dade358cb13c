/** Stable codes: a contract with scripts outside this repository. */
export type FindingCode =
  | 'journal-missing'
  | 'journal-malformed'
  | 'journal-conflict-markers'
  | 'file-not-in-journal'
  | 'journal-entry-without-file'
  | 'journal-out-of-order'
  | 'journal-duplicate'
  | 'snapshot-missing'
  | 'snapshot-malformed'
  | 'snapshot-outdated'
  | 'snapshot-collision'
  | 'snapshot-chain-broken'
  | 'half-converted-folder'
  | 'duplicate-version'
  | 'unreadable-file'
  | 'history-table-missing'
  | 'history-table-elsewhere'
  | 'history-row-unknown'
  | 'history-row-duplicate'
  | 'history-row-null-stamp'
  | 'history-future-stamp'
  | 'history-sequence-behind'
  | 'history-dirty'
  | 'history-failed-row'
  | 'dev-push-row'
  | 'edited-after-apply'
  | 'silently-skipped'
  | 'shared-history-table'
  | 'applied-unrecorded'
  | 'recorded-absent'
  | 'partially-applied'
  | 'drift-missing'
  | 'drift-extra'
  | 'drift-changed'
  | 'invalid-index'
  | 'constraint-not-validated'
  | 'history-full-schema-empty'
  | 'will-fail-exists'
  | 'will-fail-absent'
  | 'will-fail-not-null'
  | 'will-fail-duplicates'
  | 'will-fail-orphans'
  | 'will-fail-cast'
  | 'will-fail-enum-in-transaction'
  | 'will-fail-in-transaction'
  | 'will-fail-syntax'
  | 'will-fail-other'
  | 'records-itself'
  | 'redundant'
  | 'transaction-control'
  | 'locks-table'
  | 'rewrites-table'
  | 'loses-data'
  | 'pooler'
  | 'replica'
  | 'insufficient-privilege'
  | 'pg-dump-missing'
  | 'pg-dump-too-old'
  | 'blocked';

export type Severity = 'error' | 'warning' | 'info';

export interface Finding {
  readonly code: FindingCode;
  readonly severity: Severity;
  /** Migration ids concerned; empty when it concerns the folder, the table or the server. */
  readonly migrations: readonly string[];
  /** One sentence: what is the case. */
  readonly title: string;
  /** Where it can be seen: file and line, row, object. At least one. */
  readonly evidence: readonly string[];
  /** Names of playbooks that treat it, best first; empty when none does. */
  readonly playbooks: readonly string[];
}
