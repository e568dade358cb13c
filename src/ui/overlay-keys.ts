import { placeOf, shownRows } from '../core/session/board-rows.js';
import type { State } from '../core/session/state.js';
import { readOnlyWords } from '../core/session/read-only.js';
import type { Binding } from './binding.js';
import { close, help, say, scroll } from './common-keys.js';
import type { Overlay } from './local.js';

/** The keys of what lies over a scene. None of them reaches what lies beneath. */
export function overlayBindings(state: State, overlay: Overlay): readonly Binding[] {
  const shut = close(['escape', 'q', 'left']);
  switch (overlay.kind) {
    case 'help':
      // Any other key closes it, see keyToWish.
      return [...scroll];
    case 'log':
      return [...scroll, close(['escape', 'q', 'l', 'left']), help];
    case 'drill':
      return [hint, toTheBoard(state), ...scroll, help];
    case 'details':
      return [...scroll, ...otherMigration(state, overlay.id), shut, help];
    case 'steps':
      return [...otherStep(state, overlay.index), ...scroll, close(['escape', 'q', 'n']), help];
  }
}

const hint: Binding = {
  keys: ['h'],
  shown: 'h',
  does: 'a hint',
  wish: () => ({ type: 'ui-hint' }),
};

/** It is the first thing seen of a drill: what Enter does has to say where it leads. */
function toTheBoard({ scene }: State): Binding {
  const early = scene.name === 'reading' || scene.name === 'board';
  const does = early ? 'to the board' : 'back';
  return { ...close(['enter', 'escape', 'q']), shown: 'enter', does };
}

/** The same of the row below or above, as the board shows them. */
function otherMigration({ diagnosis, scene }: State, id: string): readonly Binding[] {
  if (diagnosis === null || scene.name !== 'board') return [];
  const rows = shownRows(diagnosis, scene);
  const here = diagnosis.board.findIndex((row) => row.id === id);
  const { place } = placeOf(rows, here);
  return [
    {
      keys: [']', '['],
      shown: ']/[',
      does: 'next, previous migration',
      wish: ({ name }) => {
        const other = diagnosis.board[rows[place + (name === ']' ? 1 : -1)] ?? -1];
        if (other !== undefined) return { type: 'ui-open', overlay: 'details', id: other.id };
        return say(name === ']' ? 'This is the last one.' : 'This is the first one.');
      },
    },
  ];
}

function otherStep(state: State, index: number): readonly Binding[] {
  const { scene } = state;
  if (scene.name !== 'plan') return [];
  const last = scene.plan.steps.length - 1;
  return [
    {
      keys: ['enter', 'right'],
      shown: 'enter',
      does: 'next step',
      wish: () =>
        index < last
          ? { type: 'ui-open', overlay: 'steps', index: index + 1 }
          : say('This is the last step; esc goes back to the plan.'),
    },
    {
      keys: ['left'],
      shown: 'left',
      does: 'the step before',
      minor: true,
      wish: () =>
        index > 0
          ? { type: 'ui-open', overlay: 'steps', index: index - 1 }
          : say('This is the first step; esc goes back to the plan.'),
    },
  ];
}

/** What is said to a key that would confirm, where steps are only looked at. */
export function whyNoConfirmation({ readOnly }: State): string {
  return readOnly
    ? readOnlyWords
    : 'Here a step is only looked at; esc goes back to the plan, where Enter goes on.';
}
