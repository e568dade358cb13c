import { UserError, messageOf } from '../core/errors.js';
import type { Check } from '../core/plan.js';
import type { SqlParser } from '../core/sql.js';
import { schemaBroken } from './write-schema-check.js';
import type { TextRow, WriteSession } from './write-session.js';

/** What a check may ask: the session it runs in, and the operator's files. */
export interface CheckWith {
  readonly rows: WriteSession['rows'];
  readonly parser: SqlParser;
  readonly files: FileReader;
}

/** The migrations folder, for reading. */
export interface FileReader {
  /** sha256 of a file's bytes; null when there is none. */
  sha(path: string): Promise<string | null>;
  /** A file's text, as migrations are decoded; null when it cannot be read. */
  text(path: string): Promise<string | null>;
}

/**
 * The first check that does not hold, in words; null when all do.
 * @throws what the connection throws
 */
export async function firstBroken(
  checks: readonly Check[],
  ask: CheckWith,
): Promise<string | null> {
  for (const check of checks) {
    const broken = await brokenBy(check, ask);
    if (broken !== null) return broken;
  }
  return null;
}

async function brokenBy(check: Check, ask: CheckWith): Promise<string | null> {
  switch (check.type) {
    case 'sql': {
      refuseOtherThanOneQuery(check, ask.parser);
      const found = await ask.rows(check.sql);
      if (same(found, check.expect)) return null;
      return `"${check.title}" does not hold: expected ${shown(check.expect)}, found ${shown(found)}`;
    }
    case 'file': {
      const found = await readSha(check.path, ask.files);
      if (found === check.sha256) return null;
      const is = found === null ? 'is not there' : 'has other content';
      return `"${check.title}" does not hold: ${check.path} ${is}`;
    }
    case 'schema':
      return schemaBroken(check, ask.rows);
    case 'next-run':
      throw new UserError(
        `"${check.title}" cannot be checked within a write: the next run is known only after everything is read again.`,
        ['Make it a check step of its own behind the write.'],
      );
  }
}

/** A check with a second statement in it could write, or end the transaction it runs in. */
function refuseOtherThanOneQuery(check: Extract<Check, { type: 'sql' }>, parser: SqlParser): void {
  const split = parser.split(check.sql);
  const [statement] = split.ok ? split.statements : [];
  const one = split.ok && split.statements.length === 1;
  if (one && /^(select|with|values|table|show)\b|^\(/i.test(statement?.text ?? '')) return;
  throw new UserError(`"${check.title}" is not one SELECT.`, [
    'Write the check as a single SELECT; it is run in the writing transaction.',
  ]);
}

async function readSha(path: string, files: FileReader): Promise<string | null> {
  try {
    return await files.sha(path);
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${messageOf(error)}.`, [], { cause: error });
  }
}

function same(found: readonly TextRow[], expected: readonly TextRow[]): boolean {
  return JSON.stringify(found) === JSON.stringify(expected);
}

function shown(rows: readonly TextRow[]): string {
  if (rows.length === 0) return 'no row';
  const text = rows
    .slice(0, 3)
    .map((row) => row.map((value) => value ?? 'NULL').join(', '))
    .join(' | ');
  const more = rows.length > 3 ? ` and ${rows.length - 3} more rows` : '';
  return text.length > 200 ? `${text.slice(0, 200)}...${more}` : `${text}${more}`;
}
