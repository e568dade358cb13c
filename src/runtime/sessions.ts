import { reportMarkdown } from '../core/report/markdown.js';
import { type SessionDetails, type SessionSummary, summaryOf } from '../core/report/summary.js';
import { reportRows } from '../core/telling/report-words.js';
import { messageOf, UserError } from '../core/errors.js';
import type { RunLogRecord } from '../core/run-log.js';
import { isOpen, readRunLog } from '../files/run-log.js';
import type { StateFolder } from '../files/state-folder.js';
import { writeReport } from '../files/write-report.js';
import { readSessions } from './earlier-steps.js';
import { sessionIds, sessionPlace } from './session-record.js';
import { lastUndo } from './undo.js';

/** Earlier sessions of a project, as the commands and the screen tell of them. */

/**
 * All of them, the oldest first; one whose log cannot be read says so. `own`: the session that
 * asks; it is not among them while it has begun nothing.
 */
export async function listSessions(
  places: StateFolder,
  own: string | null = null,
): Promise<readonly SessionSummary[]> {
  const list: SessionSummary[] = [];
  for (const session of await sessionIds(places)) {
    const { records, problems } = await readRunLog(sessionPlace(places, session).logPath).catch(
      () => ({ records: [], problems: ['its run log cannot be read'] }),
    );
    if (session === own && !records.some(({ type }) => type === 'intent')) continue;
    list.push(await summarised(places, { session, records, problems }, own));
  }
  return list;
}

/** Those that left something open. A log that cannot be read is passed over: a step is refused for it. */
export async function unfinishedSessions(
  places: StateFolder,
  own: string,
): Promise<readonly SessionSummary[]> {
  const begun = await readSessions(places.sessions, own).catch(() => []);
  const all = await Promise.all(
    begun.map((one) => summarised(places, { ...one, problems: [] }, own)),
  );
  return all.filter(({ standing }) => standing === 'unfinished');
}

/** @throws UserError when its run log cannot be read */
export async function readSession(
  places: StateFolder,
  session: string,
  own: string,
): Promise<SessionDetails> {
  const { records, problems } = await readRunLog(sessionPlace(places, session).logPath);
  const summary = await summarised(places, { session, records, problems }, own);
  const report = reportRows(reportMarkdown(session, records, problems));
  return { summary, report, undo: undoable(session, records) };
}

function undoable(session: string, records: readonly RunLogRecord[]): SessionDetails['undo'] {
  try {
    return { step: lastUndo(session, records).step };
  } catch (error) {
    if (error instanceof UserError) return { why: [error.message, ...error.next].join(' ') };
    return { why: messageOf(error) };
  }
}

async function summarised(
  places: StateFolder,
  log: {
    readonly session: string;
    readonly records: readonly RunLogRecord[];
    readonly problems: readonly string[];
  },
  own: string | null,
): Promise<SessionSummary> {
  const { session, records, problems } = log;
  const another = (await isOpen(sessionPlace(places, session).logPath)) ? 'another' : null;
  return summaryOf(session, records, problems, session === own ? 'this' : another);
}

/** Writes the incident report of a session, as it stands now, and returns its path. @throws when it cannot be written. */
export async function saveReport(places: StateFolder, session: string): Promise<string> {
  const { records, problems } = await readRunLog(sessionPlace(places, session).logPath);
  return writeReport(places, `${session}.md`, reportMarkdown(session, records, problems));
}
