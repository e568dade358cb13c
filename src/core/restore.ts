import type { BackedUp } from './backup.js';
import type { History } from './facts.js';
import type { PlanTarget } from './plan.js';

/** What restoring a backup rests on, read when its plan is made. */
export interface RestoreFacts {
  readonly backup: ChosenBackup;
  readonly live: LiveDatabase;
  /** Another database of the same server: one cannot be renamed by who is connected to it. */
  readonly maintenance: PlanTarget;
  /** All of the server, with their comments. */
  readonly databases: readonly { readonly name: string; readonly comment: string | null }[];
  readonly role: RestoringRole;
  /** Why the file cannot be read here at all; null when it can. */
  readonly unreadable: string | null;
  /** Numbers and sessions of the moment: they change by themselves, and nothing rests on them. */
  readonly seen: readonly string[];
}

export interface ChosenBackup {
  /** Absolute. */
  readonly path: string;
  readonly format: 'custom' | 'directory' | 'plain';
  /** Of the bytes as they are now. */
  readonly sha256: string;
  readonly bytes: number;
  /** ISO 8601: when it was begun; of a file that does not say, when it was last written. */
  readonly takenAt: string;
  /** Whether its checksum stands beside it; where one does, it is equal. */
  readonly checksum: boolean;
  /** What its manifest says; null where there is none. */
  readonly manifest: BackupManifest | null;
}

export interface BackupManifest {
  /** sha256 of the manifest's own bytes. */
  readonly sha256: string;
  readonly target: BackedUp;
  readonly proven: boolean;
  readonly tables: number;
  readonly rows: number;
  /** The history rows as they were when it was taken; null where they were not read. */
  readonly history: History | null;
}

/** What the live database is made of, beside what is in it. */
export interface LiveDatabase {
  readonly oid: string;
  readonly owner: string;
  readonly encoding: string;
  /** null before PostgreSQL 15. */
  readonly provider: 'libc' | 'icu' | 'builtin' | null;
  readonly collate: string;
  readonly ctype: string;
  /** Of the provider icu or builtin. */
  readonly locale: string | null;
  readonly rules: string | null;
  /** null: the server's default. */
  readonly tablespace: string | null;
  /** -1: none. */
  readonly connectionLimit: number;
  readonly comment: string | null;
  /** null: as PostgreSQL gives them by itself. */
  readonly grants: readonly DatabaseGrant[] | null;
  readonly settings: readonly DatabaseSetting[];
}

export interface DatabaseGrant {
  /** null: everybody. */
  readonly grantee: string | null;
  /** "CONNECT". */
  readonly privilege: string;
  readonly grantable: boolean;
}

/** ALTER DATABASE ... SET, and ALTER ROLE ... IN DATABASE ... SET. */
export interface DatabaseSetting {
  /** null: of all roles. */
  readonly role: string | null;
  readonly name: string;
  /** As pg_db_role_setting keeps it. */
  readonly value: string;
}

export interface RestoringRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly createdb: boolean;
  /** It is the live database's owner, or a member of the owner. */
  readonly owns: boolean;
}
