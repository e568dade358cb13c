import type { CatalogObject } from './catalog.js';
import type { NextRun } from './tool.js';

export type Risk = 'none' | 'reversible' | 'ddl' | 'destructive';

/**
 * A plan is data: what would be done, exactly, and what each step rests on. It is built from
 * a playbook and a diagnosis without looking at a clock, so that the same facts give the
 * same plan and the same digests.
 */
export interface Plan {
  readonly format: 1;
  readonly playbook: string;
  readonly title: string;
  readonly target: PlanTarget;
  /** Fingerprint of the facts it rests on. */
  readonly facts: string;
  readonly migrations: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  /** What the tool's next run should look like when all steps are done. */
  readonly predicts: NextRun;
  /** What the playbook cannot put right. */
  readonly warnings: readonly string[];
  /** For a second person to compare, see codeOf. */
  readonly code: string;
  /** Numbers and sessions as they were when it was made: they change by themselves, and nothing rests on them. */
  readonly seen?: readonly string[];
  /** It takes a step of an earlier session back, and is nothing of a playbook's. */
  readonly undoes?: EarlierStep;
}

/** A step of a session, by their ids. */
export interface EarlierStep {
  readonly session: string;
  readonly step: string;
}

export interface PlanTarget {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly identity: string | null;
}

interface StepBase {
  readonly id: string;
  readonly title: string;
  readonly risk: Risk;
  /** sha256 over everything in the step and the target: what was shown is what runs. */
  readonly digest: string;
  /** For the reader: why, or what to look at. May be empty. */
  readonly text: string;
}

export type Step =
  | (StepBase & { readonly kind: 'tell' })
  | (StepBase & { readonly kind: 'ask'; readonly answer: string })
  | (StepBase & { readonly kind: 'check'; readonly check: Check })
  | (StepBase & { readonly kind: 'write'; readonly write: Write })
  | (StepBase & { readonly kind: 'command'; readonly command: readonly string[] });

export type WriteStep = Extract<Step, { kind: 'write' }>;

export type Check =
  /** A SELECT (or several columns of one) whose rows, as text, must equal `expect`. */
  | {
      readonly type: 'sql';
      readonly title: string;
      readonly sql: string;
      readonly expect: readonly (readonly (string | null)[])[];
    }
  /** A file of the migrations folder that must have this sha256 (of its bytes); null: must not exist. */
  | {
      readonly type: 'file';
      readonly title: string;
      readonly path: string;
      readonly sha256: string | null;
    }
  /** Objects of the schema, compared by the definitions that the catalog reader gives. */
  | {
      readonly type: 'schema';
      readonly title: string;
      readonly objects: readonly ExpectedObject[];
    }
  /** The tool's next run must be as said, after the facts are read again. */
  | {
      readonly type: 'next-run';
      readonly title: string;
      readonly runs: readonly string[];
      readonly skips: readonly string[];
    };

/** `key` and `parts` as in the catalog: "column public.users.email". */
export type ExpectedObject =
  | { readonly key: string; readonly is: 'missing' }
  /** With these parts at least. */
  | { readonly key: string; readonly is: 'there'; readonly parts: CatalogObject['parts'] }
  /** With these parts and no other. */
  | { readonly key: string; readonly is: 'unchanged'; readonly parts: CatalogObject['parts'] };

export interface Statement {
  readonly sql: string;
  /** Where the text stands in a migration file, so that an error can be shown with line and caret. */
  readonly source: { readonly path: string; readonly offset: number } | null;
  /** Of a COPY ... TO STDOUT: the file in the session's folder that takes the rows. On the disk before COMMIT. */
  readonly copyTo?: string;
}

export type Write =
  /** All statements in one transaction: all or nothing. */
  | {
      readonly type: 'transaction';
      /** Another database of the plan's server: one cannot be renamed by who is connected to it. */
      readonly in?: PlanTarget;
      /** Databases to which nobody may be connected; nobody is ever ended for it. */
      readonly unused?: readonly string[];
      /**
       * Locked first, so that nobody writes between check and write; `"schema"."table"`, null
       * when the table is not there yet.
       */
      readonly lock: string | null;
      readonly before: readonly Check[];
      readonly statements: readonly Statement[];
      readonly after: readonly Check[];
      readonly undo: Undo;
    }
  /** One statement that PostgreSQL refuses inside a transaction. */
  | {
      readonly type: 'statement';
      readonly in?: PlanTarget;
      readonly before: readonly Check[];
      readonly statement: Statement;
      readonly after: readonly Check[];
      readonly undo: Undo;
    }
  /**
   * One statement again and again, each time in a transaction of its own, until it changes no
   * row. What a batch did stays; begun anew, the step goes on with the rows that are left.
   */
  | {
      readonly type: 'batches';
      readonly lock: string | null;
      /** Looked at in each batch. */
      readonly before: readonly Check[];
      /** May return for each row `still_open`: true where the row is as open as before, as a trigger can make it. */
      readonly statement: Statement;
      /** A SELECT of how many rows there are to be changed. */
      readonly count: string;
      /** Holds when no row is left: so it tells whether an interrupted step was done. */
      readonly after: readonly Check[];
      readonly undo: Undo;
    }
  /**
   * A backup into a database that is made for it. That has its name only when all is in it, by
   * the last transaction; until then it has the working name.
   */
  | {
      readonly type: 'restore';
      readonly in: PlanTarget;
      readonly backup: RestoredBackup;
      readonly database: string;
      readonly working: string;
      readonly before: readonly Check[];
      readonly create: Statement;
      /** In one transaction, when what was restored is compared. */
      readonly finish: readonly Statement[];
      readonly after: readonly Check[];
      readonly undo: Undo;
    }
  | {
      readonly type: 'file';
      readonly path: string;
      /** sha256 of the bytes it must have now; null: it must not exist. */
      readonly before: string | null;
      /** The whole new text, UTF-8; null: the file goes. */
      readonly after: string | null;
      /** sha256 of `after` as UTF-8 bytes; null where it goes. */
      readonly afterSha256: string | null;
    };

export interface RestoredBackup {
  /** Absolute. */
  readonly path: string;
  readonly format: 'custom' | 'directory' | 'plain';
  readonly sha256: string;
  /** sha256 of what stands beside it on what it holds; null: nothing does, and nothing is compared. */
  readonly manifest: string | null;
}

export type Undo =
  /** Statements that put the rows back; `before` must hold, else the world has moved on and undo refuses. */
  | {
      readonly type: 'sql';
      readonly in?: PlanTarget;
      readonly unused?: readonly string[];
      readonly lock: string | null;
      readonly before: readonly Check[];
      readonly statements: readonly Statement[];
    }
  /** One statement that PostgreSQL refuses inside a transaction. */
  | {
      readonly type: 'statement';
      readonly in: PlanTarget;
      readonly before: readonly Check[];
      readonly statement: Statement;
      readonly after: readonly Check[];
    }
  | { readonly type: 'none'; readonly why: string };

/** The operator's yes to one step as it was shown. */
export interface Confirmation {
  readonly step: string;
  readonly digest: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** The operating system's user, or what --operator says. */
  readonly by: string;
  /** What was typed, for destructive steps and for DDL. */
  readonly typed: string | null;
}

export type StepOutcome =
  | { readonly state: 'done'; readonly note: string; readonly xid: string | null }
  /** Nothing of this step is in the database or the file, but for what the message names. */
  | {
      readonly state: 'failed';
      readonly message: string;
      readonly detail: StepErrorDetail | null;
      readonly next: readonly string[];
    }
  | { readonly state: 'unknown'; readonly message: string; readonly next: readonly string[] }
  | { readonly state: 'notRun'; readonly why: string };

export interface StepErrorDetail {
  readonly sqlstate: string | null;
  /** File (or "statement"), 1-based line and column, and the line with a caret beneath it. */
  readonly at: {
    readonly path: string;
    readonly line: number;
    readonly column: number;
    readonly excerpt: string;
  } | null;
  readonly hint: string | null;
}

/**
 * Not a weaker mode: a migrator that could still read the history would see it without our
 * row, wait for us at the first lock we hold, and then run the same migration again.
 */
export function lockTable(quoted: string): string {
  return `LOCK TABLE ${quoted} IN ACCESS EXCLUSIVE MODE`;
}
