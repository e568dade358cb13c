import { expect, test } from 'vitest';
import { startSession } from '../../src/core/session/start.js';
import type { Wish } from '../../src/core/session/events.js';
import type { State } from '../../src/core/session/state.js';
import { update } from '../../src/core/session/update.js';
import { draw } from '../../src/ui/draw.js';
import { unicodeGlyphs } from '../../src/ui/glyphs.js';
import { localFor } from '../../src/ui/local.js';
import { diagnosis, playbooks } from '../support/states.js';

// Seen to fail: all rows drawn before those in sight are taken; the filter's words made at each key.

/** A board of this many rows, half of them pending, and how often a row was looked into since it was last asked. */
function counting(length: number): { readonly state: State; readonly looks: () => number } {
  let looks = 0;
  const [applied] = diagnosis().board;
  const board = Array.from({ length }, (_, index) => {
    const isPending = index >= length / 2;
    const row = { ...applied!, id: `${String(index).padStart(5, '0')}_migration` };
    return Object.defineProperty(
      { ...row, history: isPending ? ('absent' as const) : row.history },
      'note',
      { get: () => ((looks += 1), isPending ? 'pending: runs next' : 'applied'), enumerable: true },
    );
  });
  const runs = board.slice(length / 2).map(({ id }) => id);
  const read = diagnosis({ board, nextRun: { runs, skips: [], fails: null }, findings: [] });
  const scene = { name: 'board', cursor: 0, chosen: [] } as const;
  return {
    state: { ...startSession(0, 'me')[0], playbooks, diagnosis: read, scene },
    looks: () => {
      const count = looks;
      looks = 0;
      return count;
    },
  };
}

function drawn(state: State, columns = 80): string {
  const local = localFor(state, null);
  const view = { columns, rows: 24, now: 0, glyphs: unicodeGlyphs, local, log: () => [] };
  return draw(state, view)
    .map((row) => row.map(({ text }) => text).join(''))
    .join('\n');
}

const keys: readonly Wish[] = [
  { type: 'move', by: 1 },
  { type: 'move', by: 1_000_000 },
  { type: 'filter', text: 'pend', typing: true },
  { type: 'filter', text: 'pendi', typing: true },
  { type: 'move', by: -15 },
  { type: 'toggle' },
  { type: 'jump', by: -1 },
];

test('of 10,000 migrations a key looks into those in sight, and no others', () => {
  const { state: first, looks } = counting(10_000);
  // What follows from a reading alone is worked out once, behind the first key that needs it.
  let state = update(first, { type: 'filter', text: 'x', typing: true })[0];
  drawn(state);
  looks();
  for (const key of keys) {
    state = update(state, key)[0];
    drawn(state);
    expect(looks(), JSON.stringify(key)).toBeLessThanOrEqual(30);
  }
});

test('the board says how many the filter leaves, and of how many', () => {
  const { state } = counting(1000);
  const filtered = update(state, { type: 'filter', text: 'pending', typing: true })[0];
  expect(drawn(filtered)).toContain(' / pending▏   500 of 1,000');
  expect(drawn(filtered)).toContain('it will run 00500_migration');
  expect(drawn(filtered)).not.toContain('00499_migration');
  const none = update(state, { type: 'filter', text: 'zzz', typing: false })[0];
  expect(drawn(none)).toContain('0 of 1,000');
  expect(drawn(none)).toContain('No migration fits; esc shows all again.');
});

// Seen to fail: names that take all but ten columns.
test('a long name gives way to the notes; below the table it is whole', () => {
  const name = '0017_rename_chart_display_configurations_to_configurations';
  const board = diagnosis().board.map((row, index) => (index === 17 ? { ...row, id: name } : row));
  const scene = { name: 'board', cursor: 17, chosen: [] } as const;
  const read = diagnosis({ board });
  const state = { ...startSession(0, 'me')[0], playbooks, diagnosis: read, scene };
  const wide = drawn(state, 100);
  expect(wide).toMatch(/▸ {2}0017_ren\S*…\S*tions .* the migrator cannot see it\n/);
  expect(wide).toContain(` ${name}: the migrator cannot see it`);
  expect(drawn(state, 80)).toMatch(/0016_session_fingerprint .* the mig/);
  // Where there is room for both, nothing is cut.
  expect(drawn(state, 140)).toMatch(new RegExp(`▸  ${name} .* the migrator cannot see it`));
});
