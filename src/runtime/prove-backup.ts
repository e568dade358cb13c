import type { BackupProgress, ProvenBackup, ReadBackup } from '../core/backup.js';
import { takeBackup } from '../backup/take.js';
import { UserError } from '../core/errors.js';
import type { Facts } from '../core/facts.js';
import { redactUrl } from '../postgres/url.js';
import type { Ground } from './ground.js';

/** Takes a backup and proves it in the session's sandbox; `enough` ends the proof alone. @throws UserError. */
export async function proveBackup(options: {
  readonly ground: Ground;
  readonly facts: Facts;
  /** Part of the file's name. */
  readonly session: string;
  /** Instead of the state folder; absolute. */
  readonly folder?: string;
  readonly signal: AbortSignal;
  readonly enough?: AbortSignal;
  readonly now: () => Date;
  readonly onProgress: (progress: BackupProgress) => void;
}): Promise<ProvenBackup | ReadBackup> {
  const { ground, facts, session, folder, signal, enough, now, onProgress } = options;
  const { databaseUrl, directUrl } = ground.resolved;
  if (databaseUrl === null || facts.surroundings === null) {
    throw new UserError('There is no database to back up.');
  }
  const sandbox = await ground.sandbox();
  signal.throwIfAborted();
  return takeBackup({
    url: databaseUrl,
    directUrl: directUrl === null ? null : `${redactUrl(directUrl.value)} (${directUrl.origin})`,
    dumper: facts.surroundings.dumper,
    folder: folder ?? (await ground.places()).backups,
    // A second backup of one session gets a name of its own.
    name: `${fileName(facts)}-${session}-${now().getTime() % 1_000_000}`,
    sandbox,
    onProgress,
    signal,
    ...(enough === undefined ? {} : { enough }),
    now,
    // What the migrator would find in a restored copy; not worth a backup where it cannot be read.
    history: ({ client }) =>
      ground.tool
        .readHistory(
          async (sql, values) =>
            (await client.query<Record<string, string | null>>(sql, values && [...values])).rows,
          ground.resolved.historyTable.ref,
          ground.resolved.historyTable.configured,
        )
        .catch(() => null),
  });
}

/** The database's name, as far as it can be part of a file's name. */
function fileName(facts: Facts): string {
  return (facts.target?.database ?? 'database').replaceAll(/[^\w.-]/g, '_').slice(0, 60);
}
