import type { Blocker } from '../core/facts.js';
import type { LockAsked, LockWait } from '../core/lock-wait.js';
import type { PlanTarget, Statement, StepOutcome, Write } from '../core/plan.js';
import type { ReturnedRow } from '../core/run-log.js';
import type { SqlParser } from '../core/sql.js';
import { urlInto } from './url.js';
import type { FileReader } from './write-checks.js';
import type { Patience } from './write-status.js';

export type SqlWrite = Exclude<Write, { type: 'file' | 'restore' }>;

export interface BatchProgress {
  readonly done: number;
  readonly total: number | null;
}

export interface WriteOptions<W extends SqlWrite = SqlWrite> {
  readonly url: string;
  /** What the plan was made for; the server is asked again who it is. */
  readonly target: PlanTarget;
  readonly write: W;
  readonly hooks: WriteHooks;
  readonly parser: SqlParser;
  /** Milliseconds; a statement timeout of 0 is none. */
  readonly timeouts: { readonly lock: number; readonly statement: number };
  readonly files: FileReader;
  /** The session's folder: takes what is copied out. Absolute; where nothing is copied out it may be left out. */
  readonly keepIn?: string;
  /** From 0 to below 1; spreads the waits between tries. */
  readonly random: () => number;
  readonly signal?: AbortSignal;
  /** The locks that the write takes, as far as they are known; looked at before the first try. */
  readonly locks?: readonly LockAsked[];
  /** Whoever would be in the way; not called when nobody is. Nothing is waited for yet. */
  readonly onAhead?: (wait: LockWait) => void;
  /** While it waits, again and again. */
  readonly onWaiting?: (blockers: readonly Blocker[], wait: LockWait) => void;
  /** After each batch: rows that were changed so far, and how many there are; null: that is not known. */
  readonly onBatch?: (progress: BatchProgress) => void;
  /** How often a write that met a lock timeout is begun at all; 5 when not given. */
  readonly lockTries?: number;
  /** How long to ask for the fate of a write whose connection died; 20 times every half second when not given. */
  readonly patience?: Patience;
}

/** Called when something is about to become irrevocable; what they throw stops it. */
export interface WriteHooks {
  /** Right before COMMIT. What it wrote must be on the disk when it resolves. */
  beforeCommit(sent: {
    readonly xid: string;
    readonly life: string;
    readonly returned: readonly ReturnedRow[];
  }): Promise<void>;
  /**
   * Right before a statement outside a transaction. `telling`: its `after` checks do not hold yet.
   * The rest says which session of the server it runs in: see isStillThere in write-status.ts.
   */
  beforeStatement(sent: {
    readonly telling: boolean;
    readonly pid: number;
    readonly since: string;
  }): Promise<void>;
}

export interface WriteResult {
  readonly outcome: StepOutcome;
  /** Rows that RETURNING gave in pgmedic's own statements (those without a source). */
  readonly returned: readonly ReturnedRow[];
}

/** One try. `lockTimeout`: nothing was written, and it may be tried again. */
export type Attempt = WriteResult & {
  readonly lockTimeout: boolean;
  /** Rows that the last statement of a transaction changed; and those of them that say `still_open`. */
  readonly affected?: number;
  readonly stillOpen?: number;
};

/** A write that is done from another database of the server goes there. */
export function whereItRuns<T extends Pick<WriteOptions, 'url' | 'target'>>(
  options: T,
  at: PlanTarget | undefined,
): T {
  if (at === undefined) return options;
  return { ...options, url: urlInto(options.url, at.database), target: at };
}

export const DEFAULT_PATIENCE: Patience = { tries: 20, pause: 500 };

export function failed(message: string, next: readonly string[] = []): Attempt {
  return settledAs({ state: 'failed', message, detail: null, next });
}

export function unknown(message: string, next: readonly string[]): Attempt {
  return settledAs({ state: 'unknown', message, next });
}

export function settledAs(outcome: StepOutcome, returned: readonly ReturnedRow[] = []): Attempt {
  return { outcome, returned, lockTimeout: false };
}

export async function textOf(
  statement: Statement | null,
  files: FileReader,
): Promise<string | null> {
  if (statement === null || statement.source === null) return null;
  return files.text(statement.source.path).catch(() => null);
}

/** Milliseconds after which a query that was to end by itself counts as lost. */
export function answerWithin(timeouts: {
  readonly lock: number;
  readonly statement: number;
}): number {
  return timeouts.statement === 0 ? 0 : timeouts.statement + 30_000;
}
