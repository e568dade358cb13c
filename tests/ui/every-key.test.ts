import { beforeAll, expect, test } from 'vitest';
import { coachOf } from '../../src/drill/coach.js';
import type { State } from '../../src/core/session/state.js';
import { update } from '../../src/core/session/update.js';
import { draw } from '../../src/ui/draw.js';
import { unicodeGlyphs } from '../../src/ui/glyphs.js';
import type { Key } from '../../src/ui/keys.js';
import { keyToWish } from '../../src/ui/keys.js';
import type { Local, Overlay } from '../../src/ui/local.js';
import { localFor } from '../../src/ui/local.js';
import { textField } from '../../src/ui/text-keys.js';
import { backup } from '../support/states.js';
import { everyState } from './every-state.js';

// Seen to fail: ctrl-j taken for j; a key that answers nothing; a key that works and is not listed.

const none: Key = {
  ...{ upArrow: false, downArrow: false, leftArrow: false, rightArrow: false, pageUp: false },
  ...{ pageDown: false, home: false, end: false, return: false, escape: false, tab: false },
  ...{ ctrl: false, meta: false, backspace: false, delete: false },
};

/** Every key of a keyboard as Ink hands it on, by the name that the help has for it. */
const keyboard: ReadonlyMap<string, readonly [string, Partial<Key>]> = new Map([
  ...Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).map(
    (letter) => [letter, [letter, {}]] as const,
  ),
  ...Array.from({ length: 26 }, (_, index) => String.fromCharCode(97 + index)).flatMap(
    (letter) =>
      [
        [`ctrl-${letter}`, [letter, { ctrl: true }]],
        [`alt-${letter}`, [letter, { meta: true }]],
      ] as const,
  ),
  ['space', [' ', {}]],
  ['enter', ['\r', { return: true }]],
  ['esc', ['', { escape: true, meta: true }]],
  ['tab', ['', { tab: true }]],
  ['up', ['', { upArrow: true }]],
  ['down', ['', { downArrow: true }]],
  ['left', ['', { leftArrow: true }]],
  ['right', ['', { rightArrow: true }]],
  ['PgUp', ['', { pageUp: true }]],
  ['PgDn', ['', { pageDown: true }]],
  ['home', ['', { home: true }]],
  ['end', ['', { end: true }]],
  ['backspace', ['', { backspace: true }]],
  ['delete', ['', { delete: true }]],
  ['F5', ['', {}]],
]);

const coach = coachOf({ page: 'PAGE', goal: 'Get it applied.', hints: ['one', 'two'] });
const overlays: readonly (Overlay | null)[] = [
  null,
  { kind: 'log' },
  { kind: 'drill', coach },
  { kind: 'details', id: '0017_feature_flags' },
  { kind: 'steps', index: 0 },
];

let states: readonly State[] = [];
beforeAll(async () => {
  const kind = ({ scene, readOnly }: State): string =>
    [
      ...[scene.name, 'index' in scene ? scene.index : '', 'filter' in scene, readOnly],
      Object.values(scene).includes(null),
    ].join(' ');
  const known = new Map((await everyState()).map((state) => [kind(state), state]));
  states = [...known.values()].flatMap(alsoOtherwise);
});

/** Scenes that a straight way does not come by. */
function alsoOtherwise(state: State): readonly State[] {
  const { scene } = state;
  if (scene.name === 'board') {
    const filter = (typing: boolean) => ({ ...scene, filter: { text: 'session', typing } });
    return [state, { ...state, scene: filter(true) }, { ...state, scene: filter(false) }];
  }
  if (scene.name !== 'plan') return [state];
  const { proof: _, provenAt, ...rest } = backup;
  const unproven = { ...rest, readBackAt: provenAt, unproven: 'it was stopped' };
  return [
    state,
    { ...state, readOnly: true },
    {
      ...state,
      scene: { name: 'unproven', backup: unproven as never, accepting: null, goesOnTo: scene },
    },
    { ...state, scene: { name: 'cannot-look', message: 'No server answers.', next: [] } },
  ];
}

/** The keys that the help lists for what lies beneath it. */
function listed(state: State, local: Local): readonly string[] {
  const overlay: Overlay = { kind: 'help', over: local.overlay };
  const view = { columns: 100, rows: 90, now: 5000, glyphs: unicodeGlyphs, log: () => [] };
  const rows = draw(state, { ...view, local: { ...local, overlay } }).map((row) =>
    row.map(({ text }) => text).join(''),
  );
  const from = rows.findIndex((row) => row.includes('Keys that work here'));
  const to = rows.findIndex((row) => row.trim() === 'Everywhere');
  return rows
    .slice(from + 1, to)
    .flatMap((row) => row.slice(0, 20).trim().split(' '))
    .filter(Boolean);
}

test('in every scene each key works and is listed by ?, or is not and says why', () => {
  const seen = new Set<string>();
  for (const state of states) {
    for (const overlay of overlays) {
      const local: Local = { ...localFor(state, null), overlay, coach };
      if (state.scene.name === 'leaving') continue;
      const works = new Set(listed(state, local));
      const letters = overlay === null && textField(state) !== null;
      seen.add(`${state.scene.name} ${overlay?.kind ?? ''} ${textField(state) ?? ''}`);
      for (const [name, [input, key]] of keyboard) {
        const where = `${name} in ${state.scene.name} ${JSON.stringify(overlay)}`;
        const wish = keyToWish(state, local, input, { ...none, ...key }, 5000);
        expect(wish, where).not.toBeNull();
        const isEverywhere = name === 'ctrl-c' || name === 'ctrl-z';
        const isText = letters && (name.length === 1 || name === 'space');
        if (isEverywhere || isText || wish === null) continue;
        if (works.has(name)) {
          expect(JSON.stringify(wish), where).not.toContain('does nothing here');
          continue;
        }
        // It changes nothing but the line that answers it.
        expect(wish.type.startsWith('ui-'), where).toBe(false);
        const [after, commands] = update(state, wish as Parameters<typeof update>[1]);
        expect(commands, where).toEqual([]);
        expect({ ...after, notice: null }, where).toEqual({ ...state, notice: null });
        expect(after.notice ?? '', where).not.toBe('');
      }
    }
  }
  expect(seen.size).toBeGreaterThanOrEqual(60);
  for (const name of [
    'board  filter',
    'asking  ',
    'step  word',
    'unproven  answer',
    'running log ',
    'sessions  ',
    'session  ',
    'resume  ',
  ]) {
    expect([...seen]).toContain(name);
  }
});
