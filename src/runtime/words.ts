import { UserError, messageOf } from '../core/errors.js';

/** Anything thrown, as a face tells it. */
export function words(error: unknown): {
  readonly message: string;
  readonly next: readonly string[];
} {
  if (error instanceof UserError) return { message: error.message, next: error.next };
  return {
    message: `A mistake in pgmedic itself: ${messageOf(error)}`,
    next: ['Please report it. What was done so far stands in the run log.'],
  };
}
