/**
 * A condition the operator can act on: bad input, an unreachable server, a refused write.
 * It is shown as its message and `next`, never with a stack trace. Anything else that is
 * thrown is a bug of ours and is reported as one.
 */
export class UserError extends Error {
  override readonly name = 'UserError';
  /** What to do next, one sentence each; secrets never appear here. */
  readonly next: readonly string[];

  constructor(message: string, next: readonly string[] = [], options?: { cause?: unknown }) {
    super(message, options);
    this.next = next;
  }
}

/** The text of anything thrown, without a stack. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '' && error.errors.length > 0) {
    return messageOf(error.errors[0]);
  }
  return error instanceof Error ? error.message : String(error);
}
