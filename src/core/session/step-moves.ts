import type { Move } from './move.js';
import { say } from './move.js';
import { whyProofDoesNotCount } from '../backup.js';
import { withDiagnosis } from './backup-counts.js';
import type { Diagnosis } from '../diagnosis.js';
import type { Plan, Step, StepOutcome } from '../plan.js';
import { readOnlyWords } from './read-only.js';
import type { Command, Wish } from './events.js';
import type { BoardScene, PlanRun, State, StepScene } from './state.js';
import { currentRun } from './state.js';
import { verdictOf } from './verdict.js';

/**
 * A key counts only this long after its step appeared, and after the same key before it: a held
 * or pasted key cannot confirm ahead. Milliseconds; longer than terminals wait before a held key
 * begins to repeat (250 to 660), else that first repeat would confirm the next step.
 */
export const SETTLE = 800;

/** The word that has to be typed for this step; null where one key is enough. */
export function confirmWord(step: Step, plan: Plan): string | null {
  if (step.risk === 'destructive') return plan.target.database;
  return step.risk === 'ddl' ? 'apply' : null;
}

export function needsConfirmation(step: Step): boolean {
  return step.kind === 'write' || step.kind === 'command';
}

export function currentStep(state: State): { plan: Plan; step: Step; index: number } | null {
  const { scene } = state;
  const plan = currentRun(state)?.plan;
  if (plan === undefined || (scene.name !== 'step' && scene.name !== 'running')) return null;
  const step = plan.steps[scene.index];
  return step === undefined ? null : { plan, step, index: scene.index };
}

/** Enter goes on from a step that only tells or checks. */
export function enterStep(state: State, at: number): Move {
  const now = currentStep(state);
  if (now === null || state.scene.name !== 'step') return [state, []];
  if (needsConfirmation(now.step)) {
    return say(state, 'Enter is never a yes. The line above says what confirms this step.');
  }
  return run(state, state.scene, now.plan, now.step, null, at);
}

export function confirm(state: State, wish: Extract<Wish, { type: 'confirm' }>): Move {
  const now = currentStep(state);
  const { scene } = state;
  if (now === null || scene.name !== 'step') return say(state, 'Nothing waits for a confirmation.');
  const { plan, step } = now;
  if (step.id !== wish.step || step.digest !== wish.digest) {
    return say(state, 'That confirmation is for something else than what is shown.');
  }
  if (!needsConfirmation(step)) return say(state, 'This step needs no confirmation.');
  if (state.backup === null) return say(state, 'No backup is proven yet.');
  const elsewhere = whyProofDoesNotCount(state.backup, plan.target);
  if (elsewhere !== null) return say(state, elsewhere);
  if (wish.by === 'key') {
    const early = wish.at < scene.shownAt + SETTLE || wish.at < state.lastConfirmKeyAt + SETTLE;
    if (early) {
      return say(
        { ...state, lastConfirmKeyAt: wish.at },
        'Too quick: read the step, then confirm.',
      );
    }
  }
  const word = confirmWord(step, plan);
  const typedByHand = wish.by !== 'option';
  if (word !== null && (typedByHand || step.risk === 'destructive') && wish.typed !== word) {
    return say(state, `That does not match. Type ${word} to confirm, or go back.`);
  }
  const confirmed = { ...state, lastConfirmKeyAt: wish.at };
  return run(confirmed, scene, plan, step, wish.typed, wish.at);
}

function run(
  state: State,
  scene: StepScene,
  plan: Plan,
  step: Step,
  typed: string | null,
  at: number,
): Move {
  // Whatever led here: the one place from which a step is run.
  if (state.readOnly) return say(state, readOnlyWords);
  const { request, index, back } = scene;
  const confirmation = needsConfirmation(step)
    ? {
        step: step.id,
        digest: step.digest,
        at: new Date(at).toISOString(),
        by: state.operator,
        typed,
      }
    : null;
  const command: Command = { type: 'run-step', plan, step: step.id, confirmation };
  return [
    {
      ...state,
      writtenSinceBackup: state.writtenSinceBackup || needsConfirmation(step),
      scene: {
        name: 'running',
        request,
        index,
        since: at,
        wait: null,
        progress: null,
        cancelling: false,
        back,
      },
    },
    [command],
  ];
}

export function stepEnded(state: State, id: string, outcome: StepOutcome, at: number): Move {
  const now = currentStep(state);
  const { scene } = state;
  const last = currentRun(state);
  if (now === null || scene.name !== 'running' || now.step.id !== id || last === null) {
    return [state, []];
  }
  const { request, index, back } = scene;
  const outcomes = last.outcomes.map((one, position) => (position === index ? outcome : one));
  const more = index + 1 < last.plan.steps.length;
  if (outcome.state === 'done' && more) {
    return [
      {
        ...withRun(state, { ...last, outcomes }),
        scene: { name: 'step', request, index: index + 1, shownAt: at, back },
      },
      [],
    ];
  }
  const why = 'an earlier step did not end well';
  const ended = outcome.state === 'done' ? outcomes : closeOutcomes(outcomes, why);
  return verify(withRun(state, { ...last, outcomes: ended }), back, at);
}

/** Steps that were not reached are said to be so. */
export function closeOutcomes(
  outcomes: readonly (StepOutcome | null)[],
  why: string,
): readonly StepOutcome[] {
  return outcomes.map((outcome) => outcome ?? { state: 'notRun', why });
}

/** The end of a plan, whatever became of its steps: the facts are read again. */
export function verify(
  state: State,
  back: BoardScene,
  since: number | null,
  leaveAfter = false,
): Move {
  return [
    { ...state, scene: { name: 'verifying', since, leaveAfter, back } },
    [{ type: 'verify' }],
  ];
}

/** A reading came back: the first one, one that was asked for, or the verification of a plan. */
export function factsRead(state: State, diagnosis: Diagnosis, at: number): Move {
  const { scene } = state;
  const known = withDiagnosis(state, diagnosis);
  if (scene.name === 'reading') {
    return [
      {
        ...known,
        weighing: { state: 'working', since: at, progress: null },
        scene: { name: 'board', cursor: firstToLookAt(diagnosis), chosen: [] },
      },
      [{ type: 'read-evidence' }],
    ];
  }
  const last = currentRun(state);
  if (scene.name === 'verifying' && last !== null) {
    const verdict = verdictOf(last, diagnosis);
    return [
      { ...withRun(known, { ...last, verdict }), scene: { name: 'ended', back: scene.back } },
      [],
    ];
  }
  return [state, []];
}

/** The board opens where something is to be seen: at a finding's migration, a pending one, else the newest. */
export function firstToLookAt({ board, findings, nextRun }: Diagnosis): number {
  const named = new Set([...findings.flatMap((finding) => finding.migrations), ...nextRun.runs]);
  const first = board.findIndex((row) => named.has(row.id));
  return first === -1 ? Math.max(0, board.length - 1) : first;
}

export function withRun(state: State, run: PlanRun): State {
  return { ...state, runs: [...state.runs.slice(0, -1), run] };
}
