import { UserError } from '../core/errors.js';
import { locksOf } from '../core/lock-wait.js';
import type { ParsedStatement, SqlParser } from '../core/sql.js';
import type { Attempt, SqlWrite, WriteOptions, WriteResult } from './write-options.js';
import { failed, whereItRuns } from './write-options.js';
import { runBatches } from './write-batches.js';
import { readAhead } from './read-lock-wait.js';
import { runStatement } from './write-statement.js';
import { pause } from './write-status.js';
import { tryTransaction } from './write-transaction.js';

export type { WriteHooks, WriteOptions, WriteResult } from './write-options.js';

const LOCK_TRIES = 5;
/** Milliseconds before the second try; doubled for each further one. */
const BACKOFF = 250;

/**
 * The only way to the operator's database for anything but a SELECT. Never throws for what
 * the server, the network or the operator did: `done` means that the server said so, `failed`
 * that nothing of it is in the database (or what is, by name), `unknown` that nobody can tell
 * yet. A lock timeout is tried again, with growing pauses; every try has its own timeouts.
 */
export async function executeWrite(options: WriteOptions): Promise<WriteResult> {
  const { write } = options;
  await tellAhead(options);
  if (write.type === 'batches') {
    return runBatches({ ...options, write }, (batch) => attempted({ ...options, write: batch }));
  }
  const sent = options as WriteOptions<SentWrite>;
  const { outcome, returned } = await attempted(whereItRuns(sent, sent.write.in));
  return { outcome, returned };
}

type SentWrite = Exclude<SqlWrite, { type: 'batches' }>;

/** Who is in the way, before anything waits. Not being able to look does not stop the write. */
async function tellAhead(options: WriteOptions): Promise<void> {
  const { write, onAhead, signal } = options;
  const locks = options.locks ?? locksOf(write, null, null);
  if (onAhead === undefined || locks.length === 0 || signal?.aborted === true) return;
  const { url } = whereItRuns(options, 'in' in write ? write.in : undefined);
  const wait = await readAhead(url, locks).catch(() => null);
  if (wait !== null && wait.blockers.length > 0) onAhead(wait);
}

async function attempted(options: WriteOptions<SentWrite>): Promise<Attempt> {
  const prepared = prepare(options.write, options.parser);
  if ('refused' in prepared) return failed(prepared.refused, prepared.next);
  const tries = Math.max(1, options.lockTries ?? LOCK_TRIES);
  for (let number = 1; ; number++) {
    const attempt = await once(options, prepared.statement);
    if (!attempt.lockTimeout || number >= tries) return attempt;
    await pause(BACKOFF * 2 ** (number - 1) * (0.5 + options.random()), options.signal);
  }
}

async function once(
  options: WriteOptions<SentWrite>,
  statement: ParsedStatement | null,
): Promise<Attempt> {
  const { write } = options;
  try {
    if (write.type === 'transaction') return await tryTransaction({ ...options, write });
    if (statement === null) throw new Error('a statement write without its parsed statement');
    return await runStatement({ ...options, write }, statement);
  } catch (error) {
    // Connecting, or being who we were told: nothing has been sent yet.
    if (!(error instanceof UserError)) throw error;
    return failed(`${error.message.replace(/\.$/, '')}. Nothing was written.`, error.next);
  }
}

type Prepared =
  | { readonly statement: ParsedStatement | null }
  | { readonly refused: string; readonly next: readonly string[] };

/**
 * Refuses what would end our transaction, or cannot be in one, before anything is sent. Text
 * the parser does not understand goes through: the server says what is wrong with it, and the
 * transaction id is compared after each statement.
 */
function prepare(write: SentWrite, parser: SqlParser): Prepared {
  if (write.type === 'statement') {
    const split = parser.split(write.statement.sql);
    if (!split.ok) return refuse(`The statement does not parse: ${split.message}`);
    const [statement, second] = split.statements;
    if (statement === undefined || second !== undefined) {
      return refuse(
        `A step outside a transaction is one statement, not ${split.statements.length}`,
      );
    }
    if (statement.kind !== 'transaction-control') return { statement };
    return refuse(`${statement.label} is no step of its own`);
  }
  for (const [index, { sql }] of write.statements.entries()) {
    const split = parser.split(sql);
    const bad = split.ok && split.statements.find((found) => found.kind !== 'ordinary');
    if (!bad) continue;
    const which = `Statement ${index + 1} of ${write.statements.length} has ${bad.label}`;
    return bad.kind === 'transaction-control'
      ? refuse(`${which}, which would end the transaction half way`)
      : refuse(`${which}, which PostgreSQL refuses inside a transaction`);
  }
  return { statement: null };
}

function refuse(what: string): Prepared {
  return {
    refused: `${what}. Nothing was written.`,
    next: [
      'Change the migration, or make a new plan: it puts such statements into steps of their own.',
    ],
  };
}
