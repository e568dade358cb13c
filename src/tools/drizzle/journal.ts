import { createHash } from 'node:crypto';
import type { Journal, JournalEntry } from '../../core/facts.js';
import { type JsonNode, linesOf, member, parseJson, place, plain } from './json.js';

export const journalPath = 'meta/_journal.json';

/** An entry with its text, for a repair that leaves alone what it need not change. */
export interface SourceEntry extends JournalEntry {
  readonly node: JsonNode;
  /** The whole text that `node` points into. */
  readonly source: string;
  readonly value: Readonly<Record<string, unknown>>;
}

export type EntriesResult =
  | {
      readonly ok: true;
      readonly root: JsonNode;
      readonly list: JsonNode;
      readonly entries: readonly SourceEntry[];
    }
  | { readonly ok: false; readonly reason: string };

/** Reads the journal's bytes as drizzle-orm does: UTF-8, a BOM left in place. */
export function readJournal(bytes: Buffer): Journal {
  const text = bytes.toString('utf8');
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const read = readEntries(text);
  if (read.ok) {
    const entries = read.entries.map(plainEntry);
    return { state: 'read', path: journalPath, text, sha256, entries };
  }
  const conflictMarkers = isJson(text) ? [] : markerLines(text);
  return {
    state: 'malformed',
    path: journalPath,
    reason: read.reason,
    conflictMarkers,
    text,
    sha256,
  };
}

/** A journal that is there and could not be read at all. */
export function unreadableJournal(reason: string): Journal {
  return {
    state: 'malformed',
    path: journalPath,
    reason,
    conflictMarkers: [],
    text: '',
    sha256: '',
  };
}

/** The entries with their places; `lenient` as in parseJson. */
export function readEntries(text: string, lenient = false): EntriesResult {
  const no = (reason: string): EntriesResult => ({ ok: false, reason });
  const json = parseJson(text, lenient);
  if (!json.ok) {
    if (text.startsWith('\uFEFF'))
      return no('line 1, column 1: a byte order mark, which JSON does not allow');
    return no(`${place(text, json.offset)}: ${json.problem}`);
  }
  const list = member(json.root, 'entries');
  if (list === null) return no('it has no "entries"');
  if (list.kind !== 'array') return no(`${place(text, list.start)}: "entries" is not an array`);
  const lineAt = linesOf(text);
  const entries: SourceEntry[] = [];
  for (const [position, node] of list.items.entries()) {
    const value = node.kind === 'object' ? (plain(node) as Record<string, unknown>) : {};
    if (typeof value['tag'] !== 'string') {
      return no(`${place(text, node.start)}: entry ${position} of "entries" has no tag`);
    }
    entries.push({
      position,
      line: lineAt(node.start),
      tag: value['tag'],
      idx: numberOrNull(value['idx']),
      when: numberOrNull(value['when']),
      node,
      source: text,
      value,
    });
  }
  return { ok: true, root: json.root, list, entries };
}

/** 1-based lines that hold a merge marker of git. */
function markerLines(text: string): number[] {
  const lines = text.split('\n');
  if (!lines.some((line) => /^<{7}( |\r?$)/.test(line))) return [];
  return lines.flatMap((line, index) =>
    /^(<{7}|\|{7}|={7}|>{7})( |\r?$)/.test(line) ? [index + 1] : [],
  );
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function plainEntry({ position, line, tag, idx, when }: SourceEntry): JournalEntry {
  return { position, line, tag, idx, when };
}

function numberOrNull(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
