import type { Chunk } from '../../core/tool.js';
import { readLiteral } from './literal.js';

/** The file is more than SQL; the message says where and what. */
export class Refusal extends Error {}

export type Reader = ReturnType<typeof readerOf>;

const blank = /(?:\s|\/\/[^\n\r\u2028\u2029]*|\/\*[^]*?\*\/)*/y;
const lineEnd = /[\n\r\u2028\u2029]/;

/** Goes through the text from one thing that it knows to the next; comments and space lie between. */
export function readerOf(text: string) {
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  const sticky = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found !== null) at += found[0].length;
    return found;
  };
  const refuse = (why: string): never => {
    throw new Refusal(`line ${text.slice(0, at).split(/\r\n|[\n\r]/).length}: ${why}`);
  };
  const skipTemplate = (): void => {
    at += 1;
    while (sticky(/`/y) === null) {
      if (sticky(/\$\{/y) !== null) skipBlock();
      else if (sticky(/\\[^]|[^]/y) === null) refuse(hidden);
    }
  };
  // What may hide a brace (a regular expression, or a division that looks like one) is refused.
  const skipBlock = (): void => {
    for (let depth = 1; depth > 0;) {
      sticky(blank);
      if (text[at] === '`') skipTemplate();
      else if (sticky(/'(?:[^'\\\n\r]|\\[^])*'|"(?:[^"\\\n\r]|\\[^])*"|[^'"`{}/]/y) === null) {
        const brace = sticky(/[{}]/y)?.[0] ?? refuse(hidden);
        depth += brace === '{' ? 1 : -1;
      }
    }
  };
  return {
    refuse,
    place: () => at,
    back(place: number): void {
      at = place;
    },
    atEnd(): boolean {
      sticky(blank);
      return at >= text.length;
    },
    match(pattern: RegExp): RegExpExecArray | null {
      sticky(blank);
      return sticky(pattern);
    },
    /** Whether what comes next stands on the line that what was read last ended on. */
    onSameLine(): boolean {
      return !lineEnd.test(sticky(blank)?.[0] ?? '');
    },
    /** JavaScript ends a statement at a semicolon, a line's end, a brace, or with the file. */
    atStatementEnd(): boolean {
      const between = sticky(blank)?.[0] ?? '';
      return lineEnd.test(between) || at >= text.length || /[;}]/.test(text.charAt(at));
    },
    /** The string or template that comes next; null: something else does. */
    literal(quotes: RegExp): Chunk | null {
      sticky(blank);
      if (!quotes.test(text.charAt(at))) return null;
      const found = readLiteral(text, at);
      if (typeof found === 'string') return refuse(found);
      const { text: sql, offset, gaps, end } = found;
      at = end;
      return { text: sql, offset, ...(gaps.length > 0 && { gaps }) };
    },
    /** Behind the brace that closes the block whose inside begins at `start`. */
    skipBlock(start: number): void {
      at = start;
      skipBlock();
    },
  };
}

const hidden = 'it has a down that cannot be passed over';
