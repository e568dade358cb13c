import { mismatch, tableShape } from './snapshot-shape.js';

/**
 * Each snapshot holds the whole schema, so most of its tables stood in one before it, byte for byte. Here
 * are those that were found sound, by the line they begin with: a folder of hundreds of snapshots has a
 * hundred megabytes of them, and few that differ.
 */
export type KnownTables = Map<string, Buffer>;

const NEWLINE = 0x0a;
const COMMA = 0x2c;

/**
 * The snapshot's text with no table in it, once each of its tables was found sound. If this text is
 * sound, the whole is: no string of JSON holds a line break, so what stands between the line `"tables": {`
 * and the brace that ends it may be replaced by other members of an object, and these are.
 * null: not laid out in lines as drizzle-kit writes it, or with a table that is not sound. It says nothing of the whole.
 */
export function withoutTables(bytes: Buffer, known: KnownTables): string | null {
  const indent = /^\{\n([ \t]+)"/.exec(bytes.toString('latin1', 0, 64))?.[1];
  if (indent === undefined) return null;
  const opening = `\n${indent}"tables": {\n`;
  const found = bytes.indexOf(opening);
  if (found < 0) return null;
  const begin = found + opening.length;
  const closing = `\n${indent}${indent}}`;
  let end = soundTable(bytes, begin, closing, known);
  while (end !== null && bytes[end] === COMMA && bytes[end + 1] === NEWLINE) {
    end = soundTable(bytes, end + 2, closing, known);
  }
  if (end === null) return null;
  const rest = bytes.toString('utf8', end);
  return /^\s*\}/.test(rest) ? bytes.toString('utf8', 0, begin) + rest : null;
}

/** Where the table that begins at `at` ends; null where what begins there is no sound table. */
function soundTable(bytes: Buffer, at: number, closing: string, known: KnownTables): number | null {
  const line = bytes.toString('latin1', at, bytes.indexOf(NEWLINE, at));
  const same = known.get(line);
  if (same !== undefined) {
    const end = at + same.length;
    if (end <= bytes.length && bytes.compare(same, 0, same.length, at, end) === 0) return end;
  }
  const last = bytes.indexOf(closing, at);
  if (last < 0) return null;
  const end = last + closing.length;
  if (!isSound(bytes.toString('utf8', at, end))) return null;
  known.set(line, bytes.subarray(at, end));
  return end;
}

function isSound(members: string): boolean {
  try {
    return mismatch(JSON.parse(`{${members}}`), { map: tableShape }) === null;
  } catch {
    return false;
  }
}
