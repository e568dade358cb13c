import type { AcceptedBackup, BackupProgress, CountingBackup, ReadBackup } from '../backup.js';
import type { Diagnosis } from '../diagnosis.js';
import type { Setting } from '../facts.js';
import type { Finding } from '../finding.js';
import type { LockWait } from '../lock-wait.js';
import type { EarlierStep, Plan, StepOutcome } from '../plan.js';
import type { Playbook, Question } from '../playbook.js';
import type { Resumed, SessionDetails, SessionSummary } from '../report/summary.js';

/**
 * Everything the session knows and where it stands. A screen is a drawing of this; nothing
 * that decides anything lives anywhere else. Times are milliseconds since the epoch, and
 * arrive in events.
 */
export interface State {
  readonly startedAt: number;
  /** Nothing may be written, whoever confirms it; once true, it stays so. */
  readonly readOnly: boolean;
  /** As the settings say; null: by the environment's name. */
  readonly colour: EnvironmentColour | null;
  /** Who confirms, for the run log and the report. */
  readonly operator: string;
  /** Settings as found, redacted; shown before anything else is known. */
  readonly settings: readonly Setting[];
  readonly playbooks: readonly Playbook[];
  /** Earlier sessions of this project that left something open. */
  readonly unfinished: readonly SessionSummary[];
  /** Those of them that were resumed here, and a step of them is unknown still. */
  readonly leftUnknown: readonly string[];
  /** The last reading; null before the first. */
  readonly diagnosis: Diagnosis | null;
  /** How far the evidence for the board has come. */
  readonly weighing: Weighing;
  /** The backup that the next writes may rest on: proven, or read back and accepted with a reason. Nothing is written without one. */
  readonly backup: CountingBackup | null;
  /** A write or a command was begun since that backup: the next plan takes a new one. */
  readonly writtenSinceBackup: boolean;
  /** Plans worked on so far, the present one last: the report tells them all. */
  readonly runs: readonly PlanRun[];
  readonly scene: Scene;
  /** One line that answers the last key: why it did nothing, what came back. */
  readonly notice: string | null;
  /** A key is held down or came before it could be read: ignored until this time. */
  readonly lastConfirmKeyAt: number;
}

export type EnvironmentColour = 'red' | 'yellow' | 'green';

export type Weighing =
  /** Not begun, or in the diagnosis. */
  | { readonly state: 'idle' }
  | {
      readonly state: 'working';
      readonly since: number;
      readonly progress: EvidenceProgress | null;
    }
  | { readonly state: 'failed'; readonly message: string };

/** What the look behind the board is at: "replaying the migrations", and how much is done where that is known. */
export interface EvidenceProgress {
  readonly doing: string;
  readonly done: number | null;
  readonly total: number | null;
}

export interface PlanRun {
  readonly plan: Plan;
  readonly startedAt: number;
  /** What was found before its first step. */
  readonly findings: readonly Finding[];
  /** One for each step, in order. */
  readonly outcomes: readonly (StepOutcome | null)[];
  /** What was found after the last step; null until verified. */
  readonly verdict: Verdict | null;
}

export interface Verdict {
  /** The tool's next run is what the plan predicted, and no error was found that was not there before. */
  readonly agrees: boolean;
  readonly words: string;
}

/** Rows that a step in batches has changed; `total` null: how many there are is not known. */
export interface StepProgress {
  readonly done: number;
  readonly total: number | null;
}

export type Scene =
  | { readonly name: 'reading'; readonly since: number; readonly purpose: ReadPurpose }
  /** The database or the folder could not be read. */
  | { readonly name: 'cannot-look'; readonly message: string; readonly next: readonly string[] }
  | {
      readonly name: 'board';
      /** Index into all rows, whatever the filter shows. */
      readonly cursor: number;
      readonly chosen: readonly string[];
      readonly filter?: BoardFilter;
    }
  | { readonly name: 'findings'; readonly cursor: number; readonly back: BoardScene }
  | { readonly name: 'playbooks'; readonly cursor: number; readonly back: BoardScene }
  /** Earlier sessions, those that left something open first; null while their run logs are read. */
  | {
      readonly name: 'sessions';
      readonly sessions: readonly SessionSummary[] | null;
      readonly cursor: number;
      readonly back: BoardScene;
    }
  /** One of them, with its report; null while that is read. */
  | {
      readonly name: 'session';
      readonly summary: SessionSummary;
      readonly details: SessionDetails | null;
      /** Its report is being written to a file. */
      readonly saving?: true;
      readonly back: SessionsScene;
    }
  /** What became of each step of it; null while the world is asked. */
  | {
      readonly name: 'resume';
      readonly session: string;
      readonly since: number;
      readonly resumed: Resumed | null;
      readonly back: SessionScene;
    }
  | {
      readonly name: 'asking';
      readonly playbook: Playbook;
      /** Those of its questions that matter here. */
      readonly asks: readonly Question[];
      readonly migrations: readonly string[];
      /** The question now asked. */
      readonly index: number;
      readonly answers: Readonly<Record<string, string>>;
      readonly back: BoardScene;
    }
  | { readonly name: 'planning'; readonly request: PlanWish; readonly back: BoardScene }
  /** The plan as a whole, before its first step. */
  | {
      readonly name: 'plan';
      readonly request: PlanWish;
      readonly plan: Plan;
      readonly back: BoardScene;
    }
  | {
      readonly name: 'backup';
      readonly since: number;
      readonly progress: BackupProgress | null;
      readonly cancelling: boolean;
      /** The operator does not wait for the proof; the file is kept. */
      readonly stoppingProof?: true;
      /** Where to go on when it is proven. */
      readonly goesOnTo: PlanScene | BoardScene;
    }
  /** Read back and not proven: only a reason leads on to the plan. */
  | {
      readonly name: 'unproven';
      readonly backup: ReadBackup;
      /** With the reason that was given, while it is written down; null before. */
      readonly accepting: AcceptedBackup | null;
      readonly goesOnTo: PlanScene;
    }
  /** Facts are read and the plan is built again before its first step: is it still the same? */
  | {
      readonly name: 'rechecking';
      readonly since: number;
      readonly request: PlanWish;
      readonly plan: Plan;
      readonly back: BoardScene;
    }
  | {
      readonly name: 'step';
      readonly request: PlanWish;
      readonly index: number;
      readonly shownAt: number;
      readonly back: BoardScene;
    }
  | {
      readonly name: 'running';
      readonly request: PlanWish;
      readonly index: number;
      readonly since: number;
      /** Whom it would meet, then whom it waits for; null: nobody is known to be in its way. */
      readonly wait: LockWait | null;
      /** Of a step in batches; null until the first is done. */
      readonly progress: StepProgress | null;
      readonly cancelling: boolean;
      readonly back: BoardScene;
    }
  | {
      readonly name: 'verifying';
      /** null where nobody said when. */
      readonly since: number | null;
      /** The operator is leaving: no write is left unread. */
      readonly leaveAfter: boolean;
      readonly back: BoardScene;
    }
  /** The playbook has ended, well or not. */
  | { readonly name: 'ended'; readonly back: BoardScene }
  | { readonly name: 'leaving'; readonly code: number; readonly reportPath: string | null };

export type SceneName = Scene['name'];
export type BoardScene = Extract<Scene, { name: 'board' }>;
export type PlanScene = Extract<Scene, { name: 'plan' }>;
export type SessionsScene = Extract<Scene, { name: 'sessions' }>;
export type SessionScene = Extract<Scene, { name: 'session' }>;
export type StepScene = Extract<Scene, { name: 'step' }>;

export interface BoardFilter {
  readonly text: string;
  /** It is being typed: letters are no keys. */
  readonly typing: boolean;
}

export type ReadPurpose = 'board' | 'reread';

export interface PlanWish {
  readonly playbook: string;
  readonly migrations: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
  /** Not a playbook: a step of an earlier session is to be taken back. */
  readonly undoes?: EarlierStep;
}

/** The run in progress; null when no plan was begun. */
export function currentRun(state: State): PlanRun | null {
  return state.runs.at(-1) ?? null;
}
