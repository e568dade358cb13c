import type { BoardRow, Diagnosis } from '../diagnosis.js';
import type { BoardScene } from './state.js';

/**
 * The rows of the board that a filter leaves, as indices into it, in order. Every word of the
 * filter has to be in the migration's name or in a word for its state.
 */
export function shownRows(diagnosis: Diagnosis, { filter }: BoardScene): readonly number[] {
  const known = knownOf(diagnosis);
  const words = (filter?.text ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  const key = words.join(' ');
  if (known.shown.key !== key) {
    const fits = (row: string): boolean => words.every((word) => row.includes(word));
    const rows = words.length === 0 ? known.all : known.all.filter((at) => fits(textAt(known, at)));
    known.shown = { key, rows };
  }
  return known.shown.rows;
}

/** The migration under the cursor; undefined where none is, or the filter hides it. */
export function rowAtCursor(diagnosis: Diagnosis | null, scene: BoardScene): BoardRow | undefined {
  if (diagnosis === null) return undefined;
  const isShown = placeOf(shownRows(diagnosis, scene), scene.cursor).exact;
  return isShown ? diagnosis.board[scene.cursor] : undefined;
}

/** Where an index stands, or would stand, in a sorted list of them. */
export function placeOf(
  rows: readonly number[],
  index: number,
): { readonly place: number; readonly exact: boolean } {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle] ?? 0) < index) low = middle + 1;
    else high = middle;
  }
  return { place: low, exact: rows[low] === index };
}

/** The sources contradict each other about it, or an error is found of it. Pending alone is none. */
export function disagrees(diagnosis: Diagnosis, row: BoardRow): boolean {
  return contradicts(row) || knownOf(diagnosis).bad.has(row.id);
}

/** A snapshot that is missing is not counted: many a folder has dropped its old ones. */
function contradicts({ file, journal, snapshot, history, schema }: BoardRow): boolean {
  if (file !== 'present' || journal === 'unlisted' || snapshot === 'malformed') return true;
  if (history === 'duplicate' || history === 'failed' || schema === 'partial') return true;
  return history === 'recorded' ? schema === 'absent' : schema === 'present';
}

interface Known {
  readonly diagnosis: Diagnosis;
  readonly all: readonly number[];
  /** Migrations of which an error is found. */
  readonly bad: ReadonlySet<string>;
  /** What the filter looks at, by row; made when first asked for. */
  texts: readonly string[] | null;
  /** What the last filter left. */
  shown: { key: string; rows: readonly number[] };
}

/** What follows from a diagnosis alone is worked out once for it, not at each key. */
const kept = new WeakMap<Diagnosis, Known>();

function knownOf(diagnosis: Diagnosis): Known {
  const found = kept.get(diagnosis);
  if (found !== undefined) return found;
  const errors = diagnosis.findings.filter(({ severity }) => severity === 'error');
  const all = diagnosis.board.map((_, index) => index);
  const bad = new Set(errors.flatMap(({ migrations }) => migrations));
  const known: Known = { diagnosis, all, bad, texts: null, shown: { key: '', rows: all } };
  kept.set(diagnosis, known);
  return known;
}

function textAt(known: Known, index: number): string {
  known.texts ??= known.diagnosis.board.map((row) =>
    [row.id, row.note, ...stateWords(known.diagnosis, row)].join('\n').toLowerCase(),
  );
  return known.texts[index] ?? '';
}

/** Words that the filter knows beside a migration's name and the note at the end of its line. */
function stateWords(diagnosis: Diagnosis, row: BoardRow): readonly string[] {
  const { file, journal, snapshot, history, schema } = row;
  return [
    history === 'absent' ? 'pending' : 'applied',
    ...(disagrees(diagnosis, row) ? ['disagree'] : []),
    ...(file === 'present' ? [] : [file]),
    ...(journal === 'unlisted' ? [journal] : []),
    ...(snapshot === 'missing' || snapshot === 'malformed' ? ['snapshot'] : []),
    ...(history === 'duplicate' || history === 'failed' ? [history] : []),
    ...(schema === 'present' ? [] : [schema]),
  ];
}
