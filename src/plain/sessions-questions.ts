import type { SessionSummary } from '../core/report/summary.js';
import type { Scene } from '../core/session/state.js';
import type { ReportRow } from '../core/telling/report-words.js';
import { counted } from '../core/telling/amounts.js';
import { sessionCells, waysOn } from '../core/telling/sessions-words.js';
import { type Entry, menu, showLog } from './menu.js';
import type { Question } from './questions.js';

/** Earlier sessions, in questions. */

const back: Entry = ['back', 'Back', (at) => ({ type: 'back', at })];
const leave: Entry = ['leave', 'Leave', () => ({ type: 'leave' })];

/** So many are offered at once: those that left something open, and the newest. */
const OFFERED = 30;

export function whichSession({ sessions }: Extract<Scene, { name: 'sessions' }>): Question | null {
  return sessions === null ? null : oneOf(sessions);
}

function oneOf(sessions: readonly SessionSummary[]): Question {
  const offered = sessions.slice(0, OFFERED).map((one): Entry => {
    const { session } = one;
    return [session, choiceOf(one), () => ({ type: 'open-session', session })];
  });
  const rest = sessions.slice(OFFERED);
  const older: readonly Entry[] =
    rest.length === 0
      ? []
      : [['older', counted(rest.length, 'older one'), () => ({ ask: oneOf(rest) })]];
  return menu('Which session?', [...offered, ...older, back, leave]);
}

function choiceOf(summary: SessionSummary): string {
  const { when, who, where, what, how } = sessionCells(summary);
  return `${when} UTC, ${who}, ${where}, ${what}: ${how}`;
}

export function aboutSession({
  details,
  saving,
}: Extract<Scene, { name: 'session' }>): Question | null {
  if (details === null || saving) return null;
  const ways = waysOn(details);
  return menu('What about this session?', [
    ['report', 'Show its report', () => ({ tell: () => reportText(details.report) })],
    ['save', 'Write its report to a file', () => ({ type: 'save-report' })],
    ['resume', ways.resume, (at) => ({ type: 'resume-session', at })],
    ['undo', ways.undo, () => ({ type: 'undo-session' })],
    back,
    leave,
    showLog,
  ]);
}

function reportText(report: readonly ReportRow[]): readonly string[] {
  return report.map(({ type, text }) => (type === 'code' ? `    ${text}` : text));
}

export function afterResume({ resumed }: Extract<Scene, { name: 'resume' }>): Question | null {
  if (resumed === null) return null;
  return menu('What now?', [
    ['board', 'Read everything again and go on to the board', (at) => ({ type: 'enter', at })],
    leave,
    showLog,
  ]);
}
