import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ProvenBackup } from '../../src/core/backup.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { Plan, Step, StepOutcome } from '../../src/core/plan.js';
import type { Playbook } from '../../src/core/playbook.js';
import type { Command, Event } from '../../src/core/session/events.js';
import { startSession } from '../../src/core/session/start.js';
import type { State } from '../../src/core/session/state.js';
import { confirmWord, needsConfirmation } from '../../src/core/session/step-moves.js';
import { update } from '../../src/core/session/update.js';
import { cases } from '../support/cases.js';

const nextRun = { runs: [], skips: [], fails: null };
const target = { host: 'h', port: 1, database: 'shop', user: 'u', identity: 'i' };
const base = { text: '', title: 't' };
const write = {
  type: 'transaction',
  lock: null,
  before: [],
  statements: [],
  after: [],
  undo: { type: 'none', why: '' },
} as const;

const steps: readonly Step[] = [
  { ...base, kind: 'tell', id: 'hold', digest: 'd0', risk: 'none' },
  { ...base, kind: 'write', id: 'row', digest: 'd1', risk: 'reversible', write },
  { ...base, kind: 'write', id: 'ddl', digest: 'd2', risk: 'ddl', write },
  { ...base, kind: 'write', id: 'drop', digest: 'd3', risk: 'destructive', write },
  { ...base, kind: 'command', id: 'start', digest: 'd4', risk: 'reversible', command: ['x'] },
];
const plan: Plan = {
  ...{ format: 1, code: '', playbook: 'p', title: 'P', target, facts: 'f', migrations: [] },
  ...{ answers: {}, steps, predicts: nextRun, warnings: [] },
};
const otherPlan: Plan = { ...plan, facts: 'g' };
const elsewhere = { ...target, identity: 'j' };
const playbook: Playbook = {
  ...{ name: 'p', title: 'P', summary: '', tools: [], treats: [], migrations: 'none' },
  ...{ asks: [], steps: [], origin: 'test' },
};
const read = (from: typeof target): Diagnosis =>
  ({
    ...{ facts: { tool: 'drizzle', target: from }, board: [], findings: [], nextRun },
  }) as unknown as Diagnosis;
const diagnosis = read(target);
const proven = (at: number, of = target): ProvenBackup =>
  ({ target: of, provenAt: new Date(at).toISOString() }) as unknown as ProvenBackup;
const done: StepOutcome = { state: 'done', note: '', xid: '1' };
const failed: StepOutcome = { state: 'failed', message: 'm', detail: null, next: [] };
const unknown: StepOutcome = { state: 'unknown', message: 'm', next: [] };

/** What would come next if all went well: so that runs get far. */
function natural(at: number, { scene }: State): Event {
  switch (scene.name) {
    case 'board':
      return {
        type: 'choose-playbook',
        name: 'p',
        migrations: [],
        answers: {},
        askNothing: true,
        at,
      };
    case 'planning':
      return { type: 'plan-built', plan, at };
    case 'backup':
      return { type: 'backup-proven', backup: proven(at), at };
    case 'rechecking':
      return { type: 'plan-rebuilt', plan, diagnosis, at };
    case 'reading':
    case 'verifying':
      return { type: 'facts-read', diagnosis, at };
    case 'running':
      return { type: 'step-ended', step: steps[scene.index]?.id ?? 'x', outcome: done, at };
    case 'step': {
      const step = steps[scene.index];
      if (step === undefined || !needsConfirmation(step)) return { type: 'enter', at };
      const typed = confirmWord(step, plan);
      return { type: 'confirm', step: step.id, digest: step.digest, typed, by: 'key', at };
    }
    default:
      return { type: 'enter', at };
  }
}

/** Any event at any time, valid or not, with a clock that only goes forward. */
const anyEvent: fc.Arbitrary<(at: number, state: State) => Event> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(natural) },
  fc.constantFrom(
    ...(['toggle', 'show-findings', 'show-playbooks', 'cancel', 'leave'] as const).map(
      (type) => (): Event => ({ type }),
    ),
  ),
  fc
    .constantFrom(...(['enter', 'take-backup', 'reread', 'back'] as const))
    .map((type) => (at: number): Event => ({ type, at })),
  fc.boolean().map((askNothing) => (at: number): Event => ({
    type: 'choose-playbook',
    name: 'p',
    migrations: [],
    answers: {},
    askNothing,
    at,
  })),
  fc
    .record({
      step: fc.constantFrom(...steps.map((step) => step.id), 'x'),
      digest: fc.constantFrom(...steps.map((step) => step.digest), 'x'),
      typed: fc.constantFrom(null, '', 'y', 'apply', 'shop'),
      by: fc.constantFrom('key' as const, 'prompt' as const, 'option' as const),
    })
    .map((confirm) => (at: number): Event => ({ type: 'confirm', ...confirm, at })),
  fc.constantFrom(target, target, elsewhere).map((from) => (at: number): Event => ({
    type: 'facts-read',
    diagnosis: read(from),
    at,
  })),
  fc.constant((at: number): Event => ({ type: 'facts-failed', message: 'm', next: [], at })),
  fc.constantFrom(plan, otherPlan).map((one) => (at: number): Event => ({
    type: 'plan-built',
    plan: one,
    at,
  })),
  fc
    .record({
      plan: fc.constantFrom(plan, plan, otherPlan),
      from: fc.constantFrom(target, target, elsewhere),
    })
    .map((one) => (at: number): Event => ({
      type: 'plan-rebuilt',
      plan: one.plan,
      diagnosis: read(one.from),
      at,
    })),
  fc.constant((): Event => ({ type: 'plan-refused', message: 'm', next: [] })),
  fc.constantFrom(target, target, elsewhere).map((of) => (at: number): Event => ({
    type: 'backup-proven',
    backup: proven(at, of),
    at,
  })),
  fc.constant((): Event => ({ type: 'backup-failed', message: 'm', next: [] })),
  fc
    .record({
      step: fc.constantFrom(...steps.map(({ id }) => id)),
      outcome: fc.constantFrom(done, done, failed, unknown),
    })
    .map((ended) => (at: number): Event => ({ type: 'step-ended', ...ended, at })),
  fc.constantFrom(done, done, done, failed).map((outcome) => (at: number, state: State): Event => {
    const id = state.scene.name === 'running' ? (steps[state.scene.index]?.id ?? 'x') : 'x';
    return { type: 'step-ended', step: id, outcome, at };
  }),
  fc.constant((): Event => ({ type: 'report-written', path: null })),
);

/** Mostly the pace of a person; now and then longer than a backup counts. */
const pause = fc.oneof(
  { weight: 25, arbitrary: fc.integer({ min: 0, max: 1500 }) },
  { weight: 1, arbitrary: fc.integer({ min: 10 * 60_000, max: 20 * 60_000 }) },
);

test('whatever happens: no write without its own confirmation, without a backup of this database from just before, or twice; and none is left unread', () => {
  let writes = 0;
  let plansAfterWrites = 0;
  let readBeforeLeaving = 0;
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyEvent, pause), {
        minLength: 20,
        maxLength: 120,
      }),
      (events) => {
        let [state] = startSession(0, 'me');
        state = { ...state, playbooks: [playbook] };
        let at = 0;
        let proof: { readonly at: number; readonly identity: string | null } | null = null;
        let wrote = false;
        let written = false;
        let unread = false;
        let ranInThisRun = new Set<string>();
        for (const [make, later] of events) {
          at += later;
          const event = make(at, state);
          const before = state;
          let commands: readonly Command[];
          [state, commands] = update(state, event);
          if (event.type === 'backup-proven' && before.scene.name === 'backup') {
            proof = { at, identity: event.backup.target.identity };
            wrote = false;
          }
          if ('diagnosis' in event && state.diagnosis === event.diagnosis) {
            const { identity } = event.diagnosis.facts.target ?? target;
            expect(state.backup?.target.identity ?? identity).toBe(identity);
          }
          if (state.runs.length > before.runs.length) {
            ranInThisRun = new Set();
            expect(wrote).toBe(false);
            expect(at - (proof?.at ?? 0)).toBeLessThan(15 * 60_000);
            if (written) plansAfterWrites += 1;
          }
          if (before.scene.name === 'verifying' && state.scene.name !== 'verifying') {
            // A second Ctrl-C waits for no reading, and nothing else leaves without one.
            const gone = event.type === 'cancel' && before.scene.leaveAfter;
            if (before.scene.leaveAfter && !gone) readBeforeLeaving += 1;
            if (gone || event.type === 'facts-read' || event.type === 'facts-failed') {
              unread = false;
            }
          }
          if (commands.some((one) => one.type === 'write-report')) expect(unread).toBe(false);
          expect(commands.filter((one) => one.type === 'run-step').length).toBeLessThanOrEqual(1);
          for (const command of commands) {
            if (command.type !== 'run-step') continue;
            const step = steps.find((one) => one.id === command.step);
            expect(step).toBeDefined();
            expect(ranInThisRun.has(command.step)).toBe(false);
            ranInThisRun.add(command.step);
            expect(before.scene.name).toBe('step');
            if (step === undefined || !needsConfirmation(step)) continue;
            writes += 1;
            expect(proof?.identity).toBe(target.identity);
            [wrote, written, unread] = [true, true, true];
            expect(event.type).toBe('confirm');
            if (event.type !== 'confirm') continue;
            expect([event.step, event.digest]).toEqual([step.id, step.digest]);
            expect(command.confirmation?.digest).toBe(step.digest);
            if (step.risk === 'destructive') expect(event.typed).toBe('shop');
            if (step.risk === 'ddl' && event.by !== 'option') expect(event.typed).toBe('apply');
          }
        }
      },
    ),
    cases(1_000, 10_000),
  );
  // The generator must get there, or the property says nothing.
  expect(writes).toBeGreaterThan(100);
  expect(plansAfterWrites).toBeGreaterThan(3);
  expect(readBeforeLeaving).toBeGreaterThan(3);
});

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
