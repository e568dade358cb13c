import type { Coach } from '../core/coach.js';
import type { Wish } from '../core/session/events.js';
import type { Binding, Press } from './binding.js';
import type { UiAction } from './local.js';

/** Bindings that several scenes have. */

export const help: Binding = {
  keys: ['?'],
  shown: '?',
  does: 'help',
  wish: () => ({ type: 'ui-open', overlay: 'help' }),
};

export const log: Binding = {
  keys: ['l'],
  shown: 'l',
  does: 'log',
  minor: true,
  wish: () => ({ type: 'ui-open', overlay: 'log' }),
};

export function drill(coach: Coach): Binding {
  const wish = (): UiAction => ({ type: 'ui-open', overlay: 'drill', coach });
  return { keys: ['h'], shown: 'h', does: 'hints', wish };
}

export const leave: Binding = {
  keys: ['q'],
  shown: 'q',
  does: 'leave',
  wish: () => ({ type: 'leave' }),
};

export const back: Binding = {
  keys: ['escape', 'n'],
  shown: 'esc',
  does: 'back',
  wish: ({ now }) => ({ type: 'back', at: now }),
};

const DOWN = ['down', 'j'];
const arrows = ['up', ...DOWN, 'k'];

/** How far the arrows, or as many j or k at once, go; down is positive. */
function by({ name, count }: Press): number {
  return DOWN.includes(name) ? count : -count;
}

/** The cursor of a list. */
export const move: Binding = {
  keys: arrows,
  shown: '↑↓',
  does: 'move',
  wish: (press) => ({ type: 'move', by: by(press) }),
};

export const choose: Binding = {
  keys: arrows,
  shown: '↑↓',
  does: 'move',
  wish: (press) => ({ type: 'ui-choice', by: by(press) }),
};

/** Farther than any list or text is long. */
const FAR = 1_000_000;

export const page: Binding = {
  keys: ['pageup', 'pagedown'],
  shown: 'PgUp/PgDn',
  does: 'a page up, down',
  minor: true,
  wish: ({ name, page: rows }) => ({ type: 'move', by: name === 'pagedown' ? rows() : -rows() }),
};

export const ends: Binding = {
  keys: ['home', 'end'],
  shown: 'Home/End',
  does: 'to the first, the last',
  minor: true,
  wish: ({ name }) => ({ type: 'move', by: name === 'end' ? FAR : -FAR }),
};

/** In a text field letters are no arrows. */
export const scrollRows: Binding = {
  keys: ['up', 'down'],
  shown: '↑↓',
  does: 'scroll',
  minor: true,
  wish: (press) => ({ type: 'ui-scroll', by: by(press), unit: 'row' }),
};

export const scrollPages: Binding = {
  keys: ['pageup', 'pagedown'],
  shown: 'PgUp/PgDn',
  does: 'scroll',
  minor: true,
  wish: ({ name }) => ({ type: 'ui-scroll', by: name === 'pagedown' ? 1 : -1, unit: 'window' }),
};

const scrollEnds: Binding = {
  keys: ['home', 'end'],
  shown: 'Home/End',
  does: 'to the top, the bottom',
  minor: true,
  wish: ({ name }) => ({ type: 'ui-scroll', by: name === 'end' ? FAR : -FAR, unit: 'row' }),
};

/** A text that may be longer than its window. */
export const scroll: readonly Binding[] = [
  { ...scrollRows, keys: arrows },
  scrollPages,
  scrollEnds,
];

export function say(text: string): Wish {
  return { type: 'notice', text };
}

export function close(keys: readonly string[]): Binding {
  const wish = (): UiAction => ({ type: 'ui-close' });
  return { keys, shown: 'esc', does: 'back', wish };
}
