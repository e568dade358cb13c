import type { Coach } from '../core/coach.js';
import { givenHints, hintsLeft } from '../core/coach.js';
import type { Wish } from '../core/session/events.js';
import type { State } from '../core/session/state.js';
import type { Hint } from './hints.js';
import type { Key } from './keys.js';
import { isCancel, textField } from './keys.js';
import { blank, line, paragraph, span } from './line.js';
import type { Local, UiAction } from './local.js';
import type { Body, View } from './view.js';
import { body } from './view.js';

/** The drill that is played, and whether its page lies over the scene. */
export interface DrillView {
  readonly coach: Coach;
  readonly open: boolean;
}

/**
 * What a key means to the drill; null: it is none of the drill's. Over the page no key reaches the
 * scene beneath but Ctrl-C, and none that confirms closes it: one that is held would go on there.
 */
export function drillKey(
  drill: DrillView,
  state: State,
  local: Local,
  input: string,
  key: Key,
): UiAction | Wish | null {
  if (isCancel(input, key)) return null;
  if (!drill.open) {
    const free = !local.help && textField(state) === null && !key.ctrl && !key.meta;
    return input === 'h' && free ? { type: 'ui-drill', open: true } : null;
  }
  if (key.upArrow || key.downArrow) {
    return { type: 'ui-scroll', by: key.downArrow ? 1 : -1, unit: 'row' };
  }
  if (key.pageUp || key.pageDown) {
    return { type: 'ui-scroll', by: key.pageDown ? 1 : -1, unit: 'window' };
  }
  if (key.return || key.escape) return { type: 'ui-drill', open: false };
  if (input === 'h') return { type: 'ui-hint' };
  return {
    type: 'notice',
    text: 'This is the page of the drill: h gives a hint, enter closes it.',
  };
}

export function drawDrill({ coach }: DrillView, { columns }: View): Body {
  return body({
    top: [line(' ', span('The drill', 'strong'), span(`   ${hintsLeft(coach)}`, 'dim')), blank],
    text: [
      ...paragraph(coach.page, columns),
      blank,
      ...paragraph(`Goal: ${coach.goal}`, columns, 'strong'),
      ...givenHints(coach).flatMap((hint) => [blank, ...paragraph(hint, columns, 'accent')]),
    ],
  });
}

/** Its keys: over the page alone, else one more beside those of the scene. */
export function drillHints(drill: DrillView | null, state: State, scene: readonly Hint[]) {
  if (drill === null) return scene;
  if (drill.open) return overPage;
  return textField(state) === null && scene.length > 0 ? [...scene, toPage] : scene;
}

/** In the footer; the help says more of it. */
const toPage: Hint = { key: 'h', does: 'hints' };

const overPage: readonly Hint[] = [
  { key: 'h', does: 'a hint' },
  { key: 'enter', does: 'close' },
  { key: 'PgUp/PgDn', does: 'scroll', minor: true },
  { key: 'ctrl-c', does: 'leave' },
];
