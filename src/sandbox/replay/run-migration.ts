import type { Change, ReplayError, ReplayedStatement } from '../../core/replay.js';
import { rewriteFor } from '../stand-ins/index.js';
import type { Collector } from './collector.js';
import type { Scanned } from './scan.js';
import type { Answer, Refusal, ReplaySession } from './session.js';

export interface RunOptions {
  readonly session: ReplaySession;
  readonly collector: Collector;
  /** Milliseconds for one statement that runs by itself, and for a whole file that runs in one piece. */
  readonly limit: number;
  /** Makes what a refused statement misses; false when there is nothing more to be made. */
  readonly mend: (refusal: Refusal, statement: Scanned) => Promise<boolean>;
  readonly errorOf: (refusal: Refusal, statement: Scanned) => Promise<ReplayError>;
  /** After each statement that is over. */
  readonly onStatement: (count: number) => void;
}

/**
 * Runs the statements of one migration. In one query string where that goes: a round trip a
 * file. Where one of them fails, or cannot be in a transaction, each by itself in autocommit:
 * what fails is noted, and the rest goes on.
 */
export async function runMigration(
  statements: readonly Scanned[],
  options: RunOptions,
): Promise<ReplayedStatement[]> {
  const done = inOnePiece(statements) ? await runAtOnce(statements, options) : null;
  if (done !== null) {
    options.onStatement(statements.length);
    return done;
  }
  return runSingly(statements, options);
}

function inOnePiece(statements: readonly Scanned[]): boolean {
  return (
    statements.every(({ parsed, skip, once }) => (skip || parsed.kind === 'ordinary') && !once) &&
    !statements.some(({ parsed }) => parsed.kind === 'transaction-control')
  );
}

/** null: something failed, and all of it was rolled back. */
async function runAtOnce(
  statements: readonly Scanned[],
  { session, collector, limit }: RunOptions,
): Promise<ReplayedStatement[] | null> {
  const runnable = statements.filter(({ skip }) => !skip);
  if (runnable.length === 0)
    return statements.map((statement) => noted(statement, [], notRun(statement)));
  // A statement may end in a comment: the semicolon stands on a line of its own.
  const sql = runnable
    .map(
      (statement) =>
        `${rewriteFor(statement.parsed.text)}\n;${collector.sql(statement.number, statement.reading)};`,
    )
    .join('\n');
  const answer = await session.run(sql, limit);
  if (!answer.ok) return null;
  const changes = collector.changes(answer.results);
  return statements.map((statement) =>
    noted(statement, changes.get(statement.number) ?? [], notRun(statement)),
  );
}

async function runSingly(
  statements: readonly Scanned[],
  options: RunOptions,
): Promise<ReplayedStatement[]> {
  const { session, collector } = options;
  const replayed: ReplayedStatement[] = [];
  const restore: string[] = [];
  for (const statement of statements) {
    if (statement.skip) {
      replayed.push(noted(statement, [], notRun(statement)));
      options.onStatement(1);
      continue;
    }
    if (statement.local !== null) restore.push(await settingOf(session, statement.local));
    let answer = await runOne(statement, options);
    while (!answer.ok && (await options.mend(answer.refusal, statement))) {
      answer = await runOne(statement, options);
    }
    const error = answer.ok ? null : await options.errorOf(answer.refusal, statement);
    // What fails half way outside a transaction leaves something behind that no trigger reported: an invalid index.
    const halfDone = error !== null && statement.parsed.kind === 'outside-transaction';
    const reading = halfDone ? 'everything' : statement.reading;
    const taken = await session.run(collector.sql(statement.number, reading), options.limit);
    const changes = taken.ok ? collector.changes(taken.results).get(statement.number) : undefined;
    replayed.push(noted(statement, changes ?? [], error));
    options.onStatement(1);
  }
  for (const sql of restore) if (sql !== '') await session.run(sql, options.limit);
  return replayed;
}

function notRun({ refused }: Scanned): ReplayError | null {
  if (refused === null) return null;
  const message = `not run in the sandbox, since ${refused}`;
  return { sqlstate: '0A000', message, redundant: false, names: [] };
}

/** SET LOCAL holds to the end of the file, as it would in the tool's transaction. */
async function runOne(statement: Scanned, { session, limit }: RunOptions): Promise<Answer> {
  const text = rewriteFor(statement.parsed.text);
  return session.run(
    statement.local === null ? text : text.replace(/\blocal\b/i, 'SESSION'),
    limit,
  );
}

async function settingOf(session: ReplaySession, name: string): Promise<string> {
  const literal = `'${name.replaceAll("'", "''")}'`;
  const answer = await session.run(
    `SELECT pg_catalog.format('SELECT pg_catalog.set_config(%L, %L, false)', ${literal}, pg_catalog.current_setting(${literal}, true)) AS sql`,
    10_000,
  );
  const row = answer.ok ? (answer.results[0]?.rows[0] as { sql?: string } | undefined) : undefined;
  return row?.sql ?? '';
}

function noted(
  { number, line, parsed, beyondCatalog }: Scanned,
  changes: readonly Change[],
  error: ReplayError | null,
): ReplayedStatement {
  const { text, label } = parsed;
  return { number, text, label, line, changes, beyondCatalog, error };
}
