/** Follows SQL line by line and knows whether a line ends outside of quotes and comments. */
export interface Scanner {
  isOutside(): boolean;
  read(line: Buffer): void;
}

const quote = 0x27;
const doubleQuote = 0x22;
const backslash = 0x5c;
const dollar = 0x24;
const dash = 0x2d;
const slash = 0x2f;
const star = 0x2a;
const stringsOff = /^SET standard_conforming_strings = off;/;

type Mode =
  | { readonly in: 'sql' }
  | { readonly in: 'string'; readonly escapes: boolean }
  | { readonly in: 'name' }
  | { readonly in: 'dollar'; readonly tag: Buffer }
  | { readonly in: 'comment'; readonly depth: number };

const sql: Mode = { in: 'sql' };

/** The lexical rules of PostgreSQL: '', E'\'', "", $tag$, nested comments. */
export function makeScanner(): Scanner {
  let mode: Mode = sql;
  let plainEscapes = false;

  const readSql = (line: Buffer, from: number): number => {
    for (let at = from; at < line.length; at += 1) {
      const byte = line[at];
      if (byte === quote) {
        mode = { in: 'string', escapes: plainEscapes || isEscapeString(line, at) };
        return at + 1;
      }
      if (byte === doubleQuote) {
        mode = { in: 'name' };
        return at + 1;
      }
      if (byte === dash && line[at + 1] === dash) return line.length;
      if (byte === slash && line[at + 1] === star) {
        mode = { in: 'comment', depth: 1 };
        return at + 2;
      }
      const tag = byte === dollar ? dollarTag(line, at) : null;
      if (tag) {
        mode = { in: 'dollar', tag };
        return at + tag.length;
      }
    }
    return line.length;
  };

  /** A doubled quote ends the string and begins the next one: the same in the end. */
  const readString = (line: Buffer, from: number, escapes: boolean): number => {
    for (let at = from; ; at += 2) {
      const close = line.indexOf(quote, at);
      const escape = escapes ? line.indexOf(backslash, at) : -1;
      if (escape !== -1 && (close === -1 || escape < close)) {
        at = escape;
        continue;
      }
      if (close === -1) return line.length;
      // Within E'...' a doubled quote must not be taken for a new, plain string.
      if (escapes && line[close + 1] === quote) {
        at = close;
        continue;
      }
      mode = sql;
      return close + 1;
    }
  };

  const readComment = (line: Buffer, from: number, depth: number): number => {
    for (let at = from; at < line.length; at += 1) {
      if (line[at] === slash && line[at + 1] === star) {
        mode = { in: 'comment', depth: depth + 1 };
        return at + 2;
      }
      if (line[at] === star && line[at + 1] === slash) {
        mode = depth === 1 ? sql : { in: 'comment', depth: depth - 1 };
        return at + 2;
      }
    }
    return line.length;
  };

  const readUntil = (line: Buffer, from: number, closing: Buffer | number): number => {
    const close = line.indexOf(closing, from);
    if (close === -1) return line.length;
    mode = sql;
    return close + (typeof closing === 'number' ? 1 : closing.length);
  };

  const step = (line: Buffer, at: number): number => {
    switch (mode.in) {
      case 'sql':
        return readSql(line, at);
      case 'string':
        return readString(line, at, mode.escapes);
      case 'name':
        return readUntil(line, at, doubleQuote);
      case 'dollar':
        return readUntil(line, at, mode.tag);
      case 'comment':
        return readComment(line, at, mode.depth);
    }
  };

  return {
    isOutside: () => mode.in === 'sql',
    read(line) {
      if (mode.in === 'sql' && line.length < 60 && stringsOff.test(line.toString())) {
        plainEscapes = true;
      }
      for (let at = 0; at < line.length;) at = step(line, at);
    },
  };
}

function isEscapeString(line: Buffer, at: number): boolean {
  const before = line[at - 1];
  return (before === 0x45 || before === 0x65) && !isWord(line[at - 2]);
}

/** "$tag$" at this place, or null: a $ within a name begins nothing. */
function dollarTag(line: Buffer, at: number): Buffer | null {
  if (isWord(line[at - 1])) return null;
  const close = line.indexOf(dollar, at + 1);
  if (close === -1) return null;
  const inner = line.subarray(at + 1, close);
  const first = inner[0];
  if (first !== undefined && (!isWord(first) || isDigit(first) || first === dollar)) return null;
  return inner.every(isWord) ? line.subarray(at, close + 1) : null;
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** Letters, digits, _ and $, and every byte above ASCII. */
function isWord(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const letter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  return letter || isDigit(byte) || byte === 0x5f || byte === dollar || byte >= 0x80;
}
