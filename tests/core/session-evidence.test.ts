import { expect, test } from 'vitest';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { Finding } from '../../src/core/finding.js';
import type { Event } from '../../src/core/session/events.js';
import { orderedPlaybooks } from '../../src/core/session/recommend.js';
import { startSession } from '../../src/core/session/start.js';
import type { BoardScene, State } from '../../src/core/session/state.js';
import { firstToLookAt } from '../../src/core/session/step-moves.js';
import { update } from '../../src/core/session/update.js';
import { diagnosis, playbooks } from '../support/states.js';

/** The look behind the board: it never waits, and what it brings moves nothing under the operator's hand. */

function on(state: State, ...events: readonly Event[]): State {
  return events.reduce((at, event) => update(at, event)[0], state);
}

const first = diagnosis();
const read: Event = { type: 'facts-read', diagnosis: first, at: 1 };
const settings: Event = { type: 'settings-found', settings: [], playbooks };
const onBoard = on(startSession(0, 'me')[0], read, settings);

const partial: Finding = {
  code: 'partially-applied',
  severity: 'error',
  migrations: ['0003_migration_number_3'],
  title: 'It is half there.',
  evidence: ['it stopped at statement 2'],
  playbooks: ['mark-applied'],
};
/** With evidence: the third row differs, and there is one finding more, the gravest. */
const weighed: Diagnosis = {
  ...first,
  board: first.board.map((row, index) =>
    index === 3 ? { ...row, schema: 'partial', note: 'half there' } : row,
  ),
  findings: [partial, ...first.findings],
};
const evidence: Event = { type: 'evidence-read', diagnosis: weighed };
const progress: Event = {
  type: 'evidence-progress',
  progress: { doing: 'replaying the migrations', done: 3, total: 19 },
};

test('it begins with every reading for the board, and the board is there before it ends', () => {
  const [state, commands] = update(startSession(0, 'me')[0], read);
  expect(commands).toEqual([{ type: 'read-evidence' }]);
  expect(state.scene.name).toBe('board');
  expect(state.weighing).toEqual({ state: 'working', since: 1, progress: null });
  const told = on(state, progress);
  expect(told.weighing).toMatchObject({ progress: { doing: 'replaying the migrations', done: 3 } });
  const after = on(told, evidence);
  expect([after.weighing, after.diagnosis]).toEqual([{ state: 'idle' }, weighed]);
});

test('why it failed is kept; the board stays as it is', () => {
  const failed = on(onBoard, { type: 'evidence-failed', message: 'no room on the disk' });
  expect(failed.weighing).toEqual({ state: 'failed', message: 'no room on the disk' });
  expect([failed.diagnosis, failed.scene]).toEqual([first, onBoard.scene]);
});

test('news that come when nobody waits for them change nothing', () => {
  const newer = on(onBoard, evidence);
  const failed: Event = { type: 'evidence-failed', message: 'late' };
  for (const event of [progress, failed, { ...evidence, diagnosis: first } as Event]) {
    expect(on(newer, event)).toEqual(newer);
  }
  // What decides was read while it went on: it is newer than what comes now.
  const verified = on(onBoard, { type: 'evidence-failed', message: 'given up' });
  expect(on(verified, evidence).diagnosis).toBe(first);
});

const cursorOf = ({ scene }: State): number => ('cursor' in scene ? scene.cursor : -1);

test('on the board, the cursor goes to what there is to see now, unless it was moved', () => {
  expect(cursorOf(onBoard)).toBe(firstToLookAt(first));
  expect(cursorOf(on(onBoard, evidence))).toBe(firstToLookAt(weighed));
  expect(firstToLookAt(weighed)).not.toBe(firstToLookAt(first));
  const moved = on(onBoard, { type: 'move', by: -5 });
  expect(cursorOf(on(moved, evidence))).toBe(cursorOf(moved));
  const chosen = on(moved, { type: 'toggle' }, evidence);
  expect((chosen.scene as BoardScene).chosen).toHaveLength(1);
});

test('in a list, the cursor stays on the line it was on, wherever that is now', () => {
  const finding = on(onBoard, { type: 'show-findings' }, { type: 'move', by: 1 });
  const here = first.findings[cursorOf(finding)];
  const after = on(finding, evidence);
  expect(weighed.findings[cursorOf(after)]).toBe(here);

  for (const by of playbooks.keys()) {
    const before = on(onBoard, { type: 'show-playbooks' }, { type: 'move', by });
    const name = orderedPlaybooks(playbooks, first)[cursorOf(before)]?.name;
    const then = on(before, evidence);
    expect(orderedPlaybooks(playbooks, weighed)[cursorOf(then)]?.name).toBe(name);
  }
  const names = (one: Diagnosis) => orderedPlaybooks(playbooks, one).map(({ name }) => name);
  expect(names(weighed)).not.toEqual(names(first));
});

test('a list that has nothing left gives way to the board', () => {
  const finding = on(onBoard, { type: 'show-findings' });
  const healthy: Event = { type: 'evidence-read', diagnosis: { ...first, findings: [] } };
  expect(on(finding, healthy).scene.name).toBe('board');
});
