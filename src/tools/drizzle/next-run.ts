import type { Folder, History, StampedRow } from '../../core/facts.js';
import type { NextRun, RunFailure } from '../../core/tool.js';
import { tableName } from '../../core/tool.js';
import { match, stampedRows } from './match.js';

/** An entry as the migrator sees it; `when` is whatever the JSON holds. */
interface Listed {
  readonly tag: string;
  readonly when: unknown;
}

/**
 * What drizzle-orm 0.x's migrator would do: readMigrationFiles of its migrator.js, then migrate of
 * pg-core/dialect.js. It reads every listed file before it connects, asks once for the row with the
 * greatest stamp, and runs each entry whose `when` is greater: all in one transaction.
 * `runs` names what it sets about; when `fails` names one of them, nothing of it stays.
 */
export function nextRun(folder: Folder, history: History | null): NextRun {
  const listed = listEntries(folder);
  if ('message' in listed) return { runs: [], skips: [], fails: listed };
  const rows = stampedRows(history);
  const last = threshold(rows);
  const runs = listed.filter(({ when }) => wouldRun(when, last));
  const ran = new Set(runs.map(({ tag }) => tag));
  const recorded = history === null ? new Map() : match(folder, history).recorded;
  const skips = new Set(
    listed.map(({ tag }) => tag).filter((tag) => !ran.has(tag) && !recorded.has(tag)),
  );
  return {
    runs: runs.map(({ tag }) => tag),
    skips: [...skips],
    fails: firstFailure(runs, history),
  };
}

/** The row that decides: `ORDER BY created_at DESC LIMIT 1`, where NULL comes first and NaN next. Its stamp as a number; null without rows. */
function threshold(rows: readonly StampedRow[]): number | null {
  if (rows.length === 0) return null;
  if (rows.some(({ stamp }) => stamp === null)) return Number(null);
  const stamps = rows.map(({ stamp }) => Number(stamp));
  return stamps.some(Number.isNaN) ? Number.NaN : stamps.reduce((a, b) => Math.max(a, b));
}

function wouldRun(when: unknown, last: number | null): boolean {
  // The migrator compares without looking at the type: JavaScript's own rules decide here too.
  return last === null || last < (when as number);
}

function listEntries(folder: Folder): Listed[] | RunFailure {
  const refuse = (message: string, migration: string | null = null): RunFailure => ({
    migration,
    statement: null,
    sqlstate: null,
    message,
  });
  if (folder.journal === null || folder.journal.state === 'missing') {
    return refuse("Can't find meta/_journal.json file");
  }
  const { text, path } = folder.journal;
  const unreadable = folder.unreadable.find((each) => each.path === path || each.path === 'meta');
  if (unreadable !== undefined) return refuse(`${unreadable.path}: ${unreadable.reason}`);
  const there = new Set(folder.migrations.flatMap(({ id, file }) => (file === null ? [] : [id])));
  const listed: Listed[] = [];
  let missing: string | null = null;
  try {
    // The names are the migrator's: the engine writes them into its messages.
    const journal = JSON.parse(text) as { entries: Iterable<{ tag: unknown; when: unknown }> };
    for (const journalEntry of journal.entries) {
      const tag = String(journalEntry.tag);
      missing ??= there.has(tag) ? null : tag;
      if (missing !== null) break;
      listed.push({ tag, when: journalEntry.when });
    }
  } catch (error) {
    return refuse((error as Error).message);
  }
  if (missing === null) return listed;
  const large = folder.unreadable.find((each) => each.path === `${missing}.sql`);
  if (large?.reason.includes('too large')) return refuse(`${large.path}: ${large.reason}`, missing);
  return refuse(`No file ${folder.path}/${missing}.sql found in ${folder.path} folder`, missing);
}

/** The first INSERT into the history table that PostgreSQL would refuse, whatever the migrations themselves do. */
function firstFailure(runs: readonly Listed[], history: History | null): RunFailure | null {
  const table = history?.table ?? history?.expected;
  const ids = new Set(history?.rows.map(({ id }) => id));
  for (const [position, { tag, when }] of runs.entries()) {
    const next = history?.sequence == null ? null : String(history.sequence.next + position);
    const refused =
      refusedStamp(when) ??
      (next !== null && ids.has(next)
        ? {
            sqlstate: '23505',
            message: `duplicate key value violates unique constraint "${table?.table}_pkey"`,
          }
        : null);
    if (refused !== null) {
      const into = table === undefined ? 'the history table' : tableName(table);
      return {
        migration: tag,
        statement: `insert into ${into} ("hash", "created_at")`,
        ...refused,
      };
    }
  }
  return null;
}

/** Why `created_at bigint` does not take a journal's `when`; null when it does. */
function refusedStamp(when: unknown): { sqlstate: string; message: string } | null {
  // drizzle-orm leaves an undefined value out of the SQL: `values ($1, )`.
  if (when === undefined) return { sqlstate: '42601', message: 'syntax error at or near ")"' };
  if (when === null) return null;
  const text = typeof when === 'string' ? when : JSON.stringify(when);
  if (!/^\s*[+-]?\d+\s*$/.test(text)) {
    return { sqlstate: '22P02', message: `invalid input syntax for type bigint: "${text}"` };
  }
  if (
    BigInt.asIntN(64, BigInt(text.trim().replace('+', ''))) === BigInt(text.trim().replace('+', ''))
  )
    return null;
  return { sqlstate: '22003', message: `value "${text}" is out of range for type bigint` };
}
