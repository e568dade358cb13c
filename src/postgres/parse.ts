import { hasSqlDetails, loadModule, parseSync } from 'libpg-query';
import { messageOf } from '../core/errors.js';
import type { ParsedStatement, SplitResult, SqlParser } from '../core/sql.js';
import { assignmentsOf, demandsOf, notAnExpression, withOnDelete } from './parse-demands.js';
import { effectsOf, widthOf } from './parse-effects.js';
import { evidenceOf } from './statement-evidence.js';
import { lossOf, unseenIn } from './statement-loss.js';
import { stateOf } from './statement-state.js';
import { kindOf, type Node } from './write-kinds.js';

/**
 * PostgreSQL 18's own grammar, compiled to WebAssembly (libpg-query): about 30 ms to load,
 * 60 microseconds a statement. It reads strings as with standard_conforming_strings on.
 */
export async function loadParser(): Promise<SqlParser> {
  await loadModule();
  return {
    split,
    demands: demandsOf,
    withOnDelete,
    notAnExpression,
    assignments: assignmentsOf,
    effects: effectsOf,
    width: widthOf,
  };
}

function split(text: string): SplitResult {
  // The parser takes a C string: what stands behind a NUL would be passed over in silence.
  const nul = text.indexOf('\0');
  if (nul >= 0) return { ok: false, message: 'the text contains a NUL character', offset: nul };
  if (leadingSpace(text) === text.length) return { ok: true, statements: [] };
  try {
    return { ok: true, statements: locate(text, parseSync(text).stmts ?? []) };
  } catch (error) {
    // cursorPosition counts characters (code points) from 0.
    const characters = hasSqlDetails(error) ? (error.sqlDetails?.cursorPosition ?? 0) : 0;
    return { ok: false, message: messageOf(error), offset: unitsOf(text, characters) };
  }
}

interface RawStatement {
  readonly stmt?: unknown;
  readonly stmt_location?: number;
  readonly stmt_len?: number;
}

/** The parser counts UTF-8 bytes; walking forward through them once keeps this linear. */
function locate(text: string, raw: readonly RawStatement[]): ParsedStatement[] {
  const bytes = Buffer.from(text, 'utf8');
  let byte = 0;
  let unit = 0;
  const advance = (to: number): number => {
    unit += bytes.toString('utf8', byte, to).length;
    byte = to;
    return unit;
  };
  return raw.map((statement) => {
    const start = statement.stmt_location ?? 0;
    const length = statement.stmt_len ?? 0;
    const from = advance(start);
    const to = advance(length > 0 ? start + length : bytes.length);
    const lead = leadingSpace(text.slice(from, to));
    const body = text.slice(from + lead, to).replace(/[ \t\n\r\f\v]+$/, '');
    const [type, node] = Object.entries((statement.stmt ?? {}) as Node)[0] ?? ['', {}];
    return {
      text: body,
      offset: from + lead,
      ...kindOf(type, node as Node, body),
      destroys: lossOf(type, node as Node),
      unseen: unseenIn(type, node as Node),
      setsState: stateOf(type, node as Node),
      evidence: evidenceOf(type, node as Node),
    };
  });
}

/** What the scanner calls space; JavaScript's \s would take a BOM for it, which the server does not. */
const SPACE = /[ \t\n\r\f\v]/;

/** Length of the white space and comments in front of a statement; comments may be nested. */
function leadingSpace(text: string): number {
  let at = 0;
  for (;;) {
    while (SPACE.test(text[at] ?? '')) at++;
    if (text.startsWith('--', at)) {
      const end = text.indexOf('\n', at);
      if (end < 0) return text.length;
      at = end + 1;
    } else if (text.startsWith('/*', at)) {
      let depth = 0;
      do {
        if (text.startsWith('/*', at)) [depth, at] = [depth + 1, at + 2];
        else if (text.startsWith('*/', at)) [depth, at] = [depth - 1, at + 2];
        else at++;
      } while (depth > 0 && at < text.length);
    } else return at;
  }
}

/** UTF-16 units of the first so many characters. */
export function unitsOf(text: string, characters: number): number {
  let units = 0;
  for (let left = characters; left > 0 && units < text.length; left--) {
    units += (text.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}
