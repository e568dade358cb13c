import { clock } from '../../core/telling/amounts.js';
import { padded } from '../../core/telling/visible.js';
import type { Scene, State } from '../../core/session/state.js';
import type { Line } from '../line.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

/** What is being done, for how long, and that it may be left. `since`: milliseconds since the epoch. */
export function drawWaiting(what: string, why: string, since: number | null, view: View): Body {
  const elapsed = since === null ? '' : `  ${clock(view.now - since)}`;
  return body({
    top: [
      line(' ', span(`${what}${view.glyphs.dots}`, 'strong'), span(elapsed, 'dim')),
      ...paragraph(why, view.columns, 'dim'),
    ],
  });
}

export function drawReading(
  state: State,
  scene: Extract<Scene, { name: 'reading' }>,
  view: View,
): Body {
  const words =
    'Files, history table and catalog, in one read-only transaction. Nothing is written.';
  const { top } = drawWaiting(
    scene.purpose === 'board' ? 'Reading' : 'Reading again',
    words,
    scene.since,
    view,
  );
  return body({ top: [...top, blank], text: settingsLines(state) });
}

export function drawCannotLook(
  state: State,
  scene: Extract<Scene, { name: 'cannot-look' }>,
  view: View,
): Body {
  return body({
    top: [line(' ', span(`${view.glyphs.no} Could not look`, 'bad')), blank],
    text: [
      ...paragraph(scene.message, view.columns),
      blank,
      ...scene.next.flatMap((next) => [
        ...paragraph(`${view.glyphs.cursor} ${next}`, view.columns, 'strong'),
      ]),
      blank,
      ...settingsLines(state),
    ],
  });
}

/** Each setting with where it came from. */
function settingsLines(state: State): readonly Line[] {
  return state.settings.map((setting) =>
    line(
      ' ',
      span(padded(setting.name, 14), 'dim'),
      setting.value,
      span(`   (${setting.origin})`, 'dim'),
    ),
  );
}
