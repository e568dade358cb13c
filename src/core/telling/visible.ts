/**
 * Text from files and servers as it is safe to show: what would move the cursor, reverse the
 * reading order or hide between letters is written out as an escape, so that what is shown is
 * what runs. Line breaks stay; a tab becomes four spaces.
 */
export function visible(text: string): string {
  return text.replaceAll('\t', '    ').replace(HIDDEN, (char) => {
    const code = char.codePointAt(0) ?? 0;
    if (code === 0x0d) return '\\r';
    return code < 0x100
      ? `\\x${code.toString(16).padStart(2, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** The same for what has to stay in one line: a line feed in a name would begin a line that looks like ours. */
export function oneLine(text: string): string {
  return visible(text).replaceAll('\n', '\\n');
}

/** Control characters but the line feed; marks of direction and of no width; line separators. */
const HIDDEN =
  // oxlint-disable-next-line no-control-regex -- these are what it is for
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Columns a text takes on a terminal; never fewer than it really takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const char of text) width += charWidth(char);
  return width;
}

function charWidth(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x1100) return 1;
  if (code <= 0x115f || code >= 0x2e80) return 2;
  return EMOJI.test(char) ? 2 : 1;
}

const EMOJI = /\p{Emoji_Presentation}/u;

/** The longest beginning that takes at most `width` columns. */
export function headOf(text: string, width: number): string {
  let taken = 0;
  let end = 0;
  for (const char of text) {
    taken += charWidth(char);
    if (taken > width) break;
    end += char.length;
  }
  return text.slice(0, end);
}

function tailOf(text: string, width: number): string {
  const chars = Array.from(text);
  let taken = 0;
  let start = chars.length;
  while (start > 0) {
    taken += charWidth(chars[start - 1] ?? '');
    if (taken > width) break;
    start -= 1;
  }
  return chars.slice(start).join('');
}

/** Shortened in the middle, where names differ least: "0019_web…mfa". */
export function middle(text: string, width: number, dots = '…'): string {
  if (widthOf(text) <= width) return text;
  const room = width - widthOf(dots);
  if (room < 2) return headOf(text, width);
  const head = headOf(text, Math.ceil(room / 2));
  return head + dots + tailOf(text, room - widthOf(head));
}

/** Filled up with spaces to `width` columns; never cut. */
export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Broken into lines of at most `width` columns, at spaces where there are some. Each line of the text begins a new one. */
export function wrapped(text: string, width: number): string[] {
  return text.split('\n').flatMap((line) => wrapLine(line, Math.max(width, 8)));
}

function wrapLine(line: string, width: number): string[] {
  const lines: string[] = [];
  let rest = line;
  for (;;) {
    const head = headOf(rest, width);
    if (head.length === rest.length) return [...lines, rest];
    const space = rest[head.length] === ' ' ? head.length : head.lastIndexOf(' ');
    const cut = space > 0 && head.slice(0, space).trim() !== '' ? space : head.length;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(rest[cut] === ' ' ? cut + 1 : cut);
  }
}

/** Broken into rows of at most `width` columns, no character left out, behind a space where there is one near: for SQL and files. */
export function chopped(text: string, width: number): string[] {
  const pieces: string[] = [];
  let rest = text;
  for (;;) {
    const head = headOf(rest, Math.max(width, 2));
    if (head.length === rest.length) return [...pieces, rest];
    const space = head.lastIndexOf(' ') + 1;
    const piece = space > head.length / 2 ? head.slice(0, space) : head;
    pieces.push(piece);
    rest = rest.slice(piece.length);
  }
}
