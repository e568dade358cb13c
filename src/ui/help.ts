import type { State } from '../core/session/state.js';
import { padded } from '../core/telling/visible.js';
import { hintsFor } from './hints.js';
import type { Line } from './line.js';
import { blank, line, paragraph, span } from './line.js';
import type { Body, View } from './view.js';
import { body } from './view.js';

/** The keys of the scene that lies beneath, and what holds everywhere. */
export function drawHelp(state: State, view: View): Body {
  const key = (name: string, does: string): Line =>
    line('   ', span(padded(name, 12), 'accent'), does);
  const everywhere = [
    key('ctrl-c', 'stops a backup or a step safely; where nothing runs, leaves'),
    key('PgUp PgDn', 'scroll a text that is longer than the window'),
    key('j k', 'as the arrows'),
    ...(view.drill === null ? [] : [key('h', 'the page of the drill, and its hints one by one')]),
  ];
  return body({
    top: [line(' ', span('Keys that work here', 'strong')), blank],
    text: [
      ...hintsFor(state, view.glyphs).map((hint) => key(hint.key, hint.does)),
      blank,
      line(' ', span('Everywhere', 'strong')),
      ...everywhere,
      blank,
      ...paragraph(
        'Enter is never a yes to a write. Nothing is written before a backup is proven, and each write shows first what exactly it is. You can leave at any step: what is done stays done, the rest is not run.',
        view.columns,
      ),
    ],
    bottom: [line(span(' Any key closes this.', 'dim'))],
  });
}
