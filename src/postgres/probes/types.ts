import type { TableRef } from '../../core/facts.js';
import type { FindingCode } from '../../core/finding.js';
import type { Probe } from '../../core/rehearsal.js';

/** One question to the live rows; a statement fails when any of its probes is `violated`. */
export interface PlannedProbe {
  /** "rows of public.media whose created_by_id is null" */
  readonly question: string;
  /**
   * One SELECT with one row: `bad` (rows in the way), `total` (rows looked at; null: not counted)
   * and `relation` (the partition or child in which the first is; null: the table itself).
   */
  readonly sql: string;
  /** Set for the expressions of the statement; tables are named with their schema. */
  readonly searchPath: readonly string[];
  /** Whose rows decide. */
  readonly table: TableRef;
  readonly code: FindingCode;
  /** What PostgreSQL would raise. An expression that raises something else: see ProbeOutcome. */
  readonly sqlstate: string;
  /** As server 18 words it, in English, without row values. */
  readonly message: string;
  /** Why rows in the way prove nothing ("public.users is not there yet"); null: they do. */
  readonly doubt: string | null;
}

/** What a probe gave, with what the statement would raise; these three are null unless violated. */
export interface ProbeOutcome extends Probe {
  readonly code: FindingCode | null;
  readonly sqlstate: string | null;
  readonly message: string | null;
}
