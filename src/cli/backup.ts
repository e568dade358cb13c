import { resolve } from 'node:path';
import { standing } from '../core/backup.js';
import { UserError } from '../core/errors.js';
import { openGround } from '../runtime/ground.js';
import { settled } from '../runtime/drive.js';
import { openSession } from '../runtime/open-session.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';
import { stopOnSignals, watchProgress } from './progress.js';

interface BackupOptions extends SharedOptions {
  readonly out?: string;
  readonly json?: boolean;
}

/** Takes a backup and proves it. 0: proven, 1: not, and nothing was kept. @throws UserError when it cannot look. */
export async function backup(options: BackupOptions): Promise<number> {
  const session = openSession({
    openGround: () => openGround(options, process.env),
    environment: process.env,
    ...(options.out === undefined ? {} : { backupFolder: resolve(options.out) }),
  });
  const { handle } = session;
  const unhook = stopOnSignals(handle);
  const watch = watchProgress();
  const first = await settled(handle, watch);
  if (first.scene.name === 'cannot-look') {
    throw new UserError(first.scene.message, first.scene.next);
  }
  handle.dispatch({ type: 'take-backup', at: handle.now() });
  const { backup: proven, notice } = await settled(handle, watch);
  handle.dispatch({ type: 'leave' });
  await handle.ended;
  await session.close();
  unhook();
  if (options.json) printJson({ format: 1, session: session.id, backup: proven, message: notice });
  else if (proven === null) print(notice ?? 'No backup.');
  else {
    const { path, bytes, by, chosen = '', lag = null, sha256, restoreCommand } = proven;
    print(
      [
        `Proven: ${path}`,
        `  ${bytes} bytes, by ${by}: ${chosen}`,
        ...(lag === null ? [] : [`  ${lag}`]),
        `  sha256 ${sha256}`,
        `  ${standing(proven)}`,
        `To restore it by hand: ${restoreCommand}`,
      ].join('\n'),
    );
  }
  return proven === null ? exitCodes.findings : exitCodes.healthy;
}
