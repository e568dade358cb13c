// Seen to fail (each break alone, and mended again):
// - keys.ts: a chunk that begins with y counts as y; Enter confirms with the word that is wanted, not
//   the one that was typed; keys count under the help
// - step-moves.ts: SETTLE is not looked at; Enter confirms; the digest, or the word, is not compared;
//   the same step comes again after it was done
// - backup.ts: a backup of another database counts; plan-moves.ts: a run begins whatever backup there is
// - leave-moves.ts: a session is left without reading what was written
import fc from 'fast-check';
import { expect } from 'vitest';
import type { Command, Event } from '../../src/core/session/events.js';
import { startSession } from '../../src/core/session/start.js';
import type { State } from '../../src/core/session/state.js';
import { confirmWord, needsConfirmation } from '../../src/core/session/step-moves.js';
import { update } from '../../src/core/session/update.js';
import { keyToWish } from '../../src/ui/keys.js';
import type { Local } from '../../src/ui/local.js';
import { localFor, updateLocal } from '../../src/ui/local.js';
import {
  anyEvent,
  asking,
  pause,
  plan,
  playbook,
  steps,
  target,
} from '../support/session-events.js';
import { anyKey, type Pressed } from '../support/session-keys.js';
import { reliabilityRow } from './row.js';

/** Milliseconds: what the terminals need before a held key repeats. Not read from the code. */
const HELD = 800;

const anyAct = fc.oneof(
  { weight: 3, arbitrary: anyEvent.map((make) => ({ make, press: null })) },
  { weight: 2, arbitrary: anyKey.map((press) => ({ make: null, press })) },
);

/** The keys as the screen takes them: what they mean here, and what they change on the screen alone. */
function pressed(state: State, local: Local, { input, key }: Pressed, at: number) {
  const wish = keyToWish(state, local, input, key, at);
  if (wish === null || !wish.type.startsWith('ui-')) return { event: wish as Event | null, local };
  const range = { window: 10, last: 5 };
  return { event: null, local: updateLocal(state, local, wish as never, range) };
}

reliabilityRow(
  {
    fault: 'random key and event sequences through the state machine (fast-check)',
    never:
      'a write without its confirmation, two for one, one before the proof or the reason that stands for it',
    few: 800,
    deep: 20_000,
  },
  async ({ count, seed, ended }) => {
    const reached = {
      ...{ byKey: 0, byEvent: 0, plansAfterWrites: 0, readBeforeLeaving: 0, unproven: 0 },
    };
    const sequence = fc.array(fc.tuple(anyAct, pause), { minLength: 20, maxLength: 160 });
    const property = fc.property(sequence, (acts) => {
      ended(play(acts, reached));
    });
    fc.assert(property, { numRuns: count, seed });
    // The generator must get there, or the property says nothing.
    expect(reached.byKey).toBeGreaterThan(100);
    expect(reached.byEvent).toBeGreaterThan(100);
    expect(reached.plansAfterWrites).toBeGreaterThan(3);
    expect(reached.readBeforeLeaving).toBeGreaterThan(3);
    expect(reached.unproven).toBeGreaterThan(3);
  },
);

type Act = typeof anyAct extends fc.Arbitrary<infer T> ? T : never;

function play(
  acts: readonly (readonly [Act, number])[],
  reached: Record<
    'byKey' | 'byEvent' | 'plansAfterWrites' | 'readBeforeLeaving' | 'unproven',
    number
  >,
): string {
  let state: State = { ...startSession(0, 'me')[0], playbooks: [playbook, asking] };
  let local = localFor(state, null);
  let at = 0;
  let shownAt = 0;
  let confirmedAt = -HELD;
  let proof: { readonly at: number; readonly identity: string | null } | null = null;
  let reason: string | null = null;
  let wrote = false;
  let writes = 0;
  let unread = false;
  let ranInThisRun = new Set<string>();
  for (const [{ make, press }, later] of acts) {
    at += later;
    local = localFor(state, local);
    const typed = local.typed;
    const key = press?.(state, local) ?? null;
    const { overlay } = local;
    let event: Event | null = make?.(at, state) ?? null;
    if (key !== null) ({ event, local } = pressed(state, local, key, at));
    if (event === null) continue;
    const before = state;
    let commands: readonly Command[];
    [state, commands] = update(state, event);
    if (state.scene.name === 'step' && state.scene !== before.scene) {
      const same = before.scene.name === 'step' && before.scene.index === state.scene.index;
      if (!same || state.runs.length > before.runs.length) shownAt = at;
    }
    if (event.type === 'backup-proven' && before.scene.name === 'backup') {
      proof = { at, identity: event.backup.target.identity };
      wrote = false;
    }
    // Not proven: what the operator gave as the reason, and only behind it what stands in the run log.
    const wished = event.type === 'accept-read-back' ? event.reason.trim() : '';
    for (const command of commands) {
      if (command.type !== 'accept-backup') continue;
      expect(wished).not.toBe('');
      expect(command.backup.accepted.reason).toBe(wished);
      reason = wished;
    }
    if (event.type === 'backup-read-back' && before.scene.name === 'backup') reason = null;
    if (event.type === 'backup-accepted' && before.scene.name === 'unproven' && reason !== null) {
      const { backup } = before.scene;
      proof = { at: Date.parse(backup.readBackAt), identity: backup.target.identity };
      [wrote, reason] = [false, null];
    }
    if (state.backup !== null && state.backup !== before.backup && 'readBackAt' in state.backup) {
      expect(event.type).toBe('backup-accepted');
      expect(state.backup.accepted.reason.trim()).not.toBe('');
      expect(proof?.at).toBe(Date.parse(state.backup.readBackAt));
      reached.unproven += 1;
    }
    if ('diagnosis' in event && state.diagnosis === event.diagnosis) {
      const { identity } = event.diagnosis.facts.target ?? target;
      expect(state.backup?.target.identity ?? identity).toBe(identity);
    }
    if (state.runs.length > before.runs.length) {
      ranInThisRun = new Set();
      expect(wrote).toBe(false);
      expect(at - (proof?.at ?? -Infinity)).toBeLessThan(15 * 60_000);
      if (writes > 0) reached.plansAfterWrites += 1;
    }
    if (before.scene.name === 'verifying' && state.scene.name !== 'verifying') {
      // A second Ctrl-C waits for no reading, and nothing else leaves without one.
      const gone = event.type === 'cancel' && before.scene.leaveAfter;
      if (before.scene.leaveAfter && !gone) reached.readBeforeLeaving += 1;
      if (gone || event.type === 'facts-read' || event.type === 'facts-failed') unread = false;
    }
    if (commands.some((one) => one.type === 'write-report')) expect(unread).toBe(false);
    expect(commands.filter((one) => one.type === 'run-step').length).toBeLessThanOrEqual(1);
    // A dump never runs beside a step: its locks and theirs would wait for each other.
    const works = [before.scene.name, state.scene.name].includes('running');
    if (commands.some((one) => one.type === 'take-backup')) expect(works).toBe(false);
    if (commands.some((one) => one.type === 'run-step')) expect(before.scene.name).toBe('step');
    for (const command of commands) {
      if (command.type !== 'run-step') continue;
      const step = steps.find((one) => one.id === command.step);
      expect(step).toBeDefined();
      expect(ranInThisRun.has(command.step)).toBe(false);
      ranInThisRun.add(command.step);
      expect(before.scene.name).toBe('step');
      if (step === undefined || !needsConfirmation(step)) continue;
      expect(proof?.identity).toBe(target.identity);
      [wrote, unread] = [true, true];
      writes += 1;
      expect(event.type).toBe('confirm');
      if (event.type !== 'confirm') continue;
      expect([event.step, event.digest]).toEqual([step.id, step.digest]);
      expect(command.confirmation?.digest).toBe(step.digest);
      if (step.risk === 'destructive') expect(event.typed).toBe('shop');
      if (step.risk === 'ddl' && event.by !== 'option') expect(event.typed).toBe('apply');
      if (event.by === 'key') {
        expect(at).toBeGreaterThanOrEqual(shownAt + HELD);
        expect(at).toBeGreaterThanOrEqual(confirmedAt + HELD);
        confirmedAt = at;
      }
      if (key === null) {
        reached.byEvent += 1;
        continue;
      }
      reached.byKey += 1;
      expect(overlay).toBeNull();
      const word = confirmWord(step, plan);
      const one = { typed: word ?? '', pressed: word === null ? 'y' : 'enter' };
      const enter = key.key.return || key.input === '\n';
      expect({ typed, pressed: enter ? 'enter' : key.input }).toEqual(one);
    }
  }
  return writes > 0
    ? 'wrote, as confirmed'
    : state.runs.length > 0
      ? 'a plan, no write'
      : 'no plan';
}
