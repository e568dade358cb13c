import type { StampedRow } from '../../core/facts.js';
import type { SourceEntry } from './journal.js';
import { byTag } from './names.js';

/** An entry to be: one that stands in the journal already, or a file that is new to it. */
export interface Slot {
  readonly tag: string;
  readonly source: SourceEntry | null;
  /** The row that records it; null while it is pending. */
  readonly row: StampedRow | null;
}

export interface Placed extends Slot {
  readonly when: number;
  readonly idx: number | null;
  /** It stood before an applied entry and now comes after it. */
  readonly moved: boolean;
}

/** No journal has an older stamp: drizzle-orm is younger. Used where nothing else gives a stamp. */
const earliest = Date.UTC(2020, 0, 1);

export function usable(when: number | null | undefined): when is number {
  return Number.isSafeInteger(when);
}

/** The greatest stamp on record; null when there is none. */
export function newestStamp(rows: readonly StampedRow[]): number | null {
  const stamps = rows.flatMap(({ stamp }) => (stamp === null ? [] : [Number(stamp)]));
  const known = stamps.filter(Number.isFinite);
  return known.length === 0 ? null : known.reduce((a, b) => Math.max(a, b));
}

/**
 * Applied entries first, as they stand, then the pending ones, each stamped above the one before
 * it and above every row: then the migrator runs exactly the pending ones, in this order. Applied
 * entries are never stamped above a row, or they would run again.
 */
export function order(slots: readonly Slot[], newest: number | null): Placed[] {
  const applied = placeApplied(
    slots.filter(({ row }) => row !== null),
    newest,
  );
  const pending = placePending(
    slots.filter(({ row }) => row === null),
    newest,
  );
  return index([...applied, ...pending]);
}

type Stamped = Slot & { readonly when: number };

function placeApplied(slots: readonly Slot[], newest: number | null): Stamped[] {
  const result = slots
    .filter(({ source }) => source !== null)
    .map((slot): Stamped => {
      const when = slot.source?.when;
      const stays = usable(when) && (newest === null || when <= newest);
      return { ...slot, when: stays ? when : rowStamp(slot, newest) };
    });
  for (const slot of slots.filter(({ source }) => source === null).toSorted(bySlot)) {
    const when = rowStamp(slot, newest);
    const later = result.findIndex((other) =>
      slot.row?.stamp === null ? byTag(other.tag, slot.tag) > 0 : other.when > when,
    );
    result.splice(later === -1 ? result.length : later, 0, { ...slot, when });
  }
  return result;
}

function rowStamp({ row }: Slot, newest: number | null): number {
  const stamp = row?.stamp == null ? (newest ?? earliest) : Number(row.stamp);
  return Number.isFinite(stamp) ? Math.floor(stamp) : (newest ?? earliest);
}

function placePending(slots: readonly Slot[], newest: number | null): Stamped[] {
  const line = slots.filter(({ source }) => source !== null);
  for (const slot of slots.filter(({ source }) => source === null).toSorted(bySlot)) {
    const later = line.findIndex((other) => byTag(other.tag, slot.tag) > 0);
    line.splice(later === -1 ? line.length : later, 0, slot);
  }
  let last = newest ?? beforeFirst(line);
  return line.map((slot) => {
    const when = slot.source?.when;
    last = usable(when) && when > last ? when : Math.floor(last) + 1;
    return { ...slot, when: last };
  });
}

/** On an empty history the first stamp is free; newcomers in front of a stamp that stands go just below it. */
function beforeFirst(line: readonly Slot[]): number {
  const at = line.findIndex(({ source }) => usable(source?.when));
  const first = line[at]?.source?.when;
  return usable(first) ? first - at - 1 : earliest;
}

/** drizzle-kit numbers the next migration after the idx of the last entry: idx has to rise with the order. */
function index(stamped: readonly Stamped[]): Placed[] {
  let last = -1;
  let disturbed = false;
  return stamped.map((slot, at) => {
    const { source, tag } = slot;
    const moved =
      source !== null &&
      stamped.slice(0, at).some((other) => (other.source?.position ?? -1) > source.position);
    disturbed ||= source === null || moved;
    const stays = source !== null && (!disturbed || slot.row !== null || (source.idx ?? -1) > last);
    const number = Number(/^\d{4}(?=_)/.exec(tag)?.[0] ?? -1);
    const idx = stays ? source.idx : number > last ? number : last + 1;
    last = idx ?? last + 1;
    return { ...slot, idx, moved };
  });
}

function bySlot(a: Slot, b: Slot): number {
  return byTag(a.tag, b.tag);
}
