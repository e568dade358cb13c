import { UserError } from '../core/errors.js';

export interface StallWatch {
  /** Aborts as the operator's does, and when nothing has come for too long; its reason says which. */
  readonly signal: AbortSignal;
  /** Something has come. */
  alive(): void;
  end(): void;
}

/** Stops what has sent nothing for `patience` milliseconds. */
export function watchStall(signal: AbortSignal, patience: number): StallWatch {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(silent(patience)), patience);
  return {
    signal: AbortSignal.any([signal, stalled.signal]),
    alive: () => void (stalled.signal.aborted || timer.refresh()),
    end: () => clearTimeout(timer),
  };
}

function silent(patience: number): UserError {
  return new UserError(
    `pg_dump has sent nothing for ${Math.round(patience / 1000)} seconds, so it was stopped.`,
    [
      "See in pg_stat_activity what the session 'pgmedic schema' or 'pgmedic dump' waits for: a lock on a view, as a rule. Then try again.",
    ],
  );
}
