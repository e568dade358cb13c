import type { Gap } from '../../core/tool.js';

/** What a string or a template without expressions is at run time, and where that stands in the source. */
export interface Literal {
  /** As JavaScript cooks it: escapes resolved, CRLF and CR of a template as LF. */
  readonly text: string;
  /** Of its first unit in the source. */
  readonly offset: number;
  /** Places behind which the source has more (or less) than `text`. */
  readonly gaps: readonly Gap[];
  /** Behind the closing quote. */
  readonly end: number;
}

/**
 * Reads the string or template that begins at `start` (a quote or a backtick).
 * @returns in words, why it cannot: an expression in it, an escape that has no meaning, no end
 */
export function readLiteral(source: string, start: number): Literal | string {
  const quote = source.charAt(start);
  const isTemplate = quote === '`';
  const kind = isTemplate ? 'template' : 'string';
  const gaps: Gap[] = [];
  let text = '';
  let at = start + 1;
  const take = (length: number, cooked: string): void => {
    text += cooked;
    at += length;
    if (length !== cooked.length) gaps.push({ at: text.length, by: length - cooked.length });
  };
  while (at < source.length) {
    const one = source.charAt(at);
    if (one === quote) return { text, offset: start + 1, gaps, end: at + 1 };
    if (one === '\\') {
      const escape = readEscape(source, at);
      if (escape === null) return 'an escape that means nothing';
      take(escape.length, escape.cooked);
    } else if (isTemplate) {
      if (one === '$' && source[at + 1] === '{') return 'a template with an expression in it';
      if (one === '\r') take(source[at + 1] === '\n' ? 2 : 1, '\n');
      else take(1, one);
    } else if (/[\n\r]/.test(one)) break;
    else take(1, one);
  }
  return `a ${kind} without an end`;
}

const single: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** null where JavaScript has none, or one that differs between strings and templates. */
function readEscape(source: string, at: number): { length: number; cooked: string } | null {
  const rest = source.slice(at + 1, at + 12);
  const line = /^(?:\r\n|[\n\r\u2028\u2029])/.exec(rest);
  if (line !== null) return { length: 1 + line[0].length, cooked: '' };
  const code = /^(?:x([\da-f]{2})|u([\da-f]{4})|u\{0*([\da-f]{1,6})\})/i.exec(rest);
  if (code !== null) {
    const point = Number.parseInt(code[1] ?? code[2] ?? code[3] ?? '', 16);
    if (point > 0x10_ff_ff) return null;
    return { length: 1 + code[0].length, cooked: String.fromCodePoint(point) };
  }
  const next = rest.charAt(0);
  // A zero byte is no SQL either.
  if (next === '' || /[xu\d]/.test(next)) return null;
  return { length: 2, cooked: single[next] ?? next };
}
