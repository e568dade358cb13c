/** A quoted name, or one character. */
const PIECE = /"(?:[^"]|"")*"|[\s\S]/g;

/** "public.f" of "public.f(integer)"; a parenthesis within quotes is part of the name. */
export function withoutArguments(written: string): string {
  for (const { 0: piece, index } of written.matchAll(PIECE)) {
    if (piece === '(') return written.slice(0, index);
  }
  return written;
}

/** The parts of a name as SQL writes it: ["public", "we.ird"] of `public."we.ird"`. */
export function partsOf(written: string): readonly string[] {
  const parts = [''];
  for (const [piece] of written.matchAll(PIECE)) {
    if (piece === '.') parts.push('');
    else parts.push((parts.pop() ?? '') + piece);
  }
  return parts.map((part) =>
    /^"(?:[^"]|"")*"$/.test(part) ? part.slice(1, -1).replaceAll('""', '"') : part,
  );
}

/** PostgreSQL cuts longer names, in bytes: then more letters follow in the text. */
const LONGEST = 63;

/**
 * Whether a text has this name in it, not as a part of a longer word: bare in any case, or quoted,
 * in SQL as well as in a string within it. Rather once too often than not.
 */
export function mentions(text: string, name: string): boolean {
  const within = text.toLowerCase();
  const bare = name.toLowerCase();
  const forms = [bare, bare.replaceAll('"', '""'), bare.replaceAll("'", "''")];
  const isCut = new TextEncoder().encode(name).length >= LONGEST - 3;
  return forms.some((form) => hasWord(within, form, isCut));
}

function hasWord(text: string, word: string, isCut: boolean): boolean {
  if (word === '') return false;
  const [opens, closes] = [/^[\w$]/.test(word), /[\w$]$/.test(word) && !isCut];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + 1)) {
    const before = opens && /[\w$]/.test(text[at - 1] ?? ' ');
    const after = closes && /[\w$]/.test(text[at + word.length] ?? ' ');
    if (!before && !after) return true;
  }
  return false;
}
