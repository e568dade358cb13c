import type { Move } from './move.js';
import { say } from './move.js';
import { whyProofDoesNotCount } from '../backup.js';
import type { Plan } from '../plan.js';
import { startBackup, whyNoLonger, withCountingBackup, withDiagnosis } from './backup-counts.js';
import { readOnlyWords } from './read-only.js';
import type { Reply } from './events.js';
import type { PlanScene, State } from './state.js';

export function planBuilt(state: State, plan: Plan, at: number): Move {
  const { scene } = state;
  if (scene.name !== 'planning') return [state, []];
  const { back } = scene;
  // What was settled when it was made stays: by then there may be a newer backup, our own.
  const request = { ...scene.request, answers: plan.answers };
  // What does not count for it is not shown as if it did.
  const counting = withCountingBackup(state, plan, at);
  return [{ ...counting, scene: { name: 'plan', request, plan, back } }, []];
}

export function planRefused(state: State, message: string, next: readonly string[]): Move {
  const { scene } = state;
  if (scene.name !== 'planning' && scene.name !== 'rechecking') return [state, []];
  return say({ ...state, scene: scene.back }, [message, ...next].join(' '));
}

/** Time has passed since the plan was shown: the facts are read and it is built again. */
export function recheck(state: State, scene: PlanScene, at: number): Move {
  const { request, plan, back } = scene;
  return [
    { ...state, scene: { name: 'rechecking', since: at, request, plan, back } },
    [{ type: 'rebuild-plan', wish: request }],
  ];
}

/** The same plan goes to its first step; another one is shown again from the start. */
export function planRebuilt(
  state: State,
  { plan, diagnosis, notSeen, at }: Extract<Reply, { type: 'plan-rebuilt' }>,
): Move {
  const { scene } = state;
  if (scene.name !== 'rechecking') return [state, []];
  const { request, back } = scene;
  const shown: PlanScene = { name: 'plan', request, plan, back };
  const read = withDiagnosis(state, diagnosis);
  if (!samePlan(scene.plan, plan)) {
    return say(
      { ...read, scene: shown },
      notSeen?.join(' ') ?? 'The facts have changed since this plan was shown. Look at it again.',
    );
  }
  if (read.readOnly) return say({ ...read, scene: shown }, readOnlyWords);
  const counting = withCountingBackup(read, plan, at);
  if (counting.backup === null) {
    const elsewhere = state.backup && whyProofDoesNotCount(state.backup, plan.target);
    return elsewhere === null
      ? startBackup({ ...counting, notice: whyNoLonger(read, plan, at) }, shown, at)
      : say({ ...counting, scene: shown }, `${elsewhere} Look at the plan again.`);
  }
  const { findings } = diagnosis;
  const outcomes = plan.steps.map(() => null);
  return [
    {
      ...counting,
      runs: [...state.runs, { plan, startedAt: at, findings, outcomes, verdict: null }],
      scene: { name: 'step', request, index: 0, shownAt: at, back },
    },
    [{ type: 'begin-run', plan }],
  ];
}

/** Equal in everything that is shown and done. */
function samePlan(a: Plan, b: Plan): boolean {
  return (
    a.facts === b.facts &&
    a.steps.length === b.steps.length &&
    a.steps.every((step, index) => step.digest === b.steps[index]?.digest)
  );
}
