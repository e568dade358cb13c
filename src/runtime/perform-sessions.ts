import type { CountingBackup } from '../core/backup.js';
import type { Diagnosis } from '../core/diagnosis.js';
import type { Confirmation, EarlierStep, StepOutcome } from '../core/plan.js';
import type { SessionsCommand } from '../core/session/events.js';
import { type RunLog, readRunLog } from '../files/run-log.js';
import type { Planned } from './parts.js';
import { ground, type Say, type Shared } from './perform-shared.js';
import { resumeSession } from './resume-session.js';
import { openSessionLog, sessionPlace, type SessionPlace } from './session-record.js';
import { listSessions, readSession, saveReport } from './sessions.js';
import type { WriteGround } from './step-parts.js';
import { lastUndo, startedOn, undoStep } from './undo.js';
import { planOfUndo } from './undo-plan.js';
import { words } from './words.js';

/** What a session does about earlier ones, by the code of the commands of the same names. */

export async function performSessions(
  shared: Shared,
  command: SessionsCommand,
  say: Say,
): Promise<void> {
  const own = shared.options.sessionId;
  try {
    const found = await ground(shared);
    const places = await found.places();
    // Else the last line of this session's own log may be cut short.
    await shared.recorded;
    switch (command.type) {
      case 'read-sessions':
        return say({ type: 'sessions-read', sessions: await listSessions(places, own) });
      case 'read-session': {
        const details = await readSession(places, command.session, own);
        return say({ type: 'session-read', details });
      }
      case 'save-report':
        return say({ type: 'report-saved', path: await saveReport(places, command.session) });
      case 'resume-session': {
        const place = sessionPlace(places, command.session);
        const resumed = await meanwhile(shared, resumeSession(found, place));
        return say({ type: 'session-resumed', resumed });
      }
    }
  } catch (error) {
    say({ type: 'session-failed', ...words(error) });
  }
}

/** Nothing of it is rehearsed: what it rests on is looked at under lock. */
export async function undoPlanned(
  shared: Shared,
  undoes: EarlierStep,
  diagnosis: Diagnosis,
): Promise<Planned> {
  const { folder, logPath } = await placeOf(shared, undoes.session);
  const { records } = await readRunLog(logPath);
  return { plan: await planOfUndo(undoes, records, folder, diagnosis), rehearsal: null };
}

/** Takes the step back, in the log of its own session; in this one's there is a word of it. */
export async function takeBack(
  shared: Shared,
  { session, step }: EarlierStep,
  how: {
    readonly groundFor: (log: RunLog) => Promise<WriteGround>;
    readonly confirmation: Confirmation | null;
    readonly proof: CountingBackup | null;
  },
): Promise<StepOutcome> {
  const { groundFor, confirmation, proof } = how;
  const outcome = await withLogOf(shared, session, async (log): Promise<StepOutcome> => {
    const planned = lastUndo(session, log.records, step);
    const target = startedOn(log.records);
    const write = await groundFor(log);
    const before = log.records.length;
    return undoStep({ ...write, planned, target, confirmation, proof }).catch((error: unknown) => {
      if (!log.records.slice(before).some(({ type }) => type === 'undo-intent')) throw error;
      const { message, next } = words(error);
      return { state: 'unknown', message, next: [...next, `Look: pgmedic resume ${session}`] };
    });
  });
  if (outcome.state === 'notRun' || confirmation === null) return outcome;
  // What was done is a fact by now, whatever cannot be written down of it here.
  if (session !== shared.options.sessionId) {
    const told = { type: 'took-back', session, step, confirmation, outcome } as const;
    await (await shared.log)?.append(told).catch(() => {});
  }
  await reported(shared, session);
  return outcome;
}

/** What the migrator would do now, which is what the undo was for, in the log of the session that it took back. */
export async function seenAfter(
  shared: Shared,
  { session }: EarlierStep,
  { findings, nextRun, board }: Diagnosis,
): Promise<void> {
  // In this session's own log it stands already.
  if (session === shared.options.sessionId) return;
  await withLogOf(shared, session, (log) =>
    log.append({ type: 'diagnosed', findings, nextRun, migrations: board.length }),
  ).catch(() => {});
  await reported(shared, session);
}

/** `pgmedic report` makes it again at any time. */
async function reported(shared: Shared, session: string): Promise<void> {
  const found = await ground(shared);
  await saveReport(await found.places(), session).catch(() => {});
}

async function withLogOf<T>(
  shared: Shared,
  session: string,
  use: (log: RunLog) => Promise<T>,
): Promise<T> {
  const own = await shared.log;
  if (session === shared.options.sessionId && own !== null) return use(own);
  const log = await openSessionLog(await placeOf(shared, session), shared.options.now);
  const work = async (): Promise<T> => {
    try {
      return await use(log);
    } finally {
      await log.close();
    }
  };
  return meanwhile(shared, work());
}

async function placeOf(shared: Shared, session: string): Promise<SessionPlace> {
  const found = await ground(shared);
  return sessionPlace(await found.places(), session);
}

/** The program does not end in the midst of it. */
function meanwhile<T>(shared: Shared, work: Promise<T>): Promise<T> {
  shared.elsewhere = work.catch(() => {});
  return work;
}
