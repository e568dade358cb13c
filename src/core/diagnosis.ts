import type { Evidence } from './evidence/evidence.js';
import type { Facts } from './facts.js';
import type { Finding } from './finding.js';
import type { Matching, NextRun } from './tool.js';

/** One line of the board: five sources of truth side by side. */
export interface BoardRow {
  readonly id: string;
  readonly file: 'present' | 'missing' | 'edited';
  readonly journal: 'listed' | 'unlisted' | 'none';
  readonly snapshot: 'present' | 'missing' | 'malformed' | 'none';
  readonly history: 'recorded' | 'absent' | 'duplicate' | 'failed';
  readonly schema: 'present' | 'partial' | 'absent' | 'superseded' | 'unprovable' | 'unknown';
  readonly lacks: readonly string[];
  readonly stoppedAt: string | null;
  /** A few words for the end of the line: "applied", "pending", "the migrator cannot see it". */
  readonly note: string;
}

export interface Diagnosis {
  readonly facts: Facts;
  readonly matching: Matching;
  readonly board: readonly BoardRow[];
  readonly findings: readonly Finding[];
  /** With what it would stop at, where that was rehearsed. */
  readonly nextRun: NextRun;
  /** null: not looked for (offline, first look) or not to be had. */
  readonly evidence: Evidence | null;
}
