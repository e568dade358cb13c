import fc from 'fast-check';
import type { ProvenBackup, ReadBackup } from '../../src/core/backup.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import type { Plan, Step, StepOutcome } from '../../src/core/plan.js';
import type { Playbook } from '../../src/core/playbook.js';
import type { Event } from '../../src/core/session/events.js';
import type { State } from '../../src/core/session/state.js';
import { detailsOf, ended, resumedOf } from './earlier-sessions.js';
import { confirmWord, needsConfirmation } from '../../src/core/session/step-moves.js';

const nextRun = { runs: [], skips: [], fails: null };
export const target = { host: 'h', port: 1, database: 'shop', user: 'u', identity: 'i' };
const base = { text: '', title: 't' };
const write = {
  type: 'transaction',
  lock: null,
  before: [],
  statements: [],
  after: [],
  undo: { type: 'none', why: '' },
} as const;

export const steps: readonly Step[] = [
  { ...base, kind: 'tell', id: 'hold', digest: 'd0', risk: 'none' },
  { ...base, kind: 'write', id: 'row', digest: 'd1', risk: 'reversible', write },
  { ...base, kind: 'write', id: 'ddl', digest: 'd2', risk: 'ddl', write },
  { ...base, kind: 'write', id: 'drop', digest: 'd3', risk: 'destructive', write },
  { ...base, kind: 'command', id: 'start', digest: 'd4', risk: 'reversible', command: ['x'] },
];
export const plan: Plan = {
  ...{ format: 1, code: '', playbook: 'p', title: 'P', target, facts: 'f', migrations: [] },
  ...{ answers: {}, steps, predicts: nextRun, warnings: [] },
};
const otherPlan: Plan = { ...plan, facts: 'g' };
const elsewhere = { ...target, identity: 'j' };
export const playbook: Playbook = {
  ...{ name: 'p', title: 'P', summary: '', tools: [], treats: [], migrations: 'none' },
  ...{ asks: [], steps: [], origin: 'test' },
};
const ask = { suggested: null, ifFound: [], ifOpen: null, required: true };
/** What is typed as an answer may look like a yes. */
export const asking: Playbook = {
  ...playbook,
  name: 'q',
  asks: [
    { ...ask, id: 'which', question: 'Which?', choices: { yes: 'Yes', no: 'No' } },
    { ...ask, id: 'what', question: 'What?', choices: null },
  ],
};
const read = (from: typeof target): Diagnosis =>
  ({
    ...{
      facts: { tool: 'drizzle', target: from, schema: { state: 'not read' } },
      board: [],
      findings: [],
      nextRun,
    },
  }) as unknown as Diagnosis;
export const diagnosis = read(target);
export const proven = (at: number, of = target): ProvenBackup =>
  ({ target: of, provenAt: new Date(at).toISOString() }) as unknown as ProvenBackup;
const readBack = (at: number, of = target): ReadBackup =>
  ({ target: of, readBackAt: new Date(at).toISOString() }) as unknown as ReadBackup;
/** Of which a step can be taken back, and which is unfinished all the same. */
const earlier = { ...ended, standing: 'unfinished' as const };
const done: StepOutcome = { state: 'done', note: '', xid: '1' };
const failed: StepOutcome = { state: 'failed', message: 'm', detail: null, next: [] };
const unknown: StepOutcome = { state: 'unknown', message: 'm', next: [] };

/** What would come next if all went well: so that runs get far. */
export function natural(at: number, { scene }: State): Event {
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
    case 'asking':
      return { type: 'answer', value: scene.index === 0 ? 'yes' : 'x' };
    case 'sessions':
      return scene.sessions === null
        ? { type: 'sessions-read', sessions: [earlier] }
        : { type: 'open-session', session: earlier.session };
    case 'session':
      return scene.details === null
        ? { type: 'session-read', details: detailsOf(earlier) }
        : { type: 'undo-session' };
    case 'resume':
      return scene.resumed === null
        ? { type: 'session-resumed', resumed: resumedOf(earlier) }
        : { type: 'enter', at };
    case 'planning': {
      const { undoes } = scene.request;
      return { type: 'plan-built', plan: undoes ? { ...plan, undoes } : plan, at };
    }
    case 'backup':
      return { type: 'backup-proven', backup: proven(at), at };
    case 'unproven':
      return scene.accepting === null
        ? { type: 'accept-read-back', reason: 'it is too large', at }
        : { type: 'backup-accepted', at };
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
export const anyEvent: fc.Arbitrary<(at: number, state: State) => Event> = fc.oneof(
  { weight: 30, arbitrary: fc.constant(natural) },
  fc.constantFrom(
    ...(['toggle', 'show-findings', 'show-playbooks', 'cancel', 'leave'] as const).map(
      (type) => (): Event => ({ type }),
    ),
  ),
  fc
    .constantFrom(...(['show-sessions', 'undo-session', 'save-report', 'resume-session'] as const))
    .map(
      (type) =>
        (at: number): Event =>
          type === 'resume-session' ? { type, at } : { type },
    ),
  fc
    .constantFrom(...(['enter', 'take-backup', 'reread', 'back'] as const))
    .map((type) => (at: number): Event => ({ type, at })),
  fc
    .tuple(fc.constantFrom('p', 'q'), fc.boolean())
    .map(([name, askNothing]) => (at: number): Event => ({
      type: 'choose-playbook',
      name,
      migrations: [],
      answers: {},
      askNothing,
      at,
    })),
  fc.constantFrom('yes', 'y', 'apply', '').map((value) => (): Event => ({ type: 'answer', value })),
  fc.integer({ min: -2, max: 2 }).map((by) => (): Event => ({ type: 'move', by })),
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
  // What a proof leads to that was stopped, or had no room.
  ...[target, elsewhere, target].map((of) =>
    fc.constant((at: number): Event => ({
      type: 'backup-read-back',
      backup: readBack(at, of),
      at,
    })),
  ),
  fc.constantFrom('', '  ', 'no time').map((reason) => (at: number): Event => ({
    type: 'accept-read-back',
    reason,
    at,
  })),
  fc.constant((at: number): Event => ({ type: 'backup-accepted', at })),
  fc.constant((): Event => ({ type: 'stop-proof' })),
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
export const pause = fc.oneof(
  { weight: 25, arbitrary: fc.integer({ min: 0, max: 1500 }) },
  { weight: 1, arbitrary: fc.integer({ min: 10 * 60_000, max: 20 * 60_000 }) },
);
