import type { PlanTarget } from './plan.js';

/** How far a backup is; the screens draw it. Times are milliseconds since the backup began. */
export interface BackupProgress {
  readonly phase: 'counting' | 'dumping' | 'restoring' | 'comparing';
  readonly tablesDone: number;
  readonly tablesTotal: number;
  /** The table being worked on, where known. */
  readonly table: string | null;
  readonly rowsDone: number;
  /** An estimate (reltuples) until counted. */
  readonly rowsTotal: number;
  readonly bytes: number;
  readonly elapsed: number;
}

/** A backup that was restored and compared. Nothing else opens the way to writing. */
export interface ProvenBackup {
  /** What was dumped, as the server named itself inside the dump's own snapshot. */
  readonly target: BackedUp;
  /** Absolute path of the dump. */
  readonly path: string;
  readonly format: 'custom' | 'plain';
  readonly bytes: number;
  readonly sha256: string;
  /** "pg_dump 17.5 (/usr/bin/pg_dump)" or "pg_dump 18.3 (WebAssembly)". */
  readonly by: string;
  readonly tables: number;
  readonly rows: number;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly provenAt: string;
  /** "restored into PostgreSQL 18.4 (sandbox); 12 tables, 345 rows equal". */
  readonly proof: string;
  /** How to restore it by hand. */
  readonly restoreCommand: string;
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
  { target: backedUp }: Pick<ProvenBackup, 'target'>,
  target: BackedUp,
): string | null {
  const named = backedUp.identity !== null || target.identity !== null;
  const same = named
    ? backedUp.identity === target.identity
    : backedUp.host === target.host && backedUp.port === target.port;
  if (same && backedUp.database === target.database) return null;
  const where = (one: BackedUp): string =>
    `${one.database} at ${one.host}:${one.port} (${one.identity ?? 'no identity'})`;
  return `The proven backup is of another database, ${where(backedUp)}, not of ${where(target)}.`;
}

/** Milliseconds since it was proven. `at`: milliseconds since the epoch. */
export function backupAge({ provenAt }: Pick<ProvenBackup, 'provenAt'>, at: number): number {
  return Math.max(0, at - Date.parse(provenAt));
}
