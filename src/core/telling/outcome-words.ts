import type { StepOutcome } from '../plan.js';
import { redactText } from '../redact.js';

export type OutcomeState = StepOutcome['state'] | 'waiting';

/** One word for a list of steps. */
export function outcomeWord(outcome: StepOutcome | null): string {
  switch (outcome?.state) {
    case undefined:
      return 'to come';
    case 'done':
      return 'done';
    case 'failed':
      return 'FAILED';
    case 'unknown':
      return 'UNKNOWN';
    case 'notRun':
      return 'not run';
  }
}

/** What became of a step, with the line and its caret where the server named a place, and what to do next. */
export function outcomeLines(outcome: StepOutcome): readonly string[] {
  return linesOf(outcome).map(redactText);
}

function linesOf(outcome: StepOutcome): readonly string[] {
  switch (outcome.state) {
    case 'done':
      return outcome.note === '' ? [] : [outcome.note];
    case 'notRun':
      return [outcome.why];
    case 'unknown':
      return [outcome.message, ...outcome.next];
    case 'failed': {
      const { detail } = outcome;
      const code = detail?.sqlstate ? ` (SQLSTATE ${detail.sqlstate})` : '';
      const at = detail?.at ?? null;
      return [
        outcome.message + code,
        ...(at === null ? [] : [`${at.path}:${at.line}:${at.column}`, ...at.excerpt.split('\n')]),
        ...(detail?.hint ? [`Hint: ${detail.hint}`] : []),
        'Nothing of this step is left behind.',
        ...outcome.next,
      ];
    }
  }
}
