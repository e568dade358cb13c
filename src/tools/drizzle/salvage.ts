import type { Folder, History, Journal } from '../../core/facts.js';
import { match } from './match.js';
import { type EntriesResult, readEntries, type SourceEntry } from './journal.js';
import { parseJson, plain } from './json.js';
import { byTag } from './names.js';

/** What can be had of a journal, as a text that is one. */
export interface Salvaged {
  /** Valid, with an `entries` array; the frame into which entries are put. */
  readonly frame: Extract<EntriesResult, { ok: true }>;
  readonly frameText: string;
  /** In the order in which they stand, or ought to. */
  readonly entries: readonly SourceEntry[];
  readonly changes: readonly string[];
  readonly warnings: readonly string[];
}

/** Entries of a journal in any state: as they stand, of both sides of a conflict, freed of stray commas, or rebuilt. */
export function salvage(folder: Folder, history: History | null): Salvaged {
  const journal = folder.journal ?? { state: 'missing', path: '' };
  if (journal.state === 'missing') {
    return rebuild(folder, history, null, 'write a journal: there is none');
  }
  if (journal.state === 'read') return framed(journal.text, [], []) ?? nothing(folder, history);
  return (
    bothSides(journal, history) ??
    withoutMark(journal) ??
    tolerant(journal) ??
    nothing(folder, history)
  );
}

function nothing(folder: Folder, history: History | null): Salvaged {
  const reason =
    folder.journal?.state === 'malformed' ? folder.journal.reason : 'it cannot be read';
  const text = folder.journal?.state === 'malformed' ? folder.journal.text : null;
  return rebuild(folder, history, text, `write the journal anew: ${reason}`);
}

function framed(
  text: string,
  changes: readonly string[],
  warnings: readonly string[],
): Salvaged | null {
  const frame = readEntries(text);
  return frame.ok ? { frame, frameText: text, entries: frame.entries, changes, warnings } : null;
}

type Malformed = Extract<Journal, { state: 'malformed' }>;

function withoutMark({ text }: Malformed): Salvaged | null {
  return text.startsWith('\uFEFF')
    ? framed(text.slice(1), ['remove the byte order mark'], [])
    : null;
}

/** Commas too many or too few, entries that are none: what remains is written out again. */
function tolerant({ text, reason }: Malformed): Salvaged | null {
  const json = parseJson(text, true);
  if (!json.ok) return null;
  const value = plain(json.root) as { entries?: unknown } | null;
  if (typeof value !== 'object' || !Array.isArray(value?.entries)) return null;
  const good = value.entries.filter((entry) => typeof entry?.tag === 'string');
  const lost = value.entries.length - good.length;
  const changes = [`mend the JSON: ${reason}`];
  if (lost > 0) changes.push(`drop ${lost === 1 ? 'an entry' : `${lost} entries`} without a tag`);
  return framed(
    likeBefore(JSON.stringify({ ...value, entries: good }, null, 2), text),
    changes,
    [],
  );
}

/** The entries of both sides of a merge conflict, when each side is a journal. */
function bothSides({ text, conflictMarkers }: Malformed, history: History | null): Salvaged | null {
  if (conflictMarkers.length === 0) return null;
  const ours = framed(oneSide(text, 'ours'), [], []);
  const theirs = framed(oneSide(text, 'theirs'), [], []);
  if (ours === null || theirs === null) return null;
  const stamps = new Set(history?.rows.map(({ stamp }) => Number(stamp)));
  const entries = ours.entries.map((entry) => {
    const other = theirs.entries.find(({ tag }) => tag === entry.tag);
    const applied = (when: number | null): boolean => when !== null && stamps.has(when);
    return other !== undefined && applied(other.when) && !applied(entry.when) ? other : entry;
  });
  const tags = new Set(entries.map(({ tag }) => tag));
  const added = theirs.entries.filter(({ tag }) => !tags.has(tag));
  for (const entry of added) {
    const at = theirs.entries.indexOf(entry);
    const before = new Set(theirs.entries.slice(0, at).map(({ tag }) => tag));
    let place = entries.findLastIndex(({ tag }) => before.has(tag)) + 1;
    const earlier = (when: number | null | undefined): boolean =>
      when != null && entry.when !== null && when <= entry.when;
    while (
      place < entries.length &&
      !before.has(entries[place]?.tag ?? '') &&
      earlier(entries[place]?.when)
    ) {
      place += 1;
    }
    entries.splice(place, 0, entry);
  }
  const line = conflictMarkers[0];
  const change = `resolve the merge conflict at line ${line}: keep the entries of both sides`;
  return { ...ours, entries, changes: [change] };
}

function oneSide(text: string, side: 'ours' | 'theirs'): string {
  let now: 'both' | 'ours' | 'base' | 'theirs' = 'both';
  const kept: string[] = [];
  for (const line of text.split('\n')) {
    const marker = /^(<{7}|\|{7}|={7}|>{7})( |\r?$)/.exec(line)?.[1];
    if (marker === undefined) {
      if (now === 'both' || now === side) kept.push(line);
    } else if (marker.startsWith('<')) now = 'ours';
    else if (marker.startsWith('|')) now = 'base';
    else if (marker.startsWith('=')) now = 'theirs';
    else now = 'both';
  }
  return kept.join('\n');
}

/**
 * A journal from the files and the history alone: a file whose content is recorded gets the stamp
 * of its row. Files without a row are left to the caller, who adds them as unlisted ones.
 */
function rebuild(
  folder: Folder,
  history: History | null,
  text: string | null,
  change: string,
): Salvaged {
  const unlisted = { ...folder, migrations: folder.migrations.map((m) => ({ ...m, entries: [] })) };
  const { stamps, warnings } = stampsByContent(unlisted, history);
  const entries = [...stamps]
    .toSorted(([a, left], [b, right]) => left - right || byTag(a, b))
    .map(([tag, when], idx) => ({ idx, version: '7', when, tag, breakpoints: true }));
  const journal = { version: '7', dialect: 'postgresql', entries };
  const written = likeBefore(JSON.stringify(journal, null, 2), text ?? '');
  const result = framed(written, [change], warnings);
  if (result === null) throw new Error('a rebuilt journal does not parse');
  return result;
}

function stampsByContent(
  folder: Folder,
  history: History | null,
): { stamps: Map<string, number>; warnings: string[] } {
  const stamps = new Map<string, number>();
  if (history === null) return { stamps, warnings: [] };
  const { recorded, unknown } = match(folder, history);
  for (const [id, [first]] of recorded) {
    if (first?.row.stamp != null) stamps.set(id, Math.floor(Number(first.row.stamp)));
  }
  const open = new Set(unknown);
  // Files of one content cannot be told apart; nor does it matter which of them a row was for.
  for (const { id, file } of folder.migrations.toSorted((a, b) => byTag(a.id, b.id))) {
    if (file === null || recorded.has(id)) continue;
    const row = [...open].find(({ hash, stamp }) => hash === file.hash && stamp !== null);
    if (row === undefined) continue;
    stamps.set(id, Math.floor(Number(row.stamp)));
    open.delete(row);
  }
  const rows = [...open].map(({ id }) => id).join(', ');
  const warning = `Rows ${rows} of the history table belong to no file as it is now. If one of the files was edited after it was applied, it would run again: compare before going on.`;
  return { stamps, warnings: open.size > 0 ? [warning] : [] };
}

/** Line ends and the last newline as the old text had them. */
function likeBefore(text: string, before: string): string {
  const ended = before.trimEnd() !== before ? `${text}\n` : text;
  return before.includes('\r\n') ? ended.replaceAll('\n', '\r\n') : ended;
}
