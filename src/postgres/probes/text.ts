import { scanSync } from 'libpg-query';

/** A statement's text with the scanner's tokens, to cut expressions out as they were written. */
export interface Source {
  readonly bytes: Buffer;
  readonly tokens: readonly Token[];
}

export interface Token {
  /** In bytes, as everything the parser says. */
  readonly start: number;
  readonly end: number;
  /** An unquoted word in upper case, other tokens as written. */
  readonly word: string;
  /** How many brackets are open in front of it. */
  readonly depth: number;
}

/** loadModule of libpg-query has to be done. */
export function sourceOf(sql: string): Source {
  let depth = 0;
  const tokens: Token[] = [];
  for (const { start, end, text, tokenName, keywordName } of scanSync(sql).tokens) {
    if (tokenName.endsWith('COMMENT')) continue;
    const bare = keywordName === 'NO_KEYWORD';
    if (text === ')' || text === ']') depth--;
    tokens.push({ start, end, depth, word: bare ? text : text.toUpperCase() });
    if (text === '(' || text === '[') depth++;
  }
  return { bytes: Buffer.from(sql, 'utf8'), tokens };
}

/** Number of the first token at or behind the byte. */
export function tokenAt(source: Source, byte: number): number {
  const found = source.tokens.findIndex(({ start }) => start >= byte);
  return found < 0 ? source.tokens.length : found;
}

/** The text of the tokens from `first` up to, and without, `last`. */
export function cut(source: Source, first: number, last: number): string {
  const from = source.tokens[first];
  const to = source.tokens[last - 1];
  return from === undefined || to === undefined || last <= first
    ? ''
    : source.bytes.toString('utf8', from.start, to.end);
}

/**
 * Where what begins at `first` ends: at a comma, a closing bracket or one of the words on its
 * own level, at the byte `before`, or with the statement.
 */
export function endOf(
  source: Source,
  first: number,
  words: readonly string[] = [],
  before = Infinity,
): number {
  const level = source.tokens[first]?.depth ?? 0;
  for (let at = first; at < source.tokens.length; at++) {
    const { start, word, depth } = source.tokens[at] as Token;
    if (depth < level || start >= before) return at;
    if (depth === level && (word === ',' || word === ';' || words.includes(word))) return at;
  }
  return source.tokens.length;
}

/** Number of the next token, from `first` on, that is the word on this or a higher level; -1: none. */
export function find(source: Source, first: number, word: string): number {
  const level = source.tokens[first]?.depth ?? 0;
  for (let at = first; at < source.tokens.length; at++) {
    const token = source.tokens[at] as Token;
    if (token.depth < level) return -1;
    if (token.depth === level && token.word === word) return at;
  }
  return -1;
}

/** Number of the token behind the bracket that the token at `open` opens. */
export function behind(source: Source, open: number): number {
  const level = source.tokens[open]?.depth ?? 0;
  let at = open + 1;
  while (at < source.tokens.length && (source.tokens[at] as Token).depth > level) at++;
  return at + 1;
}

/** What stands between the first opening bracket at or behind `first` and its closing one. */
export function inBrackets(source: Source, first: number): string {
  const open = find(source, first, '(');
  return open < 0 ? '' : cut(source, open + 1, behind(source, open) - 1);
}

/** The texts between the commas of the brackets that open at `open`, as token ranges. */
export function listAt(source: Source, open: number): readonly (readonly [number, number])[] {
  const close = behind(source, open) - 1;
  const ranges: (readonly [number, number])[] = [];
  for (let at = open + 1; at < close;) {
    const end = endOf(source, at);
    ranges.push([at, end]);
    at = end + 1;
  }
  return ranges;
}
