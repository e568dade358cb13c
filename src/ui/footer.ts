import type { State } from '../core/session/state.js';
import { widthOf } from '../core/telling/visible.js';
import type { Binding } from './binding.js';
import { bindingsFor, shownKeys } from './bindings.js';
import { rule } from './header.js';
import type { Line } from './line.js';
import { blank, line, paragraph, span } from './line.js';
import type { View } from './view.js';

/** The line that answers the last key, and the keys that work here. */
export function footer(state: State, view: View): readonly Line[] {
  const notice = state.notice === null ? [blank] : noticed(state.notice, view);
  const hints = bindingsFor(state, view.local);
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

function keys(hints: readonly Binding[], view: View): Line {
  const name = (one: Binding): string => shownKeys(one, view.glyphs);
  const width = (some: readonly Binding[]): number =>
    some.reduce((sum, one) => sum + widthOf(name(one)) + widthOf(one.does) + 3, 1);
  let shown = hints;
  while (width(shown) > view.columns && shown.some((one) => one.minor)) {
    const last = shown.findLastIndex((one) => one.minor);
    shown = shown.filter((_, index) => index !== last);
  }
  return line(
    ' ',
    ...shown.flatMap((one) => [span(name(one), 'accent'), span(` ${one.does}  `, 'dim')]),
  );
}
