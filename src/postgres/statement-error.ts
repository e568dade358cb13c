import pg from 'pg';
import { lineAt } from '../core/lines.js';
import type { Statement, StepErrorDetail } from '../core/plan.js';
import { unitsOf } from './parse.js';

/** Wider excerpts do not fit a terminal. */
const WIDTH = 110;

/** What the server says against a statement, in one sentence and with its place. */
export function explainStatementError(
  error: pg.DatabaseError,
  statement: Statement | null,
  /** The whole text of the statement's file, where it can be read. */
  fileText: string | null,
): { readonly message: string; readonly detail: StepErrorDetail } {
  const detail = error.detail === undefined ? '' : ` (${error.detail})`;
  const within = error.where === undefined ? null : `In: ${error.where.split('\n')[0]}`;
  const hint = [error.hint, within].filter((line) => line != null).join('\n');
  return {
    message: `${error.message}${detail}`,
    detail: {
      sqlstate: error.code ?? null,
      at: statement === null ? null : placeOf(statement, error.position, fileText),
      hint: hint === '' ? null : hint,
    },
  };
}

/**
 * The server's `position` counts characters (code points) from 1 in the text that was sent.
 * Without one (a constraint, an error in a function) the statement's own beginning is shown.
 */
function placeOf(
  statement: Statement,
  position: string | undefined,
  fileText: string | null,
): StepErrorDetail['at'] {
  const { sql, source } = statement;
  const start = position === undefined ? sql.search(/[^ \t\n\r\f\v]/) : -1;
  const units = start >= 0 ? start : unitsOf(sql, Number(position ?? 1) - 1);
  // A file that was changed since then would show the caret under something else.
  const inFile = source !== null && fileText !== null && fileText.startsWith(sql, source.offset);
  const text = inFile ? fileText : sql;
  const place = lineAt(text, inFile ? source.offset + units : units);
  return {
    path: inFile ? source.path : 'statement',
    line: place.line,
    column: place.column,
    excerpt: clipped(place.excerpt, place.column),
  };
}

/** Cuts a long line down to what stands around the caret. */
function clipped(excerpt: string, column: number): string {
  const [line = '', caret = ''] = excerpt.split('\n');
  if (line.length <= WIDTH) return excerpt;
  const from = Math.max(0, Math.min(column - 1 - WIDTH / 2, line.length - WIDTH));
  const left = from > 0 ? '...' : '';
  const right = from + WIDTH < line.length ? '...' : '';
  const padding = ' '.repeat(left.length);
  return `${left}${line.slice(from, from + WIDTH)}${right}\n${padding}${caret.slice(from)}`;
}

/** An answer of the server, as against a connection that went away. */
export function isServerAnswer(error: unknown): error is pg.DatabaseError {
  return error instanceof pg.DatabaseError && /^[0-9A-Z]{5}$/.test(error.code ?? '');
}

/** What to do about a failed statement, by SQLSTATE. */
export function adviceFor(sqlstate: string | undefined): readonly string[] {
  switch (sqlstate) {
    case '57014':
      return ['It took longer than the statement timeout: look at the server, or allow more time.'];
    case '42501':
      return ['Connect as a role that may do this, or grant the privilege; then read again.'];
    case '25006':
      return ['Connect to the primary, as a role that may write.'];
    case '40P01':
    case '40001':
      return ['Another session was in the way: run the step again.'];
    case '53100':
      return ['Make room on the server.'];
    default:
      return [
        'Nothing of this step is in the database: put right what the message names, then read everything again.',
      ];
  }
}
