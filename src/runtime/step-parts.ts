import { UserError, messageOf } from '../core/errors.js';
import type { StepOutcome } from '../core/plan.js';
import type { SqlParser } from '../core/sql.js';
import { fileSha, fileText } from '../files/edit.js';
import type { RunLog } from '../files/run-log.js';
import type { RunLock } from '../postgres/run-lock.js';
import type { FileReader } from '../postgres/write-checks.js';
import type { WriteHooks, WriteOptions } from '../postgres/writer.js';

/** What every write of a session has in common. */
export interface WriteGround {
  readonly log: RunLog;
  readonly url: string;
  /** The migrations folder, absolute. */
  readonly root: string;
  /** The session's folder, for the original bytes of files; beside it are the other sessions'. */
  readonly keepIn: string;
  /** Held from a plan's first write to its end; whoever made it releases it. */
  readonly lock: RunLock;
  readonly parser: SqlParser;
  readonly timeouts: WriteOptions['timeouts'];
  readonly random: () => number;
  /** Nothing may be written, whatever was confirmed. */
  readonly readOnly?: boolean;
  readonly signal?: AbortSignal;
  readonly locks?: NonNullable<WriteOptions['locks']>;
  readonly onAhead?: NonNullable<WriteOptions['onAhead']>;
  readonly onWaiting?: NonNullable<WriteOptions['onWaiting']>;
  readonly onBatch?: NonNullable<WriteOptions['onBatch']>;
  readonly lockTries?: number;
  readonly patience?: NonNullable<WriteOptions['patience']>;
}

/** The part of the ground that the writer takes as it is. */
export function writerOptions(ground: WriteGround) {
  const { url, parser, timeouts, random, signal, lockTries, patience } = ground;
  const { locks, onAhead, onWaiting, onBatch } = ground;
  return {
    url,
    parser,
    timeouts,
    random,
    files: readerOf(ground.root),
    keepIn: ground.keepIn,
    ...(signal && { signal }),
    ...(locks && { locks }),
    ...(onAhead && { onAhead }),
    ...(onWaiting && { onWaiting }),
    ...(onBatch && { onBatch }),
    ...(lockTries !== undefined && { lockTries }),
    ...(patience && { patience }),
  };
}

export function readerOf(root: string): FileReader {
  return { sha: (path) => fileSha(root, path), text: (path) => fileText(root, path) };
}

/** Puts on the disk what has to be there before a write can no longer be taken back. */
export function loggingHooks(log: RunLog, step: string): WriteHooks {
  return {
    beforeCommit: async (sent) => void (await log.append({ type: 'xid', step, ...sent })),
    beforeStatement: async (sent) => void (await log.append({ type: 'sent', step, ...sent })),
  };
}

/** Writes down an outcome that is a fact by now: a log that cannot take it does not change it. */
export async function recorded(
  outcome: StepOutcome,
  append: () => Promise<unknown>,
): Promise<StepOutcome> {
  try {
    await append();
    return outcome;
  } catch (error) {
    const missing = `The run log does not have this outcome: ${messageOf(error)}`;
    if (outcome.state === 'done') return { ...outcome, note: `${outcome.note}. ${missing}` };
    if (outcome.state === 'notRun') return { ...outcome, why: `${outcome.why} ${missing}` };
    return { ...outcome, next: [...outcome.next, missing] };
  }
}

/** A refusal by what could not be looked at, as an outcome. */
export function failedBy(error: unknown): StepOutcome {
  if (!(error instanceof UserError)) throw error;
  return { state: 'failed', message: error.message, detail: null, next: error.next };
}
