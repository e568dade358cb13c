import { expect, test } from 'vitest';
import type { BackedUp, ProvenBackup } from '../../src/core/backup.js';
import { whyProofDoesNotCount } from '../../src/core/backup.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { Finding } from '../../src/core/finding.js';
import type { Command, Event } from '../../src/core/session/events.js';
import { startSession } from '../../src/core/session/start.js';
import type { State } from '../../src/core/session/state.js';
import { currentRun } from '../../src/core/session/state.js';
import { update } from '../../src/core/session/update.js';
import { verdictOf } from '../../src/core/session/verdict.js';
import { applySql, backup, diagnosis, plan, writeJournal } from '../support/states.js';
import { whyNotSeen } from '../../src/core/session/why-other.js';

const request = { playbook: 'reconcile-journal', migrations: [], answers: {} };
const board = { name: 'board', cursor: 0, chosen: [] } as const;
const shown = plan([writeJournal, applySql]);
const minute = 60_000;
const provenAt = Date.parse(backup.provenAt);
const moved: ProvenBackup = { ...backup, target: { ...backup.target, identity: '2/5' } };

function onPlan(more: Partial<State> = {}): State {
  const [state] = startSession(0, 'me');
  const scene = { name: 'plan', request, plan: shown, back: board } as const;
  return { ...state, diagnosis: diagnosis(), backup, scene, ...more };
}

/** What became of the events, and every command on the way. */
function after(from: State, ...events: readonly Event[]): [State, readonly Command['type'][]] {
  const types: Command['type'][] = [];
  let state = from;
  for (const event of events) {
    const [next, commands] = update(state, event);
    state = next;
    types.push(...commands.map(({ type }) => type));
  }
  return [state, types];
}

const enter = (at: number): Event => ({ type: 'enter', at });
const rebuilt = (at: number, read: Diagnosis = diagnosis()): Event => ({
  type: 'plan-rebuilt',
  plan: shown,
  diagnosis: read,
  at,
});
const yes = (index: number, at: number): Event => {
  const { id, digest, risk } = shown.steps[index]!;
  const typed = risk === 'ddl' ? 'apply' : null;
  return { type: 'confirm', step: id, digest, typed, by: 'prompt', at };
};
const endOf = (index: number, at: number): Event => ({
  type: 'step-ended',
  step: shown.steps[index]!.id,
  outcome: { state: 'done', note: '', xid: '7' },
  at,
});
const read = (at: number): Event => ({ type: 'facts-read', diagnosis: diagnosis(), at });
function elsewhere(): Diagnosis {
  const base = diagnosis();
  const target = { ...base.facts.target!, identity: '2/5' };
  return { ...base, facts: { ...base.facts, target } };
}

test('a backup counts for the server that the identity names, and without one for its host, port and name', () => {
  const a: BackedUp = { host: 'h', port: 1, database: 'shop', identity: '1/5' };
  const bare = { ...a, identity: null };
  const counts: [BackedUp, BackedUp, boolean][] = [
    [a, a, true],
    [a, { ...a, host: 'other name of it' }, true],
    [a, { ...a, identity: '2/5' }, false],
    [a, bare, false],
    [bare, a, false],
    [bare, bare, true],
    [bare, { ...bare, host: 'b' }, false],
    [bare, { ...bare, port: 2 }, false],
    [bare, { ...bare, database: 'b' }, false],
  ];
  for (const [target, wanted, same] of counts) {
    expect(whyProofDoesNotCount({ target }, wanted) === null).toBe(same);
  }
});

test('a backup is used for fifteen minutes, then the plan takes a new one', () => {
  const young = provenAt + 15 * minute - 1;
  expect(after(onPlan(), enter(young))[1]).toEqual(['rebuild-plan']);
  const [late, commands] = after(onPlan(), enter(young + 1));
  expect(commands).toEqual(['take-backup']);
  expect([late.backup, late.notice]).toEqual([null, expect.stringContaining('15 minutes')]);
  // It has become too old while the facts were read again.
  const [again, all] = after(onPlan(), enter(young), rebuilt(young + 1));
  expect(all).toEqual(['rebuild-plan', 'take-backup']);
  expect(again.runs).toEqual([]);
  const taken = { ...backup, provenAt: new Date(young + minute).toISOString() };
  const proven: Event = { type: 'backup-proven', backup: taken, at: young + minute };
  expect(after(again, proven, rebuilt(young + minute))[0].scene.name).toBe('step');
});

test('after a write the next plan takes a backup of its own, and is not shown as if it had one', () => {
  const at = provenAt + minute;
  const [ended] = after(
    onPlan(),
    enter(at),
    rebuilt(at),
    ...[yes(0, at), endOf(0, at), yes(1, at), endOf(1, at), read(at)],
  );
  expect([ended.scene.name, ended.backup]).toEqual(['ended', backup]);
  const planning = { name: 'planning', request, back: board } as const;
  const built: Event = { type: 'plan-built', plan: shown, at };
  const [next, commands] = after({ ...ended, scene: planning }, built, enter(at));
  expect([commands, next.backup]).toEqual([['take-backup'], null]);
  const [used] = after({ ...onPlan(), scene: planning }, built);
  expect(used.backup).toBe(backup);
});

test('a backup of another server than was read is none, whichever of the two was moved', () => {
  const at = provenAt + minute;
  const [empty] = after(onPlan({ backup: null }), enter(at));
  const [refused, none] = after(empty, { type: 'backup-proven', backup: moved, at });
  expect([refused.backup, refused.scene.name, none]).toEqual([null, 'plan', []]);
  expect(refused.notice).toContain('another database');
  // Read again: what answers now is not what was backed up.
  const reading = { name: 'reading', since: at, purpose: 'reread' } as const;
  const other: Event = { type: 'facts-read', diagnosis: elsewhere(), at };
  expect(after(onPlan({ scene: reading }), other)[0].backup).toBeNull();
  expect(after(onPlan({ scene: reading }), read(at))[0].backup).toBe(backup);
  const [back] = after(onPlan(), enter(at), rebuilt(at, elsewhere()));
  expect([back.backup, back.runs]).toEqual([null, []]);
  // And if all that were passed by, the confirmation itself asks.
  const [step] = after(onPlan(), enter(at), rebuilt(at));
  expect(after({ ...step, backup: moved }, yes(0, at))[1]).toEqual([]);
});

test('what was written is read again before the session is left, however it is left', () => {
  const at = provenAt + minute;
  const [untouched] = after(onPlan(), enter(at), rebuilt(at));
  expect(after(untouched, { type: 'leave' })[1]).toEqual(['write-report']);
  const [half] = after(untouched, yes(0, at), endOf(0, at));
  for (const type of ['leave', 'cancel'] as const) {
    const [verifying, asked] = after(half, { type });
    expect(asked).toEqual(['verify']);
    // A key that is hit twice, or a terminal that hangs up, is no reason to go unread.
    expect(after(verifying, { type: 'leave' })[1]).toEqual([]);
    const [left, commands] = after(verifying, read(at));
    expect([left.scene.name, commands]).toEqual(['leaving', ['write-report']]);
    expect(currentRun(left)?.verdict?.agrees).toBe(false);
    const failed: Event = { type: 'facts-failed', message: 'gone', next: [], at };
    expect(after(verifying, failed)[1]).toEqual(['write-report']);
    expect(after(verifying, { type: 'cancel' })[1]).toEqual(['write-report']);
  }
  // The same while the last reading is already under way.
  const [last] = after(half, yes(1, at), endOf(1, at), { type: 'leave' });
  expect(after(last, read(at))[1]).toEqual(['write-report']);
});

test('an error that was not there before the plan is no agreement', () => {
  const error = (code: Finding['code'], ...migrations: readonly string[]): Finding => ({
    ...{ code, severity: 'error', migrations, title: `It is ${code}.` },
    ...{ evidence: ['x'], playbooks: [] },
  });
  const verdict = (before: readonly Finding[], now: readonly Finding[], skips: string[] = []) => {
    const predicts = { runs: [], skips, fails: null };
    const run = {
      plan: { ...shown, predicts },
      startedAt: 0,
      findings: before,
      outcomes: shown.steps.map(() => ({ state: 'done', note: '', xid: null }) as const),
      verdict: null,
    };
    return verdictOf(run, { ...diagnosis(), nextRun: predicts, findings: now });
  };
  const twice = error('history-row-duplicate', '0001_a');
  expect(verdict([], [twice])).toEqual({
    agrees: false,
    words: expect.stringContaining('It is history-row-duplicate. (history-row-duplicate)'),
  });
  expect(verdict([error('history-row-duplicate', '0002_b')], [twice]).agrees).toBe(false);
  expect(verdict([], [error('journal-malformed')]).agrees).toBe(false);
  // What was there before, in part, as a warning, or as the plan said, is nothing new.
  expect(verdict([twice], [twice]).agrees).toBe(true);
  const two = error('history-row-duplicate', '0001_a', '0002_b');
  expect(verdict([two], [twice]).agrees).toBe(true);
  expect(verdict([], [{ ...twice, severity: 'warning' }]).agrees).toBe(true);
  const skipped = error('silently-skipped', '0001_a');
  expect(verdict([], [skipped], ['0001_a']).agrees).toBe(true);
  expect(verdict([], [skipped]).agrees).toBe(false);
});

test('where a plan is another one only because the evidence cannot be had, that is what is said', () => {
  const base = diagnosis();
  const schema = {
    state: 'failed',
    reason: 'A lock was waited for.',
    next: ['Try again.'],
  } as const;
  const blind: Diagnosis = { ...base, facts: { ...base.facts, schema } };
  const other = plan([writeJournal]);
  const told = (read: Diagnosis): [string | null, readonly Command['type'][]] => {
    const [state, types] = after(onPlan(), enter(provenAt), {
      type: 'plan-rebuilt',
      plan: other,
      diagnosis: read,
      notSeen: whyNotSeen(read, null, null),
      at: provenAt,
    });
    return [state.notice, types];
  };
  expect(told(blind)).toEqual([
    'What this plan rests on cannot be seen now. A lock was waited for. Try again.',
    ['rebuild-plan'],
  ]);
  expect(told(base)[0]).toContain('The facts have changed');
});
