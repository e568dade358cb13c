import { UserError, messageOf } from '../core/errors.js';
import type { Write } from '../core/plan.js';
import { quoteIdent, quoteLiteral } from '../core/tool.js';
import { adviceFor, explainStatementError, isServerAnswer } from './statement-error.js';
import { urlInto } from './url.js';
import { cancelOn } from './write-cancel.js';
import { firstBroken } from './write-checks.js';
import type { Attempt, WriteOptions, WriteResult } from './write-options.js';
import { answerWithin, failed, settledAs, whereItRuns } from './write-options.js';
import { executeWrite } from './writer.js';
import { openWriteSession } from './write-session.js';

export type RestoreOptions = Omit<WriteOptions, 'write'> & {
  readonly write: Extract<Write, { type: 'restore' }>;
  /** Restores into the empty database of this URL and compares; resolves to what was found, in words. */
  readonly fill: (url: string) => Promise<string>;
};

/**
 * Makes the new database under its working name, has it filled and compared, and gives it its
 * name in the last transaction. On any failure, and when the signal aborts, what was made is
 * dropped again; what cannot be dropped is named. The live database is connected to by none of it.
 * Never throws for what server, network or file did, as executeWrite.
 */
export async function executeRestore(given: RestoreOptions): Promise<WriteResult> {
  const options = whereItRuns(given, given.write.in);
  const { write, signal } = options;
  const made = await create(options);
  if ('outcome' in made) return made;
  let found: string;
  try {
    found = await options.fill(urlInto(options.url, write.working));
    signal?.throwIfAborted();
  } catch (error) {
    const dropped = await drop(options, made.oid);
    if (signal?.aborted === true) return failed(`Cancelled. ${dropped.words}`, dropped.next);
    const next = error instanceof UserError ? error.next : [];
    const message = messageOf(error).replace(/\.$/, '');
    return failed(`${message}. ${dropped.words}`, [...next, ...dropped.next]);
  }
  const { outcome, returned } = await executeWrite({
    ...options,
    write: {
      type: 'transaction',
      lock: null,
      before: [still(write.working, made.oid), ...write.before.slice(0, 1)],
      unused: [write.working],
      statements: write.finish,
      after: write.after,
      undo: { type: 'none', why: 'it is a part of a step' },
    },
  });
  if (outcome.state === 'done') {
    return { outcome: { ...outcome, note: `${found}; ${outcome.note}` }, returned };
  }
  if (outcome.state !== 'failed') return { outcome, returned };
  const dropped = await drop(options, made.oid);
  const message = `${outcome.message} ${dropped.words}`;
  return { outcome: { ...outcome, message, next: [...outcome.next, ...dropped.next] }, returned };
}

/** The empty database, and the number by which it is known from now on. */
async function create(options: RestoreOptions): Promise<{ readonly oid: string } | Attempt> {
  const { url, target, write, timeouts, signal, parser, files, hooks } = options;
  if (signal?.aborted === true) return failed('Cancelled. Nothing was made.');
  let sent = false;
  try {
    const session = await openWriteSession(url, target, answerWithin(timeouts));
    const cancelling = cancelOn(signal, url, session.pid);
    try {
      await session.send(`SET statement_timeout = ${Math.trunc(timeouts.statement)}`);
      await session.send(`SET lock_timeout = ${Math.trunc(timeouts.lock)}`);
      const broken = await firstBroken(write.before, { rows: session.rows, parser, files });
      if (broken !== null) {
        return failed(`${broken}: someone else made it. Nothing was made.`, [
          'Read everything again and make a new plan.',
        ]);
      }
      if (cancelling.asked) return failed('Cancelled. Nothing was made.');
      await hooks.beforeStatement({ telling: true, pid: session.pid, since: session.since });
      sent = true;
      await session.send(write.create.sql);
      const [[oid] = []] = await session.rows(oidSql(write.working));
      return { oid: oid ?? '' };
    } finally {
      await cancelling.disarm();
      cancelling.close();
      await session.close();
    }
  } catch (error) {
    if (isServerAnswer(error)) {
      const { message, detail } = explainStatementError(error, write.create, null);
      const next = adviceFor(error.code);
      return settledAs({ state: 'failed', message: `${message}. Nothing was made.`, detail, next });
    }
    const next = error instanceof UserError ? error.next : [];
    const message = messageOf(error).replace(/\.$/, '');
    if (!sent) return failed(`${message}. Nothing was made.`, next);
    return failed(
      `The connection was lost while the new database was made (${message}).`,
      leftBehind(write.working),
    );
  }
}

/** Takes away what was made here, if it is still that. */
async function drop(
  { url, target, write, timeouts }: RestoreOptions,
  oid: string,
): Promise<{ readonly words: string; readonly next: readonly string[] }> {
  const { working } = write;
  try {
    const session = await openWriteSession(url, target, answerWithin(timeouts));
    try {
      const [[found] = []] = await session.rows(oidSql(working));
      if (found === oid) await session.send(`DROP DATABASE ${quoteIdent(working)}`);
      return { words: 'What was made of the new database was dropped again.', next: [] };
    } finally {
      await session.close();
    }
  } catch (error) {
    return {
      words: `${working}, which holds a part of the backup, could not be dropped (${messageOf(error)}).`,
      next: leftBehind(working),
    };
  }
}

function leftBehind(working: string): readonly string[] {
  return [`If it is there, and nothing works in it: DROP DATABASE ${quoteIdent(working)};`];
}

function oidSql(name: string): string {
  return `SELECT oid::text FROM pg_catalog.pg_database WHERE datname = ${quoteLiteral(name)}`;
}

function still(name: string, oid: string) {
  const title = `${name} is the one that was filled`;
  return { type: 'sql', title, sql: oidSql(name), expect: [[oid]] } as const;
}
