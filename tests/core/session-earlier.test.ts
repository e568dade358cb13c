import { describe, expect, test } from 'vitest';
import type { AcceptedBackup } from '../../src/core/backup.js';
import type { Plan } from '../../src/core/plan.js';
import type { Command, Event } from '../../src/core/session/events.js';
import { exitCode } from '../../src/core/session/leave-moves.js';
import { startSession } from '../../src/core/session/start.js';
import type { Scene, State } from '../../src/core/session/state.js';
import { update } from '../../src/core/session/update.js';
import { verdictOf } from '../../src/core/session/verdict.js';
import { detailsOf, earlier, ended, killed, resumedOf } from '../support/earlier-sessions.js';
import { backup, diagnosis, plan, playbooks, writeJournal } from '../support/states.js';

// Seen to fail: a backup that was accepted, or one whose proof was stopped, counts for an undo; a
// resume in read-only mode; sessions by their age alone.

const board = { name: 'board', cursor: 0, chosen: [] } as const;

function at(scene: Scene, more: Partial<State> = {}): State {
  return { ...startSession(0, 'me')[0], diagnosis: diagnosis(), playbooks, scene, ...more };
}

function after(from: State, ...events: readonly Event[]): [State, readonly Command[]] {
  return events.reduce<[State, readonly Command[]]>(
    ([state, before], event) => {
      const [next, commands] = update(state, event);
      return [next, [...before, ...commands]];
    },
    [from, []],
  );
}

const list = (found = earlier): Event => ({ type: 'sessions-read', sessions: found });
const open = (session: string): Event => ({ type: 'open-session', session });

/** A session that is open, with all that is known of it. */
function onSession(summary = ended, more: Partial<State> = {}): State {
  const details = detailsOf(summary);
  return after(at(board, more), { type: 'show-sessions' }, list([summary]), open(summary.session), {
    type: 'session-read',
    details,
  })[0];
}

const resume: Event = { type: 'resume-session', at: 9 };
const undo: Event = { type: 'undo-session' };

describe('the list', () => {
  test('has what is unfinished first, then the newest, and keeps its cursor within', () => {
    const [state, commands] = after(at(board), { type: 'show-sessions' }, list(), {
      type: 'move',
      by: 99,
    });
    expect(commands).toEqual([{ type: 'read-sessions' }]);
    expect(state.scene).toMatchObject({ name: 'sessions', cursor: 2 });
    const shown = state.scene.name === 'sessions' ? (state.scene.sessions ?? []) : [];
    expect(shown.map(({ session }) => session.slice(-4))).toEqual(['bbbb', 'cccc', 'aaaa']);
    // Enter opens what is under the cursor; esc leads back the way one came.
    const [opened, asked] = after(state, { type: 'enter', at: 1 });
    expect(asked).toEqual([{ type: 'read-session', session: ended.session }]);
    expect(after(opened, { type: 'back', at: 1 })[0].scene).toEqual(state.scene);
    expect(after(opened, { type: 'back', at: 1 }, { type: 'back', at: 1 })[0].scene).toEqual(board);
  });

  test('of no session, or one that cannot be read, is the board again with a word why', () => {
    const [none] = after(at(board), { type: 'show-sessions' }, list([]));
    expect(none).toMatchObject({ scene: board, notice: 'This project has no earlier session.' });
    const failed: Event = { type: 'session-failed', message: 'No.', next: ['Look.'] };
    const [broken] = after(at(board), { type: 'show-sessions' }, failed);
    expect(broken).toMatchObject({ scene: board, notice: 'No. Look.' });
    const [late] = after(at(board), list());
    expect(late.scene).toEqual(board);
  });
});

describe('resume', () => {
  test('asks the world once, tells what became of each step, and ends in a fresh look', () => {
    const [asking, commands] = after(onSession(killed), resume);
    expect(commands).toEqual([{ type: 'resume-session', session: killed.session }]);
    expect(after(asking, { type: 'enter', at: 9 }, { type: 'back', at: 9 }, resume)[1]).toEqual([]);
    const told: Event = { type: 'session-resumed', resumed: resumedOf(killed) };
    for (const on of [
      { type: 'enter', at: 10 },
      { type: 'back', at: 10 },
    ] as const) {
      const [state, more] = after(asking, told, on);
      expect(state.scene).toMatchObject({ name: 'reading', purpose: 'reread' });
      expect(more).toEqual([{ type: 'read-facts' }]);
    }
    const [failed] = after(asking, { type: 'session-failed', message: 'Locked.', next: [] });
    expect(failed).toMatchObject({ scene: { name: 'session' }, notice: 'Locked.' });
    // Ctrl-C says what state results, and leaves.
    const [left, last] = after(asking, { type: 'cancel' });
    expect(left.notice).toContain("Nothing is written but that session's run log");
    expect(last).toEqual([{ type: 'write-report' }]);
  });

  test('that leaves a step unknown makes it the exit code, until the world could tell', () => {
    const known = resumedOf(killed);
    const why = 'the server does not say';
    const steps = [{ step: 'apply:0016', state: 'unknown', why }] as const;
    const [asking] = after(onSession(killed), resume);
    const [unknown] = after(asking, { type: 'session-resumed', resumed: { ...known, steps } });
    expect(exitCode(unknown)).toBe(4);
    const again = { ...unknown, scene: asking.scene };
    const [told] = after(again, { type: 'session-resumed', resumed: known });
    expect(exitCode(told)).toBe(1);
  });

  test.each([
    ['nothing is open', onSession(ended), 'Nothing of this session is open'],
    ['it goes on elsewhere', onSession({ ...killed, standing: 'going on' }), 'another pgmedic'],
    ['it is this very one', onSession({ ...killed, standing: 'this one' }), 'still going on'],
    ['it is read-only', onSession(killed, { readOnly: true }), 'READ-ONLY'],
    ['none is open', at(board), 'Open a session first'],
  ])('is refused where %s', (_, from, why) => {
    const [state, commands] = after(from, resume);
    expect([state.scene, commands]).toEqual([from.scene, []]);
    expect(state.notice).toContain(why);
  });
});

const undoes = { session: ended.session, step: 'journal' };
const undoPlan: Plan = { ...plan([{ ...writeJournal, id: 'undo:journal' }]), undoes };
const { proof: _, provenAt: readBackAt, ...written } = backup;
const readBack = { ...written, readBackAt, reading: 'read', unproven: 'no room' };
const accepted: AcceptedBackup = {
  ...readBack,
  accepted: { reason: 'no time', by: 'me', at: readBackAt },
};
const now = Date.parse(backup.provenAt);

/** The undo as it is shown, with this backup at hand. */
function onPlan(more: Partial<State>): State {
  const [state, commands] = after(onSession(ended, more), undo, {
    type: 'plan-built',
    plan: undoPlan,
    at: now,
  });
  const request = { playbook: 'undo', migrations: [], answers: {}, undoes };
  expect(commands.at(-1)).toEqual({ type: 'build-plan', wish: request });
  return state;
}

const rebuilt: Event = { type: 'plan-rebuilt', plan: undoPlan, diagnosis: diagnosis(), at: now };

describe('an undo takes the way of a plan', () => {
  test('backup, the plan made again, its own confirmation with the digest that is shown', () => {
    const [state, commands] = after(onPlan({ backup }), { type: 'enter', at: now }, rebuilt);
    expect(commands.map(({ type }) => type)).toEqual(['rebuild-plan', 'begin-run']);
    const yes = (digest: string, atTime: number): Event => ({
      ...{ type: 'confirm', step: 'undo:journal', digest, typed: null, by: 'key', at: atTime },
    });
    expect(after(state, yes(writeJournal.digest, now + 5))[1]).toEqual([]);
    expect(after(state, yes('another', now + 5000))[1]).toEqual([]);
    expect(after(state, { type: 'enter', at: now + 5000 })[1]).toEqual([]);
    const [ran, runs] = after(state, yes(writeJournal.digest, now + 5000));
    expect(runs).toMatchObject([{ type: 'run-step', step: 'undo:journal' }]);
    const done: Event = {
      ...{ type: 'step-ended', step: 'undo:journal', at: now + 6000 },
      outcome: { state: 'done', note: '', xid: null },
    };
    const [read, last] = after(ran, done, { type: 'facts-read', diagnosis: diagnosis(), at: now });
    expect(read).toMatchObject({ scene: { name: 'ended' }, runs: [{ verdict: { agrees: true } }] });
    expect(last).toEqual([{ type: 'verify' }]);
    expect(after(read, { type: 'enter', at: now })[0].scene.name).toBe('reading');
  });

  test('rests on a proven backup alone: one that was accepted with a reason does not do', () => {
    for (const before of [
      after(onPlan({ backup: accepted }), { type: 'enter', at: now }),
      after(onPlan({ backup }), { type: 'enter', at: now }, { ...rebuilt, at: now + 16 * 60_000 }),
    ]) {
      expect(before[1].map(({ type }) => type)).toContain('take-backup');
      const progress = { phase: 'comparing' } as never;
      const [kept, commands] = after(
        before[0],
        { type: 'backup-progress', progress },
        { type: 'stop-proof' },
        { type: 'backup-read-back', backup: readBack, at: now },
      );
      expect([kept.scene.name, commands]).toEqual(['plan', []]);
      expect(kept.notice).toContain('It does not open the way to writing');
    }
  });

  test.each([
    ['nothing can be taken back', onSession(killed), 'is not known'],
    ['it goes on elsewhere', onSession({ ...ended, standing: 'going on' }), 'another pgmedic'],
    ['it is read-only', onSession(ended, { readOnly: true }), 'READ-ONLY'],
  ])('and is refused where %s', (_, from, why) => {
    const [state, commands] = after(from, undo);
    expect([state.scene, commands]).toEqual([from.scene, []]);
    expect(state.notice).toContain(why);
  });

  test('its verdict promises nothing of the migrator; one that was not done is told so', () => {
    const fails = {
      migration: '0016',
      statement: '1',
      sqlstate: '42P07',
      message: 'there already',
    };
    const seen = diagnosis({ nextRun: { runs: [], skips: [], fails } });
    const run = (state: 'done' | 'notRun') => ({
      ...{ plan: undoPlan, startedAt: 0, findings: [], verdict: null },
      outcomes: [state === 'done' ? { state, note: '', xid: null } : { state, why: '' }],
    });
    expect(verdictOf(run('done'), seen)).toMatchObject({ agrees: true });
    expect(verdictOf(run('done'), seen).words).toContain(
      'Taken back. Next run of the migrator: it',
    );
    expect(verdictOf(run('notRun'), seen).agrees).toBe(false);
  });
});

test('the report of a session is written on a wish, and its path is told', () => {
  const [state, commands] = after(onSession(ended), { type: 'save-report' });
  expect(commands).toEqual([{ type: 'save-report', session: ended.session }]);
  const [told] = after(state, { type: 'report-saved', path: '/state/r.md' });
  expect(told).toMatchObject({
    scene: onSession(ended).scene,
    notice: 'The report is written to /state/r.md',
  });
});
