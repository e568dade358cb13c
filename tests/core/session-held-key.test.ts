import { expect, test } from 'vitest';
import type { Event } from '../../src/core/session/events.js';
import { startSession } from '../../src/core/session/start.js';
import type { State } from '../../src/core/session/state.js';
import { update } from '../../src/core/session/update.js';
import { diagnosis, plan, playbook, proven, steps } from '../support/session-events.js';

// Whatever else may happen: tests/reliability/session.test.ts.
test('a held key confirms nothing after the first', () => {
  const backup = proven(0);
  let state: State = { ...startSession(0, 'me')[0], playbooks: [playbook], diagnosis, backup };
  const outcomes = steps.map(() => null);
  const run = { plan, startedAt: 0, findings: [], outcomes, verdict: null };
  const board = { name: 'board', cursor: 0, chosen: [] } as const;
  const request = { playbook: 'p', migrations: [], answers: {} };
  state = {
    ...state,
    runs: [run],
    scene: { name: 'step', request, index: 1, shownAt: 1000, back: board },
  };
  const key = (at: number): Event => ({
    type: 'confirm',
    step: 'row',
    digest: 'd1',
    typed: null,
    by: 'key',
    at,
  });
  const count = (): number =>
    [1010, 1040, 1300, 1450, 1600, 1900].filter((at) => {
      const [next, commands] = update(state, key(at));
      state = next;
      return commands.length > 0;
    }).length;
  expect(count()).toBe(0);
  const [, commands] = update(state, key(3500));
  expect(commands).toHaveLength(1);
});
