import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Event } from '../../src/core/session/events.js';
import { startSession } from '../../src/core/session/start.js';
import type { State } from '../../src/core/session/state.js';
import { update } from '../../src/core/session/update.js';
import { cases } from '../support/cases.js';
import { anyEvent, asking, natural, pause, playbook } from '../support/session-events.js';

// Seen to fail: without the guard in run() of step-moves.ts, and without that in plan-moves.ts.
// Beside tests/reliability/session.test.ts, which has the same events.

const playbooks = [playbook, asking];
const marked = (): Event => ({ type: 'settings-found', settings: [], playbooks, readOnly: true });
const unmarked = (): Event => ({ type: 'settings-found', settings: [], playbooks });

test('whatever happens, a session that is read-only begins no run and runs no step', () => {
  let marks = 0;
  let plans = 0;
  fc.assert(
    fc.property(
      fc.boolean(),
      // So far all goes well: some stand at a step by then.
      fc.nat(8),
      fc.array(
        fc.tuple(
          fc.oneof(
            { weight: 40, arbitrary: anyEvent },
            // An environment that is marked is known only when its settings are read.
            {
              weight: 6,
              arbitrary: fc.constant((_: number, { scene }: State) =>
                scene.name === 'step' ? marked() : unmarked(),
              ),
            },
            { weight: 1, arbitrary: fc.constant(marked) },
          ),
          pause,
        ),
        { maxLength: 30 },
      ),
      (fromStart, well, acts) => {
        let state: State = { ...startSession(0, 'me', fromStart)[0], playbooks };
        let at = 0;
        const ahead = Array.from({ length: well }, () => [natural, 1000] as const);
        for (const [make, later] of [...ahead, ...acts]) {
          at += later;
          const before = state;
          const [after, commands] = update(state, make(at, state));
          state = after;
          if (!before.readOnly && state.readOnly && state.scene.name === 'step') marks += 1;
          if (!before.readOnly) continue;
          expect(state.readOnly).toBe(true);
          expect(state.runs.length).toBe(before.runs.length);
          const writes = ['begin-run', 'run-step', 'resume-session'];
          for (const { type } of commands) expect(writes).not.toContain(type);
          if (state.scene.name === 'plan') plans += 1;
        }
      },
    ),
    cases(1500, 40_000),
  );
  // It was not for want of trying: plans were made, and a step stood there when the mark came.
  expect(plans).toBeGreaterThan(50);
  expect(marks).toBeGreaterThan(5);
});
