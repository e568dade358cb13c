import type { Wish } from '../core/session/events.js';
import type { State } from '../core/session/state.js';
import { confirmWord, currentStep, needsConfirmation, SETTLE } from '../core/session/step-moves.js';
import type { Local, UiAction } from './local.js';

/** The keys that matter here, as Ink names them. */
export interface Key {
  readonly upArrow: boolean;
  readonly downArrow: boolean;
  readonly pageUp: boolean;
  readonly pageDown: boolean;
  readonly home: boolean;
  readonly end: boolean;
  readonly return: boolean;
  readonly escape: boolean;
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
 */
export function keyToWish(
  state: State,
  local: Local,
  input: string,
  key: Key,
  now: number,
): Wish | UiAction | null {
  if (isCancel(input, key)) return { type: 'cancel' };
  if (local.help) return inHelp(key);
  const question = textField(state);
  if (question !== null) return inTextField(state, local, input, key, now);
  if (key.ctrl || (key.meta && !key.escape)) return null;
  const moved = movement(input, key);
  if (moved !== 0) return onMove(state, moved);
  if (key.pageUp || key.pageDown) return onPage(state, key.pageDown ? 1 : -1);
  if (key.home || key.end) return onEdge(state, key.end);
  const enter = key.return || input === '\n';
  if (!enter && !key.escape && Array.from(input).length !== 1) {
    if (input === '') return null;
    const text = 'Several keys came at once; press one at a time.';
    return { type: 'notice', text, pressedAt: now };
  }
  if (input === '?') return { type: 'ui-help', open: true };
  if (input === 'q') return { type: 'leave' };
  return onKey(state, local, enter ? 'enter' : key.escape ? 'escape' : input, now);
}

/** Ctrl-C, also where it came in one chunk with other keys. */
export function isCancel(input: string, key: Pick<Key, 'ctrl'>): boolean {
  return (key.ctrl && input === 'c') || input.includes('\u0003');
}

/** The text that is asked for here; null where keys are commands. */
export function textField(state: State): 'word' | 'answer' | null {
  const { scene } = state;
  if (scene.name === 'unproven') return scene.accepting === null ? 'answer' : null;
  if (scene.name === 'asking') {
    return scene.asks[scene.index]?.choices === null ? 'answer' : null;
  }
  const now = scene.name === 'step' ? currentStep(state) : null;
  if (now === null || !needsConfirmation(now.step)) return null;
  return confirmWord(now.step, now.plan) === null ? null : 'word';
}

function inHelp(key: Key): UiAction {
  if (key.upArrow || key.downArrow) {
    return { type: 'ui-scroll', by: key.downArrow ? 1 : -1, unit: 'row' };
  }
  return { type: 'ui-help', open: false };
}

function inTextField(
  state: State,
  local: Local,
  input: string,
  key: Key,
  now: number,
): Wish | UiAction | null {
  if (key.escape) return { type: 'back', at: now };
  if (key.backspace || key.delete) return { type: 'ui-erase', all: false };
  if (key.ctrl && input === 'u') return { type: 'ui-erase', all: true };
  if (key.pageUp || key.pageDown) return onPage(state, key.pageDown ? 1 : -1);
  if (key.upArrow || key.downArrow) return onMove(state, key.downArrow ? 1 : -1);
  if (key.return || input === '\n') {
    if (state.scene.name === 'asking') return { type: 'answer', value: local.typed };
    if (state.scene.name === 'unproven') {
      return { type: 'accept-read-back', reason: local.typed, at: now };
    }
    return local.typed === '' ? { type: 'enter', at: now } : confirmation(state, local.typed, now);
  }
  if (key.ctrl || key.meta) return null;
  // Only what stands before a line break: an Enter inside a paste is no Enter.
  const text = (input.split(/[\r\n]/)[0] ?? '').replace(/\p{Cc}/gu, '');
  if (text === '') return null;
  const early = state.scene.name === 'step' && now < state.scene.shownAt + SETTLE;
  return early ? say('Too quick: read the step, then type.') : { type: 'ui-type', text };
}

/** Rows up or down; a row of j that came at once is that many steps. */
function movement(input: string, key: Key): number {
  if (key.upArrow) return -1;
  if (key.downArrow) return 1;
  if (/^j+$/.test(input)) return input.length;
  return /^k+$/.test(input) ? -input.length : 0;
}

function onMove(state: State, by: number): Wish | UiAction {
  switch (state.scene.name) {
    case 'board':
    case 'findings':
    case 'playbooks':
      return { type: 'move', by };
    case 'asking':
      return textField(state) === null
        ? { type: 'ui-choice', by }
        : { type: 'ui-scroll', by, unit: 'row' };
    default:
      return { type: 'ui-scroll', by, unit: 'row' };
  }
}

function onPage(state: State, by: number): Wish | UiAction {
  return state.scene.name === 'board'
    ? { type: 'move', by: by * 10 }
    : { type: 'ui-scroll', by, unit: 'window' };
}

const FAR = 1_000_000;

function onEdge(state: State, end: boolean): Wish | UiAction {
  const by = end ? FAR : -FAR;
  return 'cursor' in state.scene ? { type: 'move', by } : { type: 'ui-scroll', by, unit: 'row' };
}

function onKey(state: State, local: Local, key: string, now: number): Wish | UiAction | null {
  const { scene } = state;
  const goesBack = key === 'escape' || key === 'n';
  switch (scene.name) {
    case 'board':
      return onBoard(key, now);
    case 'findings':
    case 'playbooks':
      if (goesBack) return { type: 'back', at: now };
      if (key === 'enter') return { type: 'enter', at: now };
      if (key === 'p') return { type: 'show-playbooks' };
      if (key === 'f') return { type: 'show-findings' };
      return unknown(key, 'Enter goes on, esc goes back.');
    case 'asking': {
      if (goesBack) return { type: 'back', at: now };
      if (key !== 'enter') return unknown(key, 'Choose with the arrows, then Enter.');
      const choices = Object.keys(scene.asks[scene.index]?.choices ?? {});
      const value = choices[local.choice];
      return value === undefined
        ? say('Nothing is chosen yet: choose with the arrows, then Enter.')
        : { type: 'answer', value };
    }
    case 'plan':
      if (goesBack) return { type: 'back', at: now };
      if (key === 'enter' || key === 'b') return { type: 'enter', at: now };
      return unknown(key, 'Enter goes on, esc goes back.');
    case 'step':
      if (goesBack) return { type: 'back', at: now };
      if (key === 'enter') return { type: 'enter', at: now };
      if (key === 'y') return confirmation(state, null, now);
      return unknown(key, 'Read the step; the line above says what confirms it.');
    case 'backup':
      if (key === 's') return { type: 'stop-proof' };
      return { type: 'back', at: now };
    case 'running':
      // The state answers with what runs and how to stop it.
      return { type: 'back', at: now };
    case 'ended':
      if (key === 'enter') return { type: 'enter', at: now };
      return unknown(key, 'Enter goes on to the board; q writes the report and leaves.');
    case 'cannot-look':
      if (key === 'r') return { type: 'reread', at: now };
      return unknown(key, 'r tries again, q leaves.');
    case 'reading':
    case 'planning':
    case 'unproven':
    case 'rechecking':
    case 'verifying':
      return say('One moment; q leaves.');
    case 'leaving':
      return null;
  }
}

function onBoard(key: string, now: number): Wish {
  switch (key) {
    case ' ':
      return { type: 'toggle' };
    case 'enter':
      return { type: 'enter', at: now };
    case 'f':
      return { type: 'show-findings' };
    case 'p':
      return { type: 'show-playbooks' };
    case 'b':
      return { type: 'take-backup', at: now };
    case 'r':
      return { type: 'reread', at: now };
    case 'escape':
      return { type: 'back', at: now };
    default:
      return unknown(key, '? lists the keys.');
  }
}

function confirmation(state: State, typed: string | null, now: number): Wish {
  const step = currentStep(state)?.step;
  if (step === undefined) return say('Nothing waits for a confirmation.');
  return { type: 'confirm', step: step.id, digest: step.digest, typed, by: 'key', at: now };
}

function unknown(key: string, instead: string): Wish {
  const name = key === ' ' ? 'space' : key === 'escape' ? 'esc' : key;
  return say(`${name} does nothing here. ${instead}`);
}

function say(text: string): Wish {
  return { type: 'notice', text };
}
