import type { Diagnosis } from '../diagnosis.js';
import type { NextRun } from '../tool.js';
import type { PlanRun, Verdict } from './state.js';

/** Does the tool agree with what the plan promised? All steps done, and its next run as predicted. */
export function verdictOf(run: PlanRun, diagnosis: Diagnosis): Verdict {
  const { nextRun } = diagnosis;
  const bad = run.outcomes.findIndex((outcome) => outcome?.state !== 'done');
  const unfinished = bad === -1 ? null : run.plan.steps[bad];
  const said = describeNextRun(nextRun);
  if (unfinished) {
    const state = run.outcomes[bad]?.state;
    const how = state === 'unknown' ? 'has an unknown outcome' : 'did not complete';
    return { agrees: false, words: `"${unfinished.title}" ${how}. Now: ${said}` };
  }
  if (!sameRun(nextRun, run.plan.predicts)) {
    return { agrees: false, words: `All steps are done, yet the migrator differs. ${said}` };
  }
  return { agrees: true, words: `The migrator agrees: ${said}` };
}

function sameRun(a: NextRun, b: NextRun): boolean {
  const same = (x: readonly string[], y: readonly string[]): boolean =>
    x.length === y.length && x.every((id, index) => id === y[index]);
  return (
    same(a.runs, b.runs) && same(a.skips, b.skips) && (a.fails === null) === (b.fails === null)
  );
}

/** One sentence: what the tool would do if it ran now. */
export function describeNextRun(nextRun: NextRun): string {
  if (nextRun.fails !== null) return `it would stop with "${nextRun.fails.message}".`;
  const runs =
    nextRun.runs.length === 0 ? 'nothing to run' : `it will run ${nextRun.runs.join(', ')}`;
  const skips =
    nextRun.skips.length === 0 ? 'nothing skipped' : `it will skip ${nextRun.skips.join(', ')}`;
  return `${runs}, ${skips}.`;
}
