import type { State } from '../core/session/state.js';
import { padded } from '../core/telling/visible.js';
import { bindingsFor, keyWord } from './bindings.js';
import type { Line } from './line.js';
import { blank, line, paragraph, span } from './line.js';
import type { Overlay } from './local.js';
import type { Body, View } from './view.js';
import { body } from './view.js';

/** The keys of what lies beneath, all of them and no other, and what holds everywhere. */
export function drawHelp(state: State, over: Overlay | null, view: View): Body {
  const key = (names: string, does: string): Line =>
    line('   ', span(padded(names, 17), 'accent'), ' ', does);
  const here = bindingsFor(state, { ...view.local, overlay: over });
  return body({
    top: [line(' ', span('Keys that work here', 'strong')), blank],
    text: [
      ...here.map((binding) => key(binding.keys.map(keyWord).join(' '), binding.does)),
      blank,
      line(' ', span('Everywhere', 'strong')),
      key('ctrl-c', 'stops a backup or a step safely; where nothing runs, leaves'),
      key('ctrl-z', 'gives the terminal to the shell; fg comes back'),
      key('ctrl-l', 'draws the screen anew'),
      key('j k', 'as the arrows, where no text is typed'),
      blank,
      ...paragraph(
        'Enter is never a yes to a write. Nothing is written before a backup is proven, and each write shows first what exactly it is. You can leave at any step: what is done stays done, the rest is not run.',
        view.columns,
      ),
    ],
    bottom: [line(span(' Any key closes this.', 'dim'))],
  });
}
