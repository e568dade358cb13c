import type { Gap } from '../../core/tool.js';

/** What a template without expressions is at run time, and where that stands in the source. */
export interface Template {
  /** As JavaScript cooks it: escapes resolved, CRLF and CR as LF. */
  readonly text: string;
  /** Of its first unit in the source. */
  readonly offset: number;
  /** Places behind which the source has more (or less) than `text`. */
  readonly gaps: readonly Gap[];
  /** Behind the closing backtick. */
  readonly end: number;
}

/**
 * Reads the template that begins at `start` (a backtick).
 * @returns in words, why it cannot: an expression in it, an escape that has no meaning, no end
 */
export function readTemplate(source: string, start: number): Template | string {
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
    if (one === '`') return { text, offset: start + 1, gaps, end: at + 1 };
    if (one === '$' && source[at + 1] === '{') return 'a template with an expression in it';
    if (one === '\r') take(source[at + 1] === '\n' ? 2 : 1, '\n');
    else if (one !== '\\') take(1, one);
    else {
      const escape = readEscape(source, at);
      if (escape === null) return 'an escape that means nothing';
      take(escape.length, escape.cooked);
    }
  }
  return 'a template without an end';
}

const single: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** null where JavaScript gives undefined for the template. */
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
