import type { PlanTarget } from '../plan.js';
import { redactDeep } from '../redact.js';
import type { RunLogRecord, StepState } from '../run-log.js';
import type { ReportRow } from '../telling/report-words.js';
import { openSteps, operatorsOf, resultText } from './incident.js';
import { only } from './records.js';

/** One session in a list of them, from its run log. */
export interface SessionSummary {
  readonly session: string;
  /** ISO 8601, UTC; null where the log has no line that can be read. */
  readonly startedAt: string | null;
  readonly target: PlanTarget | null;
  readonly environment: string | null;
  /** Who confirmed something; empty where nobody did. */
  readonly operators: readonly string[];
  /** Their names, in the order in which they were begun. */
  readonly playbooks: readonly string[];
  readonly standing: SessionStanding;
  /** How it ended, in a sentence. */
  readonly result: string;
  /** Steps of which no outcome is known. */
  readonly open: readonly string[];
  /** What is wrong with its run log. */
  readonly problems: readonly string[];
}

export type SessionStanding =
  | 'over'
  /** Something was begun, and the log does not say what became of it, or of the rest. */
  | 'unfinished'
  /** Another process has its run log open. */
  | 'going on'
  /** It is the one in which the others are listed. */
  | 'this one';

/** A session with what can be done about it. */
export interface SessionDetails {
  readonly summary: SessionSummary;
  readonly report: readonly ReportRow[];
  /** The last step that is in place and can be taken back; else why there is none. */
  readonly undo: { readonly step: string } | { readonly why: string };
}

/** What became of each step of a session, by its run log and by a look at the world. */
export interface Resumed {
  readonly session: string;
  readonly steps: readonly ({ readonly step: string } & StepState)[];
  /** What is wrong with the run log. */
  readonly problems: readonly string[];
  /** The command that plans what is left of its last plan; null where nothing is. */
  readonly left: string | null;
}

/** @param openBy who has the run log open: this process, another one, or nobody */
export function summaryOf(
  session: string,
  records: readonly RunLogRecord[],
  problems: readonly string[],
  openBy: 'this' | 'another' | null,
): SessionSummary {
  const started = only(records, 'session-started').at(0);
  const standing = standingOf(records, openBy);
  const unended = openBy === null && only(records, 'session-ended').length === 0;
  const result = resultText(records);
  return redactDeep({
    session,
    startedAt: records.at(0)?.at ?? null,
    target: started?.target ?? null,
    environment: started?.settings.find(({ name }) => name === 'environment')?.value ?? null,
    operators: operatorsOf(records),
    playbooks: only(records, 'plan').map(({ plan }) => plan.playbook),
    standing,
    result: unended ? `it did not end; ${result}` : result,
    open: openSteps(records),
    problems,
  });
}

function standingOf(
  records: readonly RunLogRecord[],
  openBy: 'this' | 'another' | null,
): SessionStanding {
  if (openBy !== null) return openBy === 'this' ? 'this one' : 'going on';
  return isUnfinished(records) ? 'unfinished' : 'over';
}

/** Where nothing was begun there is nothing to go on with; where a look could not tell, nothing else will. */
function isUnfinished(records: readonly RunLogRecord[]): boolean {
  const ended = only(records, 'session-ended').length > 0;
  const begun = [...only(records, 'intent'), ...only(records, 'undo-intent')].length > 0;
  const lookedAt = only(records, 'resolved').map(({ step }) => step);
  return (begun && !ended) || openSteps(records).some((step) => !lookedAt.includes(step));
}

/** What left something open first, then the newest. */
export function inOrder(sessions: readonly SessionSummary[]): readonly SessionSummary[] {
  const rank = ({ standing }: SessionSummary): number => (standing === 'unfinished' ? 0 : 1);
  const newest = [...sessions].sort((a, b) => (a.session < b.session ? 1 : -1));
  return newest.sort((a, b) => rank(a) - rank(b));
}
