import type { Move } from './move.js';
import { say } from './move.js';
import type { Diagnosis } from '../diagnosis.js';
import type { Plan } from '../plan.js';
import type { PlanScene, State } from './state.js';

export function planBuilt(state: State, plan: Plan): Move {
  const { scene } = state;
  if (scene.name !== 'planning') return [state, []];
  return [
    { ...state, scene: { name: 'plan', request: scene.request, plan, back: scene.back } },
    [],
  ];
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
export function planRebuilt(state: State, plan: Plan, diagnosis: Diagnosis, at: number): Move {
  const { scene } = state;
  if (scene.name !== 'rechecking') return [state, []];
  const { request, back } = scene;
  if (!samePlan(scene.plan, plan)) {
    return say(
      { ...state, diagnosis, scene: { name: 'plan', request, plan, back } },
      'The facts have changed since this plan was shown. Look at it again.',
    );
  }
  return [
    {
      ...state,
      diagnosis,
      runs: [
        ...state.runs,
        { plan, startedAt: at, outcomes: plan.steps.map(() => null), verdict: null },
      ],
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
