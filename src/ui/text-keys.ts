import type { Wish } from '../core/session/events.js';
import type { State } from '../core/session/state.js';
import { confirmWord, currentStep, needsConfirmation, SETTLE } from '../core/session/step-moves.js';
import type { Binding } from './binding.js';
import { ends, move, page, say, scrollPages, scrollRows } from './common-keys.js';
import { confirmation } from './confirmation.js';
import type { Local, UiAction } from './local.js';

/** The text that is asked for here; null where letters are keys. */
export function textField(state: State): 'word' | 'answer' | 'filter' | null {
  const { scene } = state;
  if (scene.name === 'board') return scene.filter?.typing ? 'filter' : null;
  if (scene.name === 'unproven') return scene.accepting === null ? 'answer' : null;
  if (scene.name === 'asking') {
    return scene.asks[scene.index]?.choices === null ? 'answer' : null;
  }
  const now = scene.name === 'step' ? currentStep(state) : null;
  if (now === null || !needsConfirmation(now.step)) return null;
  return confirmWord(now.step, now.plan) === null ? null : 'word';
}

const erase: Binding = {
  keys: ['backspace', 'delete'],
  shown: 'backspace',
  does: 'take the last letter back',
  minor: true,
  wish: () => ({ type: 'ui-erase', all: false }),
};

const clear: Binding = {
  keys: ['ctrl-u'],
  shown: 'ctrl-u',
  does: 'clear',
  minor: true,
  wish: () => ({ type: 'ui-erase', all: true }),
};

/** The keys of a text field that are no text. */
export function textBindings(state: State, local: Local): readonly Binding[] {
  const { scene } = state;
  if (scene.name === 'board') return filterBindings(state);
  const [does, backDoes] =
    scene.name === 'step'
      ? ['confirm what is typed', 'stop here']
      : scene.name === 'unproven'
        ? ['go on with this reason', 'back to the plan']
        : ['answer', 'back'];
  return [
    { keys: ['enter'], shown: 'enter', does, wish: ({ now }) => entered(state, local, now) },
    {
      keys: ['escape'],
      shown: 'esc',
      does: backDoes,
      wish: ({ now }) => ({ type: 'back', at: now }),
    },
    erase,
    clear,
    scrollRows,
    scrollPages,
    scene.name === 'unproven' ? { ...cancel, does: backDoes } : cancel,
  ];
}

/** It is taken before any other key, see keyToWish; here it is shown, since q is a letter. */
const cancel: Binding = {
  keys: ['ctrl-c'],
  shown: 'ctrl-c',
  does: 'leave',
  wish: () => ({ type: 'cancel' }),
};

function entered(state: State, { typed }: Local, now: number): Wish {
  if (state.scene.name === 'asking') return { type: 'answer', value: typed };
  if (state.scene.name === 'unproven') return { type: 'accept-read-back', reason: typed, at: now };
  return typed === '' ? { type: 'enter', at: now } : confirmation(state, typed, now);
}

/** Letters narrow the board, and the cursor moves as ever. */
function filterBindings(state: State): readonly Binding[] {
  const text = filterText(state);
  const to =
    (changed: string, typing = true) =>
    (): Wish => ({ type: 'filter', text: changed, typing });
  const shorter = Array.from(text).slice(0, -1).join('');
  return [
    { keys: ['enter'], shown: 'enter', does: 'keep the filter', wish: to(text, false) },
    { keys: ['escape'], shown: 'esc', does: 'show all', wish: to('', false) },
    { ...erase, wish: to(shorter) },
    { ...clear, wish: to('') },
    { ...move, keys: ['up', 'down'] },
    page,
    ends,
    cancel,
  ];
}

export function filterText({ scene }: State): string {
  return scene.name === 'board' ? (scene.filter?.text ?? '') : '';
}

/** What letters do in a text field; null: there was nothing to type in it. */
export function typeInto(state: State, input: string, now: number): Wish | UiAction | null {
  const text = printable(input);
  if (text === '') return null;
  const { scene } = state;
  if (scene.name === 'board') {
    return { type: 'filter', text: filterText(state) + text, typing: true };
  }
  const early = scene.name === 'step' && now < scene.shownAt + SETTLE;
  return early ? say('Too quick: read the step, then type.') : { type: 'ui-type', text };
}

/** Only what stands before a line break: an Enter inside a paste is no Enter. The marks that a terminal may put about a paste are no text. */
export function printable(input: string): string {
  const line = input.split(/[\r\n]/)[0] ?? '';
  return line.replace(/\p{Cc}/gu, '').replaceAll(/\[20[01]~/g, '');
}
