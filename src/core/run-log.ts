import type { AcceptedBackup, ProvenBackup, ReadBackup } from './backup.js';
import type { Setting } from './facts.js';
import type { Finding } from './finding.js';
import type { Confirmation, Plan, PlanTarget, StepOutcome, Write } from './plan.js';
import type { NextRun } from './tool.js';

/** Where and when each record was written; `prev` is the sha256 of the line before, '' in the first. */
interface RunLogStamp {
  /** ISO 8601, UTC. */
  readonly at: string;
  /** From 1, without gaps. */
  readonly seq: number;
  readonly prev: string;
}

/** Of a row that pgmedic inserted, the id it was given, as text: nothing else of RETURNING is kept. */
export type ReturnedRow = Readonly<Record<string, string | null>>;

/** What stood before a step; `undo:` in front of the step's id for its undo. */
export type RunLogEntry =
  /** Settings without secrets; `version` is pgmedic's own. */
  | {
      readonly type: 'session-started';
      readonly target: PlanTarget;
      readonly settings: readonly Setting[];
      readonly version: string;
    }
  /** What a reading found; the last one of a session tells what stays open. */
  | {
      readonly type: 'diagnosed';
      readonly findings: readonly Finding[];
      readonly nextRun: NextRun;
      readonly migrations: number;
    }
  | { readonly type: 'backup-proven'; readonly backup: ProvenBackup }
  /** Kept, and nothing may rest on it unless the operator says why. */
  | { readonly type: 'backup-read-back'; readonly backup: ReadBackup }
  | { readonly type: 'backup-accepted'; readonly backup: AcceptedBackup }
  /** Stopped, or it failed: nothing of it was kept. */
  | { readonly type: 'backup-failed'; readonly message: string }
  | { readonly type: 'plan'; readonly plan: Plan }
  /** Before anything of the step is done. `write` null: a command, or a step without a write. */
  | {
      readonly type: 'intent';
      readonly step: string;
      readonly digest: string;
      readonly confirmation: Confirmation | null;
      readonly write: Write | null;
    }
  /** Before COMMIT. Without this record nothing of a transaction can be in the database. */
  | {
      readonly type: 'xid';
      readonly step: string;
      readonly xid: string;
      /** Which life of the server the number belongs to: see src/postgres/write-status.ts. */
      readonly life: string;
      readonly returned: readonly ReturnedRow[];
    }
  /** Before a statement that runs outside a transaction. `telling`: its `after` checks did not hold yet, so they tell whether it was done. */
  | {
      readonly type: 'sent';
      readonly step: string;
      readonly telling: boolean;
      /** The server's process that runs it, and when that began; not in logs of an early version. */
      readonly pid?: number;
      readonly since?: string;
    }
  | {
      readonly type: 'outcome';
      readonly step: string;
      readonly outcome: StepOutcome;
      readonly returned: readonly ReturnedRow[];
    }
  | {
      readonly type: 'undo-intent';
      readonly step: string;
      readonly digest: string;
      readonly confirmation: Confirmation;
      readonly undo: UndoWrite;
    }
  | { readonly type: 'undo-outcome'; readonly step: string; readonly outcome: StepOutcome }
  /** A step of another session was taken back in this one; all else about it is in that session's log. */
  | {
      readonly type: 'took-back';
      readonly session: string;
      readonly step: string;
      readonly confirmation: Confirmation;
      readonly outcome: StepOutcome;
    }
  /** After a crash: what looking at the world said about a step without an outcome. */
  | { readonly type: 'resolved'; readonly step: string; readonly state: StepState }
  | { readonly type: 'verified'; readonly holds: boolean; readonly notes: readonly string[] }
  | { readonly type: 'session-ended'; readonly note: string };

export type RunLogRecord = RunLogStamp & RunLogEntry;

/** What an undo does: rows by SQL in one transaction, or a file back to its kept bytes. */
export type UndoWrite =
  | { readonly type: 'sql'; readonly write: Extract<Write, { type: 'transaction' | 'statement' }> }
  | {
      readonly type: 'file';
      readonly path: string;
      /** sha256 the file must have now. */
      readonly expects: string | null;
      /** sha256 of the bytes that come back; null: the file is removed. */
      readonly restores: string | null;
    };

/** Where a step stands in the world, as far as it can be known. */
export type StepState =
  | { readonly state: 'committed'; readonly why: string }
  | { readonly state: 'not done'; readonly why: string }
  | { readonly state: 'unknown'; readonly why: string };
