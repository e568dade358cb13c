import type { Diagnosis } from '../core/diagnosis.js';
import { planTarget } from '../core/digest.js';
import type { Plan } from '../core/plan.js';
import type { Reply } from '../core/session/events.js';
import type { State } from '../core/session/state.js';
import { currentRun } from '../core/session/state.js';
import { verdictOf } from '../core/session/verdict.js';
import type { RunLog } from '../files/run-log.js';
import { writeReport } from '../files/write-report.js';
import type { RunLock } from '../postgres/run-lock.js';
import type { Ground } from './ground.js';
import type { Rehearsal } from '../core/rehearsal.js';
import type { Reader } from './reader.js';
import type { SessionLog } from './session-log.js';
import { openSessionLog, sessionPlace } from './session-record.js';

export interface PerformOptions {
  readonly openGround: () => Promise<Ground>;
  readonly sessionId: string;
  readonly version: string;
  readonly now: () => Date;
  readonly log: SessionLog;
  /** --out: where the backup is kept instead of the state folder. Absolute. */
  readonly backupFolder?: string;
  /** A whole look of just now at this ground, for the session to begin with. */
  readonly seen?: Diagnosis;
}

/** What commands share: opened when first needed, so that a look that fails leaves nothing behind. */
export interface Shared {
  readonly options: PerformOptions;
  ground: Promise<Ground> | null;
  log: Promise<RunLog> | null;
  /** Held from the first write of a plan to its verification. */
  lock: RunLock | null;
  /** The last use of another session's run log is over. */
  elsewhere: Promise<unknown>;
  /** The last reading or plan stands in the log, as far as it could be written. */
  recorded: Promise<void>;
  /** Stops the backup or the step that runs. */
  running: AbortController;
  /** Stops the proof of a backup alone. */
  enough: AbortController;
  readonly reader: Reader;
  /** What the last plan rests on. */
  rehearsal: Rehearsal | null;
}

export type Say = (reply: Reply) => void;

export function ground(shared: Shared): Promise<Ground> {
  shared.ground ??= shared.options.openGround();
  return shared.ground;
}

/**
 * Looks who else writes, now and once more when it is asked: what another pgmedic had locked, or
 * was about to change, may be why something reads differently.
 */
export async function otherWriter(shared: Shared): Promise<() => Promise<string | null>> {
  const { writerNow } = await import('../postgres/run-lock.js');
  const url = (await ground(shared).catch(() => null))?.resolved.databaseUrl ?? null;
  const before = await writerNow(url);
  return async () => before ?? (await writerNow(url));
}

/** What failed, with who else writes, which may be why. */
export function besides<T extends { readonly message: string }>(writer: string | null, said: T): T {
  return writer === null ? said : { ...said, message: `${writer}. ${said.message}` };
}

/** @param own the session's id, once something was read: then earlier ones are looked at, too */
export async function saySettings(
  opened: Promise<Ground>,
  say: Say,
  own: string | null = null,
): Promise<void> {
  const { resolved, playbooks, places } = await opened;
  const unfinished =
    own === null
      ? {}
      : await import('./sessions.js').then(async ({ unfinishedSessions }) => ({
          unfinished: await unfinishedSessions(await places(), own),
        }));
  say({
    type: 'settings-found',
    settings: resolved.settings,
    ...(resolved.readOnly && { readOnly: true as const }),
    ...(resolved.colour && { colour: resolved.colour }),
    ...unfinished,
    playbooks: await playbooks(),
  });
}

/** Each reading goes into the run log; the first one begins it. */
export async function record(shared: Shared, diagnosis: Diagnosis): Promise<void> {
  const { facts, findings, nextRun, board } = diagnosis;
  if (shared.log === null) {
    const places = await (await ground(shared)).places();
    const place = sessionPlace(places, shared.options.sessionId);
    const opening = openSessionLog(place, shared.options.now);
    shared.log = opening;
    // One that could not be opened may be opened at the next try.
    opening.catch(() => (shared.log = null));
    const { version } = shared.options;
    const started = { type: 'session-started', target: planTarget(facts), version } as const;
    await (await shared.log).append({ ...started, settings: facts.settings });
  }
  const log = await shared.log;
  await log.append({ type: 'diagnosed', findings, nextRun, migrations: board.length });
}

export async function beginRun(shared: Shared, plan: Plan): Promise<void> {
  await (await shared.log)?.append({ type: 'plan', plan });
}

export async function recordVerdict(
  shared: Shared,
  state: State,
  diagnosis: Diagnosis,
): Promise<void> {
  const run = currentRun(state);
  const log = await shared.log;
  if (run === null || log === null) return;
  const { agrees, words: said } = verdictOf(run, diagnosis);
  await log.append({ type: 'verified', holds: agrees, notes: [said] });
}

export async function finish(shared: Shared): Promise<string | null> {
  try {
    await shared.recorded;
    const log = await shared.log;
    if (log === null) return null;
    await log.append({ type: 'session-ended', note: '' });
    const places = await (await ground(shared)).places();
    const { sessionId } = shared.options;
    const { reportMarkdown } = await import('../core/report/markdown.js');
    return await writeReport(places, `${sessionId}.md`, reportMarkdown(sessionId, log.records));
  } catch {
    // The session's outcome does not hang on its report; `pgmedic report` makes it again.
    return null;
  }
}
