import { sourceOffset } from '../../core/tool.js';
import type pg from 'pg';
import type { ParsedStatement, SqlParser } from '../../core/sql.js';
import type { Held } from './measure.js';
import { attempt, goesAlone, inTransaction, send, sendAlone, type ServerError } from './send.js';
import type { PlannedRun, RehearsalInput } from './types.js';

/** A statement of a migration, with its place. */
export interface Placed {
  readonly run: PlannedRun;
  /** From 1, in the whole file. */
  readonly number: number;
  readonly text: string;
  readonly label: string;
  /** Offset in the file's text, UTF-16 units. */
  readonly offset: number;
  /** Null: its chunk does not parse, and is sent as it is. */
  readonly parsed: ParsedStatement | null;
}

/** What did not go through. `own`: a step of the tool itself, or the COMMIT around it. */
export interface Failed {
  readonly at: Placed | null;
  readonly run: PlannedRun;
  readonly own: string | null;
  readonly error: ServerError;
}

export interface Watcher {
  /** Whether a statement is left out, because of what it would reach. `block`: in a transaction block. */
  leavesOut(statement: Placed, block: boolean): boolean;
  /** Before a statement is sent; a failure that it gives back is that of the statement, which is not sent then. */
  before(statement: Placed): Promise<ServerError | null>;
  after(statement: Placed, held: readonly Held[]): void;
}

/** The statements of a migration, chunk by chunk, as the tool sends them. */
export function placed(run: PlannedRun, parser: SqlParser): readonly (readonly Placed[])[] {
  let number = 0;
  return run.chunks.map((chunk) => {
    const split = parser.split(chunk.text);
    if (!split.ok) {
      const lead = chunk.text.search(/\S/);
      const offset = sourceOffset(chunk, Math.max(lead, 0));
      number += 1;
      return [{ run, number, text: chunk.text, label: 'statement', offset, parsed: null }];
    }
    return split.statements.map((parsed): Placed => {
      number += 1;
      const { text, label } = parsed;
      return { run, number, text, label, offset: sourceOffset(chunk, parsed.offset), parsed };
    });
  });
}

/**
 * Whether the tool takes this for no failure: then the transaction is over, and the migration is
 * recorded all the same.
 */
export type Swallow = (failed: Failed) => Promise<boolean>;

/** Runs all as the tool runs them, up to the first that fails. Leaves the session where that left it. */
export async function runAll(
  session: pg.Client,
  input: Pick<RehearsalInput, 'runs' | 'atomicity' | 'parser' | 'signal'>,
  watcher: Watcher,
  swallow: Swallow = async () => false,
): Promise<Failed | null> {
  const { runs, atomicity } = input;
  const last = runs.at(-1);
  if (last === undefined) return null;
  const together = atomicity === 'all pending';
  if (together) await session.query('BEGIN');
  for (const run of runs) {
    const whole = atomicity === 'each migration' && !run.bare;
    const parts = together && run.bare;
    const failed =
      (parts ? await ownStep(session, run, 'COMMIT') : null) ??
      (await runOne(session, input, watcher, run, whole));
    if (parts && failed === null) await session.query('BEGIN');
    if (failed === null) continue;
    if (!whole || !(await swallow(failed))) return failed;
    const again = run.record === null ? null : await ownStep(session, run, run.record);
    if (again !== null) return again;
  }
  return together ? ownStep(session, last, 'COMMIT') : null;
}

/** `whole`: in a transaction of its own. */
async function runOne(
  session: pg.Client,
  { parser, signal }: Pick<RehearsalInput, 'parser' | 'signal'>,
  watcher: Watcher,
  run: PlannedRun,
  whole: boolean,
): Promise<Failed | null> {
  if (whole) await session.query('BEGIN');
  for (const statements of placed(run, parser)) {
    signal.throwIfAborted();
    const block = statements.length > 1 || inTransaction(session);
    const chunk = statements.filter((one) => !watcher.leavesOut(one, block));
    const failed = await runChunk(session, chunk, statements.length === 1, watcher);
    if (failed !== null) return failed;
  }
  return (
    (run.record === null ? null : await ownStep(session, run, run.record)) ??
    (whole ? await ownStep(session, run, 'COMMIT') : null)
  );
}

async function ownStep(session: pg.Client, run: PlannedRun, sql: string): Promise<Failed | null> {
  const error = await attempt(session, sql);
  return error === null ? null : { at: null, run, own: sql, error };
}

async function runChunk(
  session: pg.Client,
  chunk: readonly Placed[],
  alone: boolean,
  watcher: Watcher,
): Promise<Failed | null> {
  for (let at = 0; at < chunk.length;) {
    const batch = inTransaction(session) ? chunk.slice(at, at + 1) : chunk.slice(at);
    for (const statement of batch) {
      const error = await watcher.before(statement);
      if (error !== null) return { at: statement, run: statement.run, own: null, error };
    }
    const [only] = batch;
    // The last of a chunk is not alone: PostgreSQL takes the whole message for a transaction.
    const { held, error } =
      alone && only !== undefined && (only.parsed === null || goesAlone(only.parsed))
        ? await sendAlone(session, only.text)
        : await send(
            session,
            batch.map(({ text }) => text),
          );
    for (const [index, one] of held.entries()) {
      const statement = batch[index];
      if (statement !== undefined) watcher.after(statement, one);
    }
    const failing = batch[Math.min(held.length, batch.length - 1)];
    if (error !== null && failing !== undefined)
      return { at: failing, run: failing.run, own: null, error };
    at += batch.length;
  }
  return null;
}
