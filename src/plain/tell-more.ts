import type { Diagnosis } from '../core/diagnosis.js';
import type { Plan } from '../core/plan.js';
import { readOnlyWords } from '../core/session/read-only.js';
import type { LogEntry } from '../core/session/log-entry.js';
import type { State } from '../core/session/state.js';
import { migrationDetails } from '../core/telling/details.js';
import { logLines } from '../core/telling/log-words.js';
import { oneLine } from '../core/telling/visible.js';
import { planStepLines } from './tell.js';

/** What is only looked at, in lines. */

/** SQL stands alone in its lines, behind a line that says what became of it. */
export function detailLines(diagnosis: Diagnosis, id: string): readonly string[] {
  return [
    '',
    oneLine(id),
    ...migrationDetails(diagnosis, id).flatMap(({ heading, rows }) => [
      '',
      `${heading}:`,
      ...rows.map((row) => (row.type === 'sql' ? row.text : `  ${oneLine(row.text)}`)),
    ]),
    '',
  ];
}

export function allStepLines(state: State, plan: Plan): readonly string[] {
  return [
    ...plan.steps.flatMap((_, index) => planStepLines(state, plan, index)),
    ...(state.readOnly ? ['', readOnlyWords] : []),
    '',
  ];
}

/** In order; the last one is the nearest to the next question. */
export function logText(log: readonly LogEntry[]): readonly string[] {
  if (log.length === 0) return ['Nothing was run yet.'];
  return log.flatMap((entry) => {
    const { head, text } = logLines(entry);
    return [head, ...text.map((row) => `    ${row}`)];
  });
}
