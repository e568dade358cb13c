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
      const offset = chunk.offset + Math.max(lead, 0);
      number += 1;
      return [{ run, number, text: chunk.text, label: 'statement', offset, parsed: null }];
    }
    return split.statements.map((parsed): Placed => {
      number += 1;
      const { text, label } = parsed;
      return { run, number, text, label, offset: chunk.offset + parsed.offset, parsed };
    });
  });
}

/** Runs all as the tool runs them, up to the first that fails. Leaves the session where that left it. */
export async function runAll(
  session: pg.Client,
  input: Pick<RehearsalInput, 'runs' | 'atomicity' | 'parser' | 'signal'>,
  watcher: Watcher,
): Promise<Failed | null> {
  const { runs, atomicity, parser, signal } = input;
  const step = async (run: PlannedRun, sql: string): Promise<Failed | null> => {
    const error = await attempt(session, sql);
    return error === null ? null : { at: null, run, own: sql, error };
  };
  const [first] = runs;
  const last = runs.at(-1);
  if (first === undefined || last === undefined) return null;
  if (atomicity === 'all pending') await session.query('BEGIN');
  for (const run of runs) {
    if (atomicity === 'each migration') await session.query('BEGIN');
    for (const whole of placed(run, parser)) {
      signal.throwIfAborted();
      const block = whole.length > 1 || inTransaction(session);
      const chunk = whole.filter((one) => !watcher.leavesOut(one, block));
      const failed = await runChunk(session, chunk, whole.length === 1, watcher);
      if (failed !== null) return failed;
    }
    const failed =
      (run.record === null ? null : await step(run, run.record)) ??
      (atomicity === 'each migration' ? await step(run, 'COMMIT') : null);
    if (failed !== null) return failed;
  }
  return atomicity === 'all pending' ? step(last, 'COMMIT') : null;
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
