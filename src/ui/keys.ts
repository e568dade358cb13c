import type { Wish } from '../core/session/events.js';
import type { State } from '../core/session/state.js';
import { bindingsFor, keyWord } from './bindings.js';
import { say } from './common-keys.js';
import type { Local, UiAction } from './local.js';
import { whyNoConfirmation } from './overlay-keys.js';
import { filterText, printable, textField, typeInto } from './text-keys.js';

/** The keys that matter here, as Ink names them. */
export interface Key {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly leftArrow: boolean;
  readonly rightArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
  readonly tab: boolean;
  readonly ctrl: boolean;
  readonly meta: boolean;
  readonly backspace: boolean;
  readonly delete: boolean;
}

/**
 * What a key means in this state. Pure: the state says afterwards whether the wish counts.
 * Several characters that arrive at once are text, never a command: a paste cannot confirm.
 *
 * @param now milliseconds since the epoch
 * @param page rows of the list in sight
 */
export function keyToWish(
  state: State,
  local: Local,
  input: string,
  key: Key,
  now: number,
  page: () => number = () => 10,
): Wish | UiAction | null {
  if (isCancel(input, key)) return { type: 'cancel' };
  if (state.scene.name === 'leaving') return null;
  const name = keyName(input, key);
  if (name === 'ctrl-z') return isBusy(state) ? say(notNow) : { type: 'ui-suspend' };
  const inText = local.overlay === null && textField(state) !== null;
  const isLetters = !inText && !key.ctrl && !key.meta;
  const repeated = isLetters && /^(?:j+|k+)$/.test(input) ? input.charAt(0) : null;
  const binding = bindingsFor(state, local).find(({ keys }) => keys.includes(repeated ?? name));
  if (binding !== undefined) {
    const count = repeated === null ? 1 : input.length;
    return binding.wish({ name: repeated ?? name, count, now, page });
  }
  if (local.overlay?.kind === 'help') return { type: 'ui-close' };
  const isText = !key.ctrl && !key.meta;
  if (inText) {
    const typed = isText ? typeInto(state, input, now) : null;
    return (
      typed ?? say(`${keyWord(name)} does nothing here; letters are text. ${otherwise(state)}`)
    );
  }
  if (name === PASTE) return pasted(state, local, input, now);
  if (local.overlay !== null) {
    return say(
      name === 'y' && local.overlay.kind === 'steps'
        ? whyNoConfirmation(state)
        : `${keyWord(name)} does nothing here. esc goes back.`,
    );
  }
  return nothing(state, name, now);
}

/** What runs holds locks of the database, and would go on holding them while this is stopped. */
export function isBusy({ scene }: State): boolean {
  return scene.name === 'backup' || scene.name === 'running';
}

const notNow = 'Not now: what runs would keep its locks. Ctrl-C stops it safely.';

/** Ctrl-C, also where it came in one chunk with other keys. */
export function isCancel(input: string, key: Pick<Key, 'ctrl'>): boolean {
  return (key.ctrl && input === 'c') || input.includes('\u0003');
}

/** Several characters at once. */
const PASTE = 'paste';

const flags = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pageup'],
  ['pageDown', 'pagedown'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'escape'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
] as const satisfies readonly (readonly [keyof Key, string])[];

/** The name of a key; '' for one that Ink does not know. */
function keyName(input: string, key: Key): string {
  const flag = flags.find(([one]) => key[one]);
  // Escape sets `meta` too.
  const held = key.ctrl ? 'ctrl-' : key.meta && !key.escape ? 'alt-' : '';
  if (flag !== undefined) return held + flag[1];
  if (input === '\n') return `${held}enter`;
  if (input === ' ') return `${held}space`;
  if (Array.from(input).length > 1) return held === '' ? PASTE : '';
  return input === '' ? '' : held + input;
}

/** A filter may be pasted whole; anything else that came at once is no command. */
function pasted(state: State, local: Local, input: string, now: number): Wish {
  if (local.overlay === null && state.scene.name === 'board' && input.startsWith('/')) {
    return { type: 'filter', text: filterText(state) + printable(input.slice(1)), typing: true };
  }
  const text = 'Several keys came at once; press one at a time.';
  return { type: 'notice', text, pressedAt: now };
}

/** A key that does nothing here says why. */
function nothing(state: State, name: string, now: number): Wish {
  const { scene } = state;
  switch (scene.name) {
    case 'backup':
    case 'running':
      // The state answers with what runs and how to stop it.
      return { type: 'back', at: now };
    case 'step':
      // The state says what Enter is not.
      if (name === 'enter') return { type: 'enter', at: now };
      break;
    case 'board':
      if (name === 'escape') return { type: 'back', at: now };
      break;
    default:
      break;
  }
  return say(`${keyWord(name)} does nothing here. ${otherwise(state)}`);
}

/** What works instead. */
function otherwise({ scene }: State): string {
  switch (scene.name) {
    case 'findings':
    case 'playbooks':
    case 'plan':
    case 'sessions':
      return 'Enter goes on, esc goes back.';
    case 'session':
      return scene.details === null ? 'One moment; esc goes back.' : 'esc goes back.';
    case 'resume':
      return scene.resumed === null ? 'One moment; q leaves.' : 'Enter goes on to the board.';
    case 'asking':
      return scene.asks[scene.index]?.choices === null
        ? 'Enter answers, esc goes back.'
        : 'Choose with the arrows, then Enter.';
    case 'step':
      return 'Read the step; the line above says what confirms it.';
    case 'ended':
      return 'Enter goes on to the board; q writes the report and leaves.';
    case 'cannot-look':
      return 'r tries again, q leaves.';
    case 'board':
      return scene.filter?.typing ? 'Enter keeps the filter, esc shows all.' : '? lists the keys.';
    case 'unproven':
      return scene.accepting === null ? 'Enter goes on, esc goes back.' : 'One moment; q leaves.';
    default:
      return 'One moment; q leaves.';
  }
}
