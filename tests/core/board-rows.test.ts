import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BoardRow } from '../../src/core/diagnosis.js';
import { disagrees, rowAtCursor, shownRows } from '../../src/core/session/board-rows.js';
import type { Wish } from '../../src/core/session/events.js';
import { startSession } from '../../src/core/session/start.js';
import type { BoardScene, State } from '../../src/core/session/state.js';
import { update } from '../../src/core/session/update.js';
import { cases } from '../support/cases.js';
import { diagnosis, playbooks } from '../support/states.js';

const row = (parts: Partial<BoardRow>): BoardRow => ({
  ...{ id: '', file: 'present', journal: 'listed', snapshot: 'present', history: 'recorded' },
  ...{ schema: 'present', lacks: [], stoppedAt: null, note: 'applied' },
  ...parts,
});
const pending = { history: 'absent', schema: 'absent', note: 'pending: runs next' } as const;
const rows = [
  row({ id: '0000_users' }),
  row({ id: '0001_orders', schema: 'absent', note: 'applied; nothing of it is there' }),
  row({ id: '0002_users_email' }),
  row({ id: '0003_late', ...pending, note: 'would be skipped' }),
  row({ id: '0004_users_phone', ...pending }),
  row({ id: '0005_tail', snapshot: 'missing' }),
];
const read = diagnosis({
  board: rows,
  findings: [
    {
      ...{ code: 'silently-skipped', severity: 'error', title: '', evidence: [], playbooks: [] },
      migrations: ['0003_late'],
    },
  ],
});

function onBoard(scene: Partial<BoardScene> = {}): State {
  const board: BoardScene = { name: 'board', cursor: 0, chosen: [], ...scene };
  return { ...startSession(0, 'me')[0], playbooks, diagnosis: read, scene: board };
}

function after(state: State, ...wishes: readonly Wish[]): State {
  return wishes.reduce((before, wish) => update(before, wish)[0], state);
}

const boardOf = ({ scene }: State): BoardScene => scene as BoardScene;
const filter = (text: string, typing = true): Wish => ({ type: 'filter', text, typing });
const shownBy = (text: string): readonly string[] =>
  shownRows(read, boardOf(after(onBoard(), filter(text)))).map((at) => rows[at]!.id);

test.each([
  ['users', ['0000_users', '0002_users_email', '0004_users_phone']],
  ['USERS', ['0000_users', '0002_users_email', '0004_users_phone']],
  ['pending', ['0003_late', '0004_users_phone']],
  ['users pend', ['0004_users_phone']],
  ['disagree', ['0001_orders', '0003_late']],
  ['applied', ['0000_users', '0001_orders', '0002_users_email', '0005_tail']],
  ['skipped', ['0003_late']],
  ['nothing fits this', []],
  ['  ', rows.map(({ id }) => id)],
])('the filter %j shows %j', (text, ids) => {
  expect(shownBy(text)).toEqual(ids);
});

test('pending, or without its snapshot, is no disagreement', () => {
  expect(rows.filter((one) => disagrees(read, one)).map(({ id }) => id)).toEqual([
    '0001_orders',
    '0003_late',
  ]);
});

test('what is chosen stays so under a filter, which esc drops; the cursor keeps its row', () => {
  const chosen = after(onBoard(), { type: 'toggle' }, filter('pending'));
  expect(boardOf(chosen)).toMatchObject({ cursor: 3, chosen: ['0000_users'] });
  const both = after(chosen, { type: 'move', by: 1 }, { type: 'toggle' }, { type: 'back', at: 1 });
  expect(boardOf(both)).toEqual({
    ...{ name: 'board', cursor: 4, chosen: ['0000_users', '0004_users_phone'] },
  });
});

test('a row that the filter hides is neither chosen nor opened', () => {
  const none = after(onBoard(), filter('nothing fits'), filter('nothing fits', false));
  const toggled = after(none, { type: 'toggle' });
  expect(boardOf(toggled).chosen).toEqual([]);
  expect(toggled.notice).toBe('There is no migration to choose.');
  const mark = { type: 'choose-playbook', name: 'mark-applied', migrations: [] } as const;
  expect(after(none, { ...mark, answers: {}, askNothing: false, at: 0 }).notice).toContain(
    'Choose migrations first',
  );
});

test('n and N go from one disagreement to the next, and say where there is no more', () => {
  const jump = (by: 1 | -1): Wish => ({ type: 'jump', by });
  const first = after(onBoard(), jump(1));
  expect(boardOf(first).cursor).toBe(1);
  const second = after(first, jump(1));
  expect(boardOf(second).cursor).toBe(3);
  const end = after(second, jump(1));
  expect(boardOf(end).cursor).toBe(3);
  expect(end.notice).toContain('below');
  expect(boardOf(after(end, jump(-1))).cursor).toBe(1);
  expect(boardOf(after(end, filter('late'), filter('late', false), jump(-1))).cursor).toBe(3);
});

test('whatever is typed and pressed, the cursor stands on a row that is shown, if there is one', () => {
  const wish: fc.Arbitrary<Wish> = fc.oneof(
    fc.integer({ min: -9, max: 9 }).map((by): Wish => ({ type: 'move', by })),
    fc.constantFrom(1, -1).map((by): Wish => ({ type: 'jump', by })),
    fc
      .tuple(fc.constantFrom('', 'users', 'pend', 'x', '0005', 'disagree'), fc.boolean())
      .map(([text, typing]) => filter(text, typing)),
    fc.constant<Wish>({ type: 'toggle' }),
    fc.constant<Wish>({ type: 'back', at: 0 }),
  );
  fc.assert(
    fc.property(fc.array(wish, { maxLength: 12 }), (wishes) => {
      let state = onBoard();
      for (const one of wishes) {
        const before = boardOf(state).chosen;
        state = after(state, one);
        const board = boardOf(state);
        const isAny = shownRows(read, board).length > 0;
        expect(rowAtCursor(read, board) !== undefined).toBe(isAny);
        if (one.type !== 'toggle') expect(board.chosen).toEqual(before);
      }
    }),
    cases(300, 3000),
  );
});
