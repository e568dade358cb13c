import type { Line } from '../line.js';
import { line, span } from '../line.js';
import type { View } from '../view.js';

/**
 * The rows of a list that fit into `height`, the one under the cursor among them, with a row
 * above and below that counts those out of sight.
 */
export function listWindow(
  rows: readonly Line[],
  cursor: number,
  height: number,
  view: View,
): readonly Line[] {
  if (rows.length <= height) return rows;
  const more = (sign: string, count: number): readonly Line[] =>
    count === 0 ? [] : [line(span(`   ${sign} ${count} more`, 'dim'))];
  const size = Math.max(1, height - 2);
  // At either end one of the two rows that count is not needed.
  const start = Math.max(0, cursor - Math.floor(size / 2));
  const first = start <= 1 ? 0 : Math.min(start, rows.length - size - 1);
  const last = first === 0 ? size + 1 : Math.min(first + size, rows.length);
  const end = last >= rows.length - 1 ? rows.length : last;
  return [
    ...more(view.glyphs.up, first),
    ...rows.slice(first, end),
    ...more(view.glyphs.down, rows.length - end),
  ];
}
