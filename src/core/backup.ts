import type { Blocker } from './facts.js';
import type { PlanTarget } from './plan.js';

/** How far a backup is; the screens draw it. Times are milliseconds since the backup began. */
export interface BackupProgress {
  readonly phase: BackupPhase;
  readonly tablesDone: number;
  readonly tablesTotal: number;
  /** The table being worked on, where known. */
  readonly table: string | null;
  readonly rowsDone: number;
  /** An estimate (reltuples) until counted. */
  readonly rowsTotal: number;
  readonly bytes: number;
  readonly elapsed: number;
  /** Rows a second in this phase; null until enough was seen. An estimate. */
  readonly rate: number | null;
  /** Milliseconds that are left of this phase at that rate; null where it cannot be said. An estimate. */
  readonly remaining: number | null;
  /** Milliseconds in which nothing of all this moved. */
  readonly silent: number;
  /** Who holds locks that the backup waits for; empty: it waits for none. */
  readonly waitingFor: readonly Blocker[];
}

/** The dump is written; the snapshot it was made of is counted; the dump is read back, restored and compared. */
export type BackupPhase = 'dumping' | 'counting' | 'reading back' | 'restoring' | 'comparing';

/** How far a backup can be relied on: on the disk; read from there to its end; restored and equal. */
export type BackupState = 'written' | 'read back' | 'proven';

/** What the file is while this phase runs; null before it is written. */
export function reachedBefore(phase: BackupPhase): BackupState | null {
  switch (phase) {
    case 'dumping':
      return null;
    case 'counting':
    case 'reading back':
      return 'written';
    case 'restoring':
    case 'comparing':
      return 'read back';
  }
}

export type BackupFormat = 'custom' | 'directory' | 'plain';

/** A backup that stands on the disk, however far it is proven. */
interface WrittenBackup {
  /** What was dumped, as the server named itself inside the dump's own snapshot. */
  readonly target: BackedUp;
  /** Absolute path of the dump; a folder in the directory format. */
  readonly path: string;
  readonly format: BackupFormat;
  readonly bytes: number;
  /** Of the file; of a folder, that of the list of its files with theirs. */
  readonly sha256: string;
  /** "pg_dump 17.5 (/usr/bin/pg_dump)" or "pg_dump 18.3 (WebAssembly)". */
  readonly by: string;
  /** How it was dumped and why so: "-Fc, compressed with gzip: the database has 1.2 GiB". Not in logs of older versions. */
  readonly chosen?: string;
  /** How far the replica that was dumped was behind; null for a primary. Not in logs of older versions. */
  readonly lag?: string | null;
  readonly tables: number;
  readonly rows: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** How to restore it by hand. */
  readonly restoreCommand: string;
}

/** A backup that was restored and compared. */
export interface ProvenBackup extends WrittenBackup {
  readonly provenAt: string;
  /** "restored into PostgreSQL 18.4 (sandbox); 12 tables, 345 rows equal". */
  readonly proof: string;
}

/** A backup that was read from the disk to its end, with its SHA-256, and not restored. By itself it opens the way to nothing. */
export interface ReadBackup extends WrittenBackup {
  readonly readBackAt: string;
  /** "read to its end with pg_restore, SHA-256 equal". */
  readonly reading: string;
  /** Why it was not restored and compared. */
  readonly unproven: string;
}

/** One that the operator goes on with all the same, and why. */
export interface AcceptedBackup extends ReadBackup {
  readonly accepted: { readonly reason: string; readonly by: string; readonly at: string };
}

/** What writes may rest on: nothing else opens the way to them. */
export type CountingBackup = ProvenBackup | AcceptedBackup;

export function isAccepted(backup: CountingBackup): backup is AcceptedBackup {
  return 'readBackAt' in backup;
}

/** `identity` as in PlanTarget: null where the role may not ask for it. */
export type BackedUp = Pick<PlanTarget, 'host' | 'port' | 'database' | 'identity'>;

/** A backup older than this, in milliseconds, does not count for a plan that begins. */
export const BACKUP_LIFE = 15 * 60_000;

/**
 * Why a backup does not open the way to writes on this target; null when it does. One URL may
 * lead to another server than before (a tunnel that was moved): the identity decides, and only
 * where neither has one do host, port and name.
 */
export function whyProofDoesNotCount(
  { target: backedUp }: Pick<CountingBackup, 'target'>,
  target: BackedUp,
): string | null {
  const named = backedUp.identity !== null || target.identity !== null;
  const same = named
    ? backedUp.identity === target.identity
    : backedUp.host === target.host && backedUp.port === target.port;
  if (same && backedUp.database === target.database) return null;
  const where = (one: BackedUp): string =>
    `${one.database} at ${one.host}:${one.port} (${one.identity ?? 'no identity'})`;
  return `The backup is of another database, ${where(backedUp)}, not of ${where(target)}.`;
}

/** ISO 8601: when it was last looked at. */
export function lookedAt(backup: ProvenBackup | ReadBackup): string {
  return 'readBackAt' in backup ? backup.readBackAt : backup.provenAt;
}

/** Milliseconds since it was proven, or read back. `at`: milliseconds since the epoch. */
export function backupAge(backup: ProvenBackup | ReadBackup, at: number): number {
  return Math.max(0, at - Date.parse(lookedAt(backup)));
}

/** "proven: restored into ..." or "read back, not proven: ...". */
export function standing(backup: ProvenBackup | ReadBackup): string {
  return 'readBackAt' in backup
    ? `read back, not proven: ${backup.reading}; ${backup.unproven}`
    : `proven: ${backup.proof}`;
}
