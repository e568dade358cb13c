import { UserError } from '../core/errors.js';
import type { RunLog } from '../files/run-log.js';
import { loadParser } from '../postgres/parse.js';
import type { RunLock } from '../postgres/run-lock.js';
import { runCommand } from './command-step.js';
import type { Ground } from './ground.js';
import { look } from './parts.js';
import type { RunStepOptions } from './run-step.js';
import type { WriteGround } from './step-parts.js';

/** What writes of this session stand on. @throws UserError without a database. */
export async function writeGround(options: {
  readonly ground: Ground;
  readonly log: RunLog;
  /** The session's folder, absolute. */
  readonly folder: string;
  readonly lock: RunLock;
  readonly signal?: AbortSignal;
  readonly locks?: NonNullable<WriteGround['locks']>;
  readonly onAhead?: NonNullable<WriteGround['onAhead']>;
  readonly onWaiting?: NonNullable<WriteGround['onWaiting']>;
  readonly onBatch?: NonNullable<WriteGround['onBatch']>;
}): Promise<WriteGround> {
  const { ground, log, folder, lock, signal, locks, onAhead, onWaiting, onBatch } = options;
  const { databaseUrl, migrations, timeouts, readOnly } = ground.resolved;
  if (databaseUrl === null) throw new UserError('Writing needs the database; leave out --offline.');
  return {
    log,
    url: databaseUrl,
    root: migrations,
    keepIn: folder,
    lock,
    parser: await loadParser(),
    timeouts,
    random: Math.random,
    readOnly,
    ...(signal && { signal }),
    ...(locks && { locks }),
    ...(onAhead && { onAhead }),
    ...(onWaiting && { onWaiting }),
    ...(onBatch && { onBatch }),
  };
}

/** How a step looks at the world again, and how it runs a command of the team. */
export function stepWorld(
  ground: Ground,
  now: () => Date,
): Pick<RunStepOptions, 'readNextRun' | 'runCommand' | 'pgDump'> {
  const { pgDump } = ground.resolved;
  return {
    ...(pgDump !== undefined && { pgDump }),
    readNextRun: async () => (await look(ground, now, { evidence: false })).nextRun,
    runCommand: (command, signal) => runCommand(command, ground.resolved.project, signal),
  };
}
