import type { State } from '../core/session/state.js';
import { widthOf } from '../core/telling/visible.js';
import { drillHints } from './drill.js';
import { rule } from './header.js';
import type { Hint } from './hints.js';
import { hintsFor } from './hints.js';
import type { Line } from './line.js';
import { blank, line, paragraph, span } from './line.js';
import type { View } from './view.js';

/** The line that answers the last key, and the keys that work here. */
export function footer(state: State, view: View): readonly Line[] {
  const notice = state.notice === null ? [blank] : noticed(state.notice, view);
  const hints = drillHints(view.drill, state, hintsFor(state, view.glyphs));
  return [rule(view), ...notice, ...(hints.length === 0 ? [] : [keys(hints, view)])];
}

/** A notice may be a refusal with its way out: it gets up to a third of the window. */
function noticed(text: string, view: View): readonly Line[] {
  const rows = paragraph(text, view.columns, 'warn');
  const most = Math.max(1, Math.floor(view.rows / 3));
  if (rows.length <= most) return rows;
  return [
    ...rows.slice(0, most - 1),
    line(span(` ${view.glyphs.dots} (a larger window shows it all)`, 'warn')),
  ];
}

function keys(hints: readonly Hint[], view: View): Line {
  const width = (some: readonly Hint[]): number =>
    some.reduce((sum, one) => sum + widthOf(one.key) + widthOf(one.does) + 3, 1);
  let shown = hints;
  while (width(shown) > view.columns && shown.some((one) => one.minor)) {
    const last = shown.findLastIndex((one) => one.minor);
    shown = shown.filter((_, index) => index !== last);
  }
  return line(
    ' ',
    ...shown.flatMap((one) => [span(one.key, 'accent'), span(` ${one.does}  `, 'dim')]),
  );
}
