import type { State } from '../core/session/state.js';
import { footer } from './footer.js';
import { header } from './header.js';
import { drawHelp } from './help.js';
import type { Line } from './line.js';
import { cut, line, paragraph, span } from './line.js';
import type { ScrollRange } from './local.js';
import { drawDetails } from './scenes/details.js';
import { drawDrill } from './scenes/drill.js';
import { drawLog } from './scenes/log.js';
import { drawPlanStep } from './scenes/step.js';
import { drawScene } from './scenes/index.js';
import type { Body, View } from './view.js';

/** The whole screen: one row fewer than the terminal has, so that Ink never clears it to draw again. */
export function draw(state: State, view: View): readonly Line[] {
  if (tooSmall(view)) return enlarge(view);
  const { head, foot, height } = frame(state, view);
  const rows = [...head, ...fill(bodyOf(state, view, height), view, height), ...foot];
  return rows.slice(0, view.rows - 1).map((row) => cut(row, view.columns, view.glyphs.dots));
}

/** Too small to show a step with what confirms it: then no key is taken but those that leave. */
export function tooSmall({ columns, rows }: Pick<View, 'columns' | 'rows'>): boolean {
  return columns < 60 || rows < 16;
}

/** How far the text of this scene scrolls in this window. */
export function scrollRange(state: State, view: View): ScrollRange {
  const { height } = frame(state, view);
  const body = bodyOf(state, view, height);
  const window = windowOf(body, height);
  if (body.text.length <= window) return { window, last: 0 };
  return { window: window - 1, last: body.text.length - (window - 1) };
}

/** Rows by which PgUp and PgDn move the cursor of this scene's list. */
export function pageOf(state: State, view: View): number {
  return bodyOf(state, view, frame(state, view).height).page ?? 10;
}

function enlarge(view: View): readonly Line[] {
  const words = `This window has ${view.columns} x ${view.rows}; pgmedic needs 60 x 16, better 80 x 24. Enlarge it, or leave with Ctrl-C and use --plain.`;
  return paragraph(words, view.columns, 'warn').slice(0, Math.max(1, view.rows - 1));
}

function frame(state: State, view: View) {
  const head = header(state, view);
  const foot = footer(state, view);
  return { head, foot, height: Math.max(1, view.rows - 1 - head.length - foot.length) };
}

function bodyOf(state: State, view: View, height: number): Body {
  const { overlay } = view.local;
  switch (overlay?.kind) {
    case undefined:
      return drawScene(state, view, height);
    case 'help':
      return drawHelp(state, overlay.over, view);
    case 'log':
      return drawLog(view);
    case 'drill':
      return drawDrill(overlay.coach, view);
    case 'details':
      return drawDetails(state, overlay.id, view);
    case 'steps':
      return drawPlanStep(state, overlay.index, view);
  }
}

function windowOf(body: Body, height: number): number {
  return Math.max(2, height - body.top.length - body.bottom.length);
}

/** The rows of the body: as many as it needs, never more than `height`. What stands below comes first when there is no room. */
function fill({ top, text, bottom }: Body, view: View, height: number): readonly Line[] {
  const above = [...top, ...windowed({ top, text, bottom }, view, height)];
  const room = Math.max(0, height - bottom.length);
  return [...above.slice(0, room), ...bottom.slice(0, height)];
}

function windowed(body: Body, view: View, height: number): readonly Line[] {
  const { text } = body;
  const window = windowOf(body, height);
  if (text.length <= window) return text;
  const size = window - 1;
  const first = Math.min(view.local.scroll, text.length - size);
  const shown = text.slice(first, first + size);
  const where = ` lines ${first + 1}-${first + shown.length} of ${text.length}`;
  const way = [
    ...(first > 0 ? [`${view.glyphs.up} PgUp`] : []),
    ...(first + shown.length < text.length ? [`${view.glyphs.down} PgDn`] : []),
  ].join('  ');
  return [...shown, line(span(`${where}   ${way}`, 'accent'))];
}
