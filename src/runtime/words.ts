import { UserError, messageOf } from '../core/errors.js';
import { sqlstateOf } from '../postgres/reading-transaction.js';

/** Anything thrown, as a face tells it. */
export function words(error: unknown): {
  readonly message: string;
  readonly next: readonly string[];
} {
  if (error instanceof UserError) return { message: error.message, next: error.next };
  // A reading that met somebody's lock, wherever that was.
  if (sqlstateOf(error) === '55P03') {
    return {
      message: `A table is locked by another session and cannot be read: ${messageOf(error)}.`,
      next: ['See in pg_locks and pg_stat_activity whose lock it is, and let that session finish.'],
    };
  }
  return {
    message: `A mistake in pgmedic itself: ${messageOf(error)}`,
    next: ['Please report it. What was done so far stands in the run log.'],
  };
}
