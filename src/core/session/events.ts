import type { AcceptedBackup, BackupProgress, ProvenBackup, ReadBackup } from '../backup.js';
import type { Diagnosis } from '../diagnosis.js';
import type { Setting } from '../facts.js';
import type { LockWait } from '../lock-wait.js';
import type { Playbook } from '../playbook.js';
import type { Confirmation, Plan, StepOutcome } from '../plan.js';
import type { Resumed, SessionDetails, SessionSummary } from '../report/summary.js';
import type { EnvironmentColour, EvidenceProgress, PlanWish, StepProgress } from './state.js';

/** What happened: a wish of the operator, or what became of a command. `at`: milliseconds since the epoch. */
export type Event = Wish | Reply;

/** Wishes come from keys, prompts or options; the state says whether they mean anything now. */
export type Wish =
  | { readonly type: 'move'; readonly by: number }
  /** Choose the migration under the cursor, or no longer. */
  | { readonly type: 'toggle' }
  /** Show those rows of the board that fit; nothing in it and not typing: all. What is chosen stays so. */
  | { readonly type: 'filter'; readonly text: string; readonly typing: boolean }
  /** To the next row of the board about which the sources disagree, or the one before. */
  | { readonly type: 'jump'; readonly by: 1 | -1 }
  | { readonly type: 'show-findings' }
  | { readonly type: 'show-playbooks' }
  | { readonly type: 'show-sessions' }
  | { readonly type: 'open-session'; readonly session: string }
  /** Of the session that is open: ask the world what became of its steps. */
  | { readonly type: 'resume-session'; readonly at: number }
  /** Plan how its last step that is in place is taken back. */
  | { readonly type: 'undo-session' }
  | { readonly type: 'save-report' }
  /** Take what is under the cursor, or go on. Never a yes to a write. */
  | { readonly type: 'enter'; readonly at: number }
  | {
      readonly type: 'choose-playbook';
      readonly name: string;
      readonly migrations: readonly string[];
      /** Answers given beforehand; the rest is asked. */
      readonly answers: Readonly<Record<string, string>>;
      /** Ask nothing: take what is suggested. */
      readonly askNothing: boolean;
      readonly at: number;
    }
  | { readonly type: 'answer'; readonly value: string }
  | { readonly type: 'take-backup'; readonly at: number }
  /** Wait no longer for a proof: the backup is then read back, and not proven. */
  | { readonly type: 'stop-proof' }
  /** Go on with a backup that is not proven. */
  | { readonly type: 'accept-read-back'; readonly reason: string; readonly at: number }
  | {
      readonly type: 'confirm';
      readonly step: string;
      readonly digest: string;
      readonly typed: string | null;
      readonly by: 'key' | 'prompt' | 'option';
      readonly at: number;
    }
  | { readonly type: 'reread'; readonly at: number }
  | { readonly type: 'back'; readonly at: number }
  /** Ctrl-C: stop what runs, safely; where nothing runs, leave. */
  | { readonly type: 'cancel' }
  | { readonly type: 'leave' }
  /** `pressedAt`: when keys came that count for nothing; a key soon after them may be theirs too. */
  | { readonly type: 'notice'; readonly text: string; readonly pressedAt?: number };

export type Reply =
  /** What the project says, before anything of it was read. */
  | {
      readonly type: 'settings-found';
      readonly settings: readonly Setting[];
      readonly playbooks: readonly Playbook[];
      /** Sessions that left something open; not said where nothing was read. */
      readonly unfinished?: readonly SessionSummary[];
      /** The environment is marked so, or an option says it. */
      readonly readOnly?: true;
      /** How the settings want the environment's word to look. */
      readonly colour?: EnvironmentColour;
    }
  | { readonly type: 'facts-read'; readonly diagnosis: Diagnosis; readonly at: number }
  | {
      readonly type: 'facts-failed';
      readonly message: string;
      readonly next: readonly string[];
      readonly at: number;
    }
  /** The look behind the board that the evidence takes. */
  | { readonly type: 'evidence-progress'; readonly progress: EvidenceProgress }
  | { readonly type: 'evidence-read'; readonly diagnosis: Diagnosis }
  | { readonly type: 'evidence-failed'; readonly message: string }
  | { readonly type: 'plan-built'; readonly plan: Plan; readonly at: number }
  | { readonly type: 'plan-refused'; readonly message: string; readonly next: readonly string[] }
  /** Read again and built again, after the backup. */
  | {
      readonly type: 'plan-rebuilt';
      readonly plan: Plan;
      readonly diagnosis: Diagnosis;
      /** Why not all that the plan rests on could be seen, in words: somebody wrote meanwhile, a table was locked. */
      readonly notSeen?: readonly string[] | null;
      readonly at: number;
    }
  | { readonly type: 'backup-progress'; readonly progress: BackupProgress }
  | { readonly type: 'backup-proven'; readonly backup: ProvenBackup; readonly at: number }
  | { readonly type: 'backup-read-back'; readonly backup: ReadBackup; readonly at: number }
  /** The reason stands in the run log. */
  | { readonly type: 'backup-accepted'; readonly at: number }
  | { readonly type: 'backup-failed'; readonly message: string; readonly next: readonly string[] }
  | { readonly type: 'step-waiting'; readonly wait: LockWait }
  | { readonly type: 'step-progress'; readonly progress: StepProgress }
  | {
      readonly type: 'step-ended';
      readonly step: string;
      readonly outcome: StepOutcome;
      readonly at: number;
    }
  | { readonly type: 'sessions-read'; readonly sessions: readonly SessionSummary[] }
  | { readonly type: 'session-read'; readonly details: SessionDetails }
  | { readonly type: 'session-resumed'; readonly resumed: Resumed }
  | { readonly type: 'report-saved'; readonly path: string }
  /** Of the sessions or of one of them: it cannot be read, resumed or written down. */
  | { readonly type: 'session-failed'; readonly message: string; readonly next: readonly string[] }
  | { readonly type: 'report-written'; readonly path: string | null };

/** What the runtime has to do, once each; it reports back with an event. */
export type Command =
  | { readonly type: 'read-facts' }
  /** Look again, wholly, behind the board that is shown. */
  | { readonly type: 'read-evidence' }
  | { readonly type: 'build-plan'; readonly wish: PlanWish }
  | { readonly type: 'rebuild-plan'; readonly wish: PlanWish }
  | { readonly type: 'take-backup' }
  /** Stop the proof alone; the command that runs reports what became of it. */
  | { readonly type: 'stop-proof' }
  /** Write down why a backup that is not proven is gone on with. */
  | { readonly type: 'accept-backup'; readonly backup: AcceptedBackup }
  /** Stop the backup or the step that runs; the command that runs reports its own end. */
  | { readonly type: 'cancel-running' }
  | { readonly type: 'begin-run'; readonly plan: Plan }
  | {
      readonly type: 'run-step';
      readonly plan: Plan;
      readonly step: string;
      readonly confirmation: Confirmation | null;
    }
  | { readonly type: 'verify' }
  | SessionsCommand
  | { readonly type: 'write-report' }
  | { readonly type: 'exit'; readonly code: number };

/** About earlier sessions, which `session` names. */
export type SessionsCommand =
  | { readonly type: 'read-sessions' }
  | { readonly type: 'read-session'; readonly session: string }
  | { readonly type: 'save-report'; readonly session: string }
  | { readonly type: 'resume-session'; readonly session: string };
