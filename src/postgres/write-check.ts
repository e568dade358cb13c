import { UserError, messageOf } from '../core/errors.js';
import type { Check, PlanTarget } from '../core/plan.js';
import type { SqlParser } from '../core/sql.js';
import { firstBroken, type FileReader } from './write-checks.js';
import { openWriteSession, type WriteSession } from './write-session.js';

export interface CheckOptions {
  readonly url: string;
  readonly target: PlanTarget;
  readonly checks: readonly Check[];
  readonly files: FileReader;
  readonly parser: SqlParser;
  /** Milliseconds; 0 is none. */
  readonly statementTimeout: number;
}

/**
 * The first check that does not hold, in words; null when all do. In a READ ONLY transaction
 * of its own, on the very server the plan names.
 * @throws UserError when it could not be looked at
 */
export async function checkOnly(options: CheckOptions): Promise<string | null> {
  const { checks, parser, files } = options;
  return readOnly(options, ({ rows }) => firstBroken(checks, { rows, parser, files }));
}

/** @throws UserError when it could not be looked at */
export async function readOnly<T>(
  options: Pick<CheckOptions, 'url' | 'target' | 'statementTimeout'>,
  look: (session: WriteSession) => Promise<T>,
): Promise<T> {
  const { url, target, statementTimeout } = options;
  const session = await openWriteSession(
    url,
    target,
    statementTimeout && statementTimeout + 30_000,
  );
  try {
    await session.send('BEGIN READ ONLY');
    await session.send(`SET LOCAL statement_timeout = ${Math.trunc(statementTimeout)}`);
    return await look(session);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`The check could not be made: ${messageOf(error)}.`, [], { cause: error });
  } finally {
    await session.close();
  }
}
