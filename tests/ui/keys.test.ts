import { expect, test } from 'vitest';
import type { Playbook } from '../../src/core/playbook.js';
import type { Scene, State } from '../../src/core/session/state.js';
import { startSession } from '../../src/core/session/start.js';
import type { Key } from '../../src/ui/keys.js';
import { keyToWish } from '../../src/ui/keys.js';
import type { Local } from '../../src/ui/local.js';
import { localFor } from '../../src/ui/local.js';
import { applySql, diagnosis, plan, playbooks, tell, writeJournal } from '../support/states.js';

const none: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  tab: false,
  pageUp: false,
  pageDown: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  meta: false,
  backspace: false,
  delete: false,
};
const back = { name: 'board', cursor: 0, chosen: [] } as const;
const request = { playbook: 'reconcile-journal', migrations: [], answers: {} };
const now = 5000;

function stateIn(scene: Scene): State {
  const [state] = startSession(0, 'tester');
  const run = {
    plan: plan([tell, writeJournal, applySql]),
    startedAt: 0,
    findings: [],
    outcomes: [],
    verdict: null,
  };
  return { ...state, playbooks, diagnosis: diagnosis(), runs: [run], scene };
}

function press(scene: Scene, input: string, key: Partial<Key> = {}, local: Partial<Local> = {}) {
  const state = stateIn(scene);
  return keyToWish(state, { ...localFor(state, null), ...local }, input, { ...none, ...key }, now);
}

const step = (index: number): Scene => ({ name: 'step', request, index, shownAt: 0, back });
const asking = (playbook: Playbook | undefined, index: number): Scene => {
  if (playbook === undefined) throw new Error('no such playbook');
  return {
    name: 'asking',
    playbook,
    asks: playbook.asks,
    migrations: [],
    index,
    answers: {},
    back,
  };
};
const running: Scene = {
  name: 'running',
  request,
  index: 1,
  since: 0,
  wait: null,
  progress: null,
  cancelling: false,
  back,
};

test.each([
  ['j', {}, { type: 'move', by: 1 }],
  ['kkk', {}, { type: 'move', by: -3 }],
  ['', { downArrow: true }, { type: 'move', by: 1 }],
  ['', { pageUp: true }, { type: 'move', by: -10 }],
  [' ', {}, { type: 'toggle' }],
  ['', { return: true }, { type: 'enter', at: now }],
  ['f', {}, { type: 'show-findings' }],
  ['p', {}, { type: 'enter', at: now }],
  ['b', {}, { type: 'take-backup', at: now }],
  ['r', {}, { type: 'reread', at: now }],
  ['q', {}, { type: 'leave' }],
  ['?', {}, { type: 'ui-open', overlay: 'help' }],
  ['c', { ctrl: true }, { type: 'cancel' }],
  ['x\u0003', {}, { type: 'cancel' }],
  [
    'bb',
    {},
    { type: 'notice', text: 'Several keys came at once; press one at a time.', pressedAt: now },
  ],
  ['é', {}, { type: 'notice', text: 'é does nothing here. ? lists the keys.' }],
  ['x', { ctrl: true }, { type: 'notice', text: 'ctrl-x does nothing here. ? lists the keys.' }],
  ['z', { ctrl: true }, { type: 'ui-suspend' }],
  ['l', { ctrl: true }, { type: 'ui-redraw' }],
  ['/pend', {}, { type: 'filter', text: 'pend', typing: true }],
  ['N', {}, { type: 'jump', by: -1 }],
] as const)('on the board, %j %o is %o', (input, key, wish) => {
  expect(press(back, input, key)).toEqual(wish);
});

const confirmed = {
  type: 'confirm',
  step: 'journal',
  digest: writeJournal.digest,
  by: 'key',
  at: now,
};

test('a reversible step is confirmed by y, and by nothing else', () => {
  expect(press(step(1), 'y')).toEqual({ ...confirmed, typed: null });
  for (const other of ['Y', 'yy', 'y\r', 'yes', ' ', 'j', 'o']) {
    expect(press(step(1), other)).not.toMatchObject({ type: 'confirm' });
  }
  for (const key of ['return', 'escape', 'upArrow', 'end'] as const) {
    expect(press(step(1), '', { [key]: true })).not.toMatchObject({ type: 'confirm' });
  }
  expect(press(step(1), 'y', { ctrl: true })).toMatchObject({ type: 'notice' });
  expect(press(step(1), 'y', { meta: true })).toMatchObject({ type: 'notice' });
  expect(press(step(1), 'y', {}, { overlay: { kind: 'help', over: null } })).toEqual({
    type: 'ui-close',
  });
});

test('a step that only tells is gone on from with Enter, and y is no answer to it', () => {
  expect(press(step(0), '', { return: true })).toEqual({ type: 'enter', at: now });
  expect(press(step(0), 'n')).toEqual({ type: 'back', at: now });
});

test('where a word is asked for, letters are letters and Enter sends them', () => {
  expect(press(step(2), 'q')).toEqual({ type: 'ui-type', text: 'q' });
  expect(press(step(2), 'apply\rmore')).toEqual({ type: 'ui-type', text: 'apply' });
  // As a terminal brackets a paste, with or without what Ink takes off.
  for (const pasted of ['\u001b[200~apply\r\u001b[201~', '[200~apply\u001b[201~']) {
    expect(press(step(2), pasted)).toEqual({ type: 'ui-type', text: 'apply' });
  }
  expect(press(step(2), '', { return: true })).toEqual({ type: 'enter', at: now });
  expect(press(step(2), '', { return: true }, { typed: 'apply' })).toEqual({
    type: 'confirm',
    step: applySql.id,
    digest: applySql.digest,
    typed: 'apply',
    by: 'key',
    at: now,
  });
  expect(press(step(2), '', { escape: true })).toEqual({ type: 'back', at: now });
  expect(press(step(2), '', { delete: true })).toEqual({ type: 'ui-erase', all: false });
  expect(press(step(2), 'u', { ctrl: true })).toEqual({ type: 'ui-erase', all: true });
});

test('Enter answers a question with what is under the cursor, and with nothing when nothing is', () => {
  const reconcile = playbooks.find((one) => one.name === 'reconcile-journal');
  const enter = { return: true };
  expect(press(asking(reconcile, 0), '', enter)).toEqual({ type: 'answer', value: 'remove' });
  expect(press(asking(reconcile, 1), '', enter)).toMatchObject({ type: 'notice' });
  expect(press(asking(reconcile, 1), '', enter, { choice: 1 })).toEqual({
    type: 'answer',
    value: 'no',
  });
  const mark = playbooks.find((one) => one.name === 'mark-applied');
  expect(press(asking(mark, 0), 'q')).toEqual({ type: 'ui-type', text: 'q' });
  expect(press(asking(mark, 0), '', enter, { typed: 'I looked' })).toEqual({
    type: 'answer',
    value: 'I looked',
  });
});

test('while a step runs, no key is taken for an answer', () => {
  for (const input of ['y', 'n', ' ', 'x']) {
    expect(press(running, input)).toEqual({ type: 'back', at: now });
  }
  expect(press(running, 'c', { ctrl: true })).toEqual({ type: 'cancel' });
});
