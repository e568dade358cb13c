import type { Resumed, SessionDetails, SessionSummary } from '../report/summary.js';
import { counted } from './amounts.js';
import { oneLine } from './visible.js';
import { whereWords } from './target-words.js';

/** A session in a list: what distinguishes it, the shortest first. */
export interface SessionCells {
  /** "2026-11-21 04:00", UTC as its id and its report. */
  readonly when: string;
  readonly who: string;
  /** "shop (production)". */
  readonly where: string;
  readonly what: string;
  /** "UNFINISHED", "this session", or how it ended. */
  readonly how: string;
}

export function sessionCells(summary: SessionSummary): SessionCells {
  const { startedAt, target, environment, operators, playbooks } = summary;
  const named = environment === null ? '' : ` (${environment})`;
  return {
    when: startedAt === null ? '?' : startedAt.slice(0, 16).replace('T', ' '),
    who: oneLine(operators.join(', ')) || '-',
    where: oneLine((target?.database ?? '?') + named),
    // Something was confirmed and no playbook was begun: a step of another session was taken back.
    what:
      oneLine([...new Set(playbooks)].join(', ')) ||
      (operators.length > 0 ? 'undo' : 'looked only'),
    how: howWords(summary),
  };
}

function howWords({ standing, result }: SessionSummary): string {
  const sign = {
    unfinished: 'UNFINISHED: ',
    'going on': 'going on now: ',
    'this one': 'this session: ',
  };
  return oneLine((standing === 'over' ? '' : sign[standing]) + result);
}

/** All of it, for the one that is looked at. */
export function sessionLines(summary: SessionSummary): readonly string[] {
  const { session, target, environment, operators, problems } = summary;
  const { when, what, how } = sessionCells(summary);
  return [
    `Session ${session}, begun ${when} UTC`,
    `Database: ${target === null ? 'unknown' : `${whereWords(target)} as ${target.user}`}; environment: ${environment ?? 'not named'}`,
    `Confirmed by: ${operators.join(', ') || 'nobody confirmed a step'}`,
    `Playbooks: ${what}`,
    how,
    ...problems,
  ].map(oneLine);
}

/** Null where none is. Each face says how one gets there. */
export function unfinishedWords(unfinished: readonly SessionSummary[]): string | null {
  const [first] = unfinished;
  if (first === undefined) return null;
  const { when, where, what } = sessionCells(first);
  const others = unfinished.length === 1 ? '' : `, and ${counted(unfinished.length - 1, 'other')}`;
  return `Unfinished session: ${when} UTC, ${where}, ${what}${others}`;
}

/** What can be done about a session. */
export function waysOn({ summary, undo }: SessionDetails): {
  readonly resume: string;
  readonly undo: string;
} {
  return {
    resume:
      summary.standing === 'unfinished'
        ? 'Resume it: ask the database and the files what became of each step'
        : 'Look again at what became of each step',
    undo:
      'step' in undo ? `Take its step ${oneLine(undo.step)} back` : `No undo: ${oneLine(undo.why)}`,
  };
}

/** What became of each step of a session. */
export function resumedLines({ session, steps, problems, left }: Resumed): readonly string[] {
  return [
    `Session ${session}`,
    ...steps.map(({ step, state, why }) =>
      oneLine(`  ${step}: ${state}${why === '' ? '' : ` (${why})`}`),
    ),
    ...(steps.length === 0 ? ['  No step was begun.'] : []),
    ...problems,
    // The command alone in its line, to be copied.
    ...(left === null ? [] : ['The plan did not come to its end. What is left:', `  ${left}`]),
  ];
}

/** What Ctrl-C leaves behind while the world is asked. */
export const resumeStopped =
  "Nothing is written but that session's run log. Ctrl-C leaves; what was not told by then, the next resume asks again.";
