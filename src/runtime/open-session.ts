import type { Diagnosis } from '../core/diagnosis.js';
import type { SessionHandle } from '../core/session/store.js';
import type { Ground } from './ground.js';
import { newSessionId, operatorName } from './identity.js';
import { performer } from './perform.js';
import { runSession } from './session.js';
import { sessionLog } from './session-log.js';
import { ownVersion } from './version.js';

export interface OpenSession {
  readonly id: string;
  readonly handle: SessionHandle;
  /** Gives the run log back; after the session has ended. */
  close(): Promise<void>;
}

/** A session over the real world: its clock, its operator, its database and folder. */
export function openSession(options: {
  readonly openGround: () => Promise<Ground>;
  readonly environment: NodeJS.ProcessEnv;
  readonly backupFolder?: string;
  /** A whole look of just now, for the session to begin with. */
  readonly seen?: Diagnosis;
  /** Nothing may be written, whatever the settings say. */
  readonly readOnly?: boolean;
}): OpenSession {
  const { openGround, environment, backupFolder, seen, readOnly = false } = options;
  const now = (): Date => new Date();
  const id = newSessionId(now());
  const log = sessionLog(() => now().getTime());
  const { perform, close } = performer({
    openGround,
    log,
    sessionId: id,
    version: ownVersion(),
    now,
    ...(backupFolder === undefined ? {} : { backupFolder }),
    ...(seen === undefined ? {} : { seen }),
  });
  const operator = operatorName(environment);
  const handle = runSession({
    ...{ operator, now: () => now().getTime(), perform, readOnly },
    log: () => log.entries(),
  });
  return { id, handle, close };
}
