import { grouped } from '../../core/telling/amounts.js';
import type { Line } from '../line.js';
import { line, span } from '../line.js';
import type { View } from '../view.js';

/** A list of which only those rows are drawn that are seen. */
export interface Rows {
  readonly length: number;
  /** The row at this place, from 0. */
  readonly at: (place: number) => Line;
}

export function rowsOf<T>(values: readonly T[], draw: (value: T, place: number) => Line): Rows {
  return { length: values.length, at: (place) => draw(values[place] as T, place) };
}

/**
 * The rows of a list that fit into `height`, the one under the cursor among them, with a row
 * above and below that counts those out of sight.
 */
export function listWindow(
  rows: Rows,
  cursor: number,
  height: number,
  view: View,
): readonly Line[] {
  const { first, end } = seen(rows.length, cursor, height);
  const more = (sign: string, count: number): readonly Line[] =>
    count === 0 ? [] : [line(span(`   ${sign} ${grouped(count)} more`, 'dim'))];
  return [
    ...more(view.glyphs.up, first),
    ...Array.from({ length: end - first }, (_, index) => rows.at(first + index)),
    ...more(view.glyphs.down, rows.length - end),
  ];
}

function seen(length: number, cursor: number, height: number) {
  if (length <= height) return { first: 0, end: length };
  const size = Math.max(1, height - 2);
  // At either end one of the two rows that count is not needed.
  const start = Math.max(0, cursor - Math.floor(size / 2));
  const first = start <= 1 ? 0 : Math.min(start, length - size - 1);
  const last = first === 0 ? size + 1 : Math.min(first + size, length);
  return { first, end: last >= length - 1 ? length : last };
}
