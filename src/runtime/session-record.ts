import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../core/errors.js';
import type { RunLog } from '../files/run-log.js';
import { openRunLog } from '../files/run-log.js';
import type { StateFolder } from '../files/state-folder.js';

/** A session's own folder: its run log and the original bytes of files it edited. */
export interface SessionPlace {
  readonly id: string;
  /** Absolute, 0700. */
  readonly folder: string;
  readonly logPath: string;
}

export function sessionPlace(places: StateFolder, id: string): SessionPlace {
  const folder = join(places.sessions, id);
  return { id, folder, logPath: join(folder, 'run.jsonl') };
}

/** Ids of this project's sessions, oldest first. */
export async function sessionIds(places: StateFolder): Promise<readonly string[]> {
  const entries = await readdir(places.sessions, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort();
}

/** The session with this id (or its unique beginning), or the last one. @throws UserError when there is none. */
export async function findSession(
  places: StateFolder,
  wanted: string | undefined,
): Promise<SessionPlace> {
  const ids = await sessionIds(places);
  const found = wanted === undefined ? ids.slice(-1) : ids.filter((id) => id.startsWith(wanted));
  const [only, second] = found;
  if (only === undefined) {
    if (ids.length === 0) {
      throw new UserError('This project has no session yet.', [
        'The guided recovery and `pgmedic apply` make one: pgmedic',
      ]);
    }
    throw new UserError(`This project has no session ${wanted}.`, ['List them: pgmedic sessions']);
  }
  if (second !== undefined) {
    throw new UserError(`${wanted} is the beginning of several sessions.`, [found.join(', ')]);
  }
  return sessionPlace(places, only);
}

export function openSessionLog(place: SessionPlace, now: () => Date): Promise<RunLog> {
  return openRunLog(place.logPath, now);
}
