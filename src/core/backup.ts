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
