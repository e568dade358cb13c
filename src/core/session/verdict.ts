import type { Diagnosis } from '../diagnosis.js';
import type { Finding } from '../finding.js';
import { oneLine } from '../telling/visible.js';
import type { NextRun } from '../tool.js';
import type { PlanRun, Verdict } from './state.js';

/** Does the tool agree with what the plan promised? All steps done, its next run as predicted and going through, and no new error. */
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
  // An undo promises nothing of the migrator.
  if (run.plan.undoes)
    return { agrees: true, words: `Taken back. Next run of the migrator: ${said}` };
  if (nextRun.fails !== null) {
    const { migration } = nextRun.fails;
    const known = run.findings.some(
      (one) => one.severity === 'error' && one.migrations.some((id) => id === migration),
    );
    const words = known
      ? `All steps are done. Something else is left that was there before: ${said}`
      : `All steps are done, yet the next run fails: ${said}`;
    return { agrees: false, words };
  }
  if (!sameRun(nextRun, run.plan.predicts)) {
    return { agrees: false, words: `All steps are done, yet the migrator differs. ${said}` };
  }
  const fresh = newErrors(run, diagnosis.findings);
  if (fresh.length > 0) {
    const words = fresh.map(({ title, code }) => `${title} (${code})`).join(' ');
    return { agrees: false, words: `All steps are done, yet there is a new error: ${words}` };
  }
  return { agrees: true, words: `The migrator agrees: ${said}` };
}

/** Errors of which the reading before the first step knew nothing, and the plan neither. */
function newErrors({ findings, plan }: PlanRun, now: readonly Finding[]): readonly Finding[] {
  const parts = ({ code, migrations }: Finding): readonly string[] =>
    migrations.length === 0 ? [code] : migrations.map((id) => `${code} ${id}`);
  const known = new Set(findings.flatMap(parts));
  // That these are skipped is what the plan said would be.
  for (const id of plan.predicts.skips) known.add(`silently-skipped ${id}`);
  return now.filter(
    (finding) => finding.severity === 'error' && parts(finding).some((part) => !known.has(part)),
  );
}

function sameRun(a: NextRun, b: NextRun): boolean {
  const same = (x: readonly string[], y: readonly string[]): boolean =>
    x.length === y.length && x.every((id, index) => id === y[index]);
  return same(a.runs, b.runs) && same(a.skips, b.skips) && b.fails === null;
}

/** So many are named; of more, the first and how many others. */
const NAMED = 20;

function listed(ids: readonly string[]): string {
  if (ids.length <= NAMED) return ids.join(', ');
  return `${ids.slice(0, NAMED).join(', ')} and ${ids.length - NAMED} more`;
}

/** One sentence: what the tool would do if it ran now. */
export function describeNextRun(nextRun: NextRun): string {
  if (nextRun.fails !== null) {
    const { migration, message } = nextRun.fails;
    return `it would stop${migration === null ? '' : ` in ${oneLine(migration)}`} with "${oneLine(message)}".`;
  }
  const runs = nextRun.runs.length === 0 ? 'nothing to run' : `it will run ${listed(nextRun.runs)}`;
  const skips =
    nextRun.skips.length === 0 ? 'nothing skipped' : `it will skip ${listed(nextRun.skips)}`;
  return oneLine(`${runs}, ${skips}.`);
}
