/**
 * What was read, once and read-only: the files, the history table, the server around them.
 * Plain data. Nothing here is a judgement; rules and tools turn it into findings.
 */
import type { CatalogObject } from './catalog.js';
import type { Rehearsal } from './rehearsal.js';
import type { Replay } from './replay.js';

/** A setting as used, with where it came from ("option --migrations", "drizzle.config.ts", ".env DATABASE_URL", "default"). Secrets are redacted before they get here. */
export interface Setting {
  readonly name:
    | 'database-url'
    | 'tool'
    | 'migrations'
    | 'history-table'
    | 'pg-dump'
    | 'environment';
  readonly value: string;
  readonly origin: string;
}

export interface Facts {
  /** ISO 8601, UTC: when the reading began. Not part of the fingerprint. */
  readonly readAt: string;
  readonly settings: readonly Setting[];
  readonly tool: string;
  readonly folder: Folder;
  /** null with --offline. */
  readonly target: Target | null;
  readonly history: History | null;
  readonly surroundings: Surroundings | null;
  readonly schema: SchemaFacts;
}

/** The live schema and what the sandbox says of the migrations. */
export type SchemaFacts =
  /** Offline, or only a first look was wanted. */
  | { readonly state: 'not read' }
  /** One sentence: why there is no evidence. */
  | { readonly state: 'failed'; readonly reason: string; readonly next: readonly string[] }
  | {
      readonly state: 'read';
      /** The live catalog, without what extensions own, the system schemas and the history table. */
      readonly catalog: readonly CatalogObject[];
      readonly replay: Replay;
      /** null: nothing would run, or it was not asked for. */
      readonly rehearsal: Rehearsal | null;
      /** Roles that own something in it, quoted as in keys: what is granted to an owner does not show. */
      readonly owners: readonly string[];
      /** Row estimates (reltuples) and bytes of live tables, by name ("public.users", never quoted). */
      readonly sizes: Readonly<Record<string, { readonly rows: number; readonly bytes: number }>>;
      /** Of the live session, as SHOW search_path prints it, with the role's name for "$user". */
      readonly searchPath: string;
    };

/** The database as the server itself names it. */
export interface Target {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** As the server prints it: "15.18". */
  readonly serverVersion: string;
  /** server_version_num: 150018. */
  readonly serverVersionNum: number;
  readonly role: 'primary' | 'replica';
  readonly pooler: boolean;
  /** pg_control_system().system_identifier with the database's oid; null where it may not be read. Two servers that look alike differ here. */
  readonly identity: string | null;
  /** --env NAME, shown as a word on every screen; null when not told. */
  readonly environment: string | null;
}

/** One migrations folder. Paths are relative to it, with forward slashes. */
export interface Folder {
  /** As shown to the operator, relative to the project where possible. */
  readonly path: string;
  /** Absolute path, for reading and editing. Never in the fingerprint. */
  readonly root: string;
  /** In the order of the board: as the tool would run them, those it cannot see sorted in by name. */
  readonly migrations: readonly Migration[];
  /** null for tools without a journal. */
  readonly journal: Journal | null;
  readonly snapshots: readonly Snapshot[];
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
  /** Folders of Drizzle's 1.0 layout found beside a 0.x journal. */
  readonly convertedFolders: readonly string[];
  /** What lies in Drizzle's 0.x layout where 1.0 runs: its journal, and files that no folder holds. Absent: nothing. */
  readonly unconverted?: readonly string[];
  /** Other migration folders of the same project, to tell who else writes to a shared history table. */
  readonly siblings: readonly SiblingFolder[];
}

export interface SiblingFolder {
  readonly path: string;
  readonly stamps: readonly number[];
  /** What its rows are known by: hashes of its files, or the names it records. */
  readonly marks: readonly string[];
}

export interface Migration {
  /** The journal's tag, or the file's name without `.sql`. Unique in a folder. */
  readonly id: string;
  /** What the tool records of it, and goes by: a file's name or a version. Absent in tools that record none. */
  readonly name?: string;
  /** null when the journal or the history names it and the file is not there. */
  readonly file: MigrationFile | null;
  /** The journal entries with this tag: none (unlisted), one, or more (duplicate tag). */
  readonly entries: readonly JournalEntry[];
  /** SQL that takes it back, written by hand: a file beside it, or a part of its own file. */
  readonly down?: DownSql | null;
  /** Its file is a program, not SQL: what it does is not known before it has run. */
  readonly isCode?: boolean;
  /** What in the file makes it one, where most of its kind are SQL: "line 12: ...". */
  readonly whyCode?: string | null;
  /** The snapshot's path, where one belongs to this migration. */
  readonly snapshot: string | null;
}

export interface MigrationFile {
  readonly path: string;
  /** Bytes on disk, and their sha256 in hex: what a later check of the file compares. */
  readonly size: number;
  readonly sha256: string;
  /** Decoded as the tool decodes it; a BOM is kept. */
  readonly text: string;
  /** sha256, hex, of the text as the tool hashes it; null in tools that hash nothing. */
  readonly hash: string | null;
  /** sha256 of the same text with LF, with CRLF, without BOM, with and without the last line's end: what an editor or git may have made of it. Never contains `hash`. */
  readonly variantHashes: readonly string[];
}

export interface DownSql extends MigrationFile {
  /** As of a chunk. */
  readonly gaps?: readonly { readonly at: number; readonly by: number }[];
  /** Where `text` begins in its file, UTF-16 units; absent: the file has nothing else. */
  readonly offset?: number;
}

export interface JournalEntry {
  /** Position in `entries`, from 0: the order in which the migrator goes. */
  readonly position: number;
  /** 1-based line of the entry in the journal file; 0 where unknown. */
  readonly line: number;
  readonly tag: string;
  readonly idx: number | null;
  /** As it stands in the file; null where it is absent or not a number. */
  readonly when: number | null;
}

export type Journal =
  | { readonly state: 'missing'; readonly path: string }
  /** `reason` says what does not parse and where ("line 12, column 3: ..."). */
  | {
      readonly state: 'malformed';
      readonly path: string;
      readonly reason: string;
      readonly conflictMarkers: readonly number[];
      /** The bytes as text, so that a repair can be offered. */
      readonly text: string;
      readonly sha256: string;
    }
  | {
      readonly state: 'read';
      readonly path: string;
      readonly text: string;
      readonly sha256: string;
      readonly entries: readonly JournalEntry[];
    };

export type Snapshot =
  | { readonly state: 'malformed'; readonly path: string; readonly reason: string }
  | {
      readonly state: 'read';
      readonly path: string;
      readonly id: string;
      readonly prevId: string;
      readonly version: string;
    };

export interface TableRef {
  readonly schema: string;
  readonly table: string;
}

export interface History {
  /** Where the tool will look, and why we think so. */
  readonly expected: TableRef;
  /** True when a setting or an option names `expected`, false when it is only the tool's default. */
  readonly configured: boolean;
  /** Where the rows below were read; null when no history table exists. */
  readonly table: TableRef | null;
  /** Further tables of the tool's shape, with the hashes or names in them (of the first thousand rows at the most): whose history is it? */
  readonly elsewhere: readonly (TableRef & {
    readonly rows: number;
    readonly marks: readonly string[];
  })[];
  /** The table is of an older version of the tool, whose rows say no names; its next run brings it up to date. */
  readonly outdated?: boolean;
  /** In the order of the tool: by id, or by name. */
  readonly rows: readonly HistoryRow[];
  /** The sequence behind `id`: the next value it would give; null where there is none or it may not be read. */
  readonly sequence: { readonly name: string; readonly next: number } | null;
  /** Keys of the advisory locks that the tool holds while it runs; absent: none are known. */
  readonly runLocks?: readonly string[];
  /** Why the tool's own lock keeps everybody out, as it stands in its table, and how it is released; null or absent: it does not. */
  readonly locked?: Locked | null;
  /** Ordinary tables outside the system schemas, without the history table and what the tool keeps beside it. */
  readonly otherTables: number;
}

export interface Locked {
  readonly why: string;
  /** What the tool says then. */
  readonly says: string;
  readonly next: string;
  /** What it is, where it is no lock; absent: `history-dirty`. */
  readonly code?: 'dev-push-row' | 'history-table-missing';
  readonly title?: string;
  /** The name in the row that it is, which is of no migration. */
  readonly row?: string;
  readonly playbooks?: readonly string[];
}

export type HistoryRow = StampedRow | NamedRow;

/** Says neither name nor version: it is known by what it has of the journal and of the file. */
export interface StampedRow {
  /** The primary key as text. */
  readonly id: string;
  readonly hash: string;
  /** bigint as decimal text; null when the column is null. */
  readonly stamp: string | null;
  readonly name?: undefined;
  readonly follows?: undefined;
  readonly state?: undefined;
}

/** Says which migration it is of. */
export interface NamedRow {
  /** The primary key as text: the name itself, where the table has no other. */
  readonly id: string;
  readonly name: string;
  /** The migration's name, where the row has another for it; null: it is of none. */
  readonly of?: string | null;
  /** What else stands in it, by column, as text: enough to put it back as it was. */
  readonly columns: Readonly<Record<string, string | null>>;
  /** What it says of a run that did not come to its end; absent: it is applied. A row that was rolled back stands for nothing any more. */
  readonly state?: 'failed' | 'rolled back' | undefined;
  /** sha256 of the file that was applied, where the tool keeps one. */
  readonly checksum?: string | undefined;
  /** What the tool noted of the failure. */
  readonly said?: string | undefined;
  /** In a table of one row, which stands for all versions up to it: the one in whose place it came; null: none. */
  readonly follows?: string | null | undefined;
  readonly stamp?: undefined;
  readonly hash?: undefined;
}

export interface Surroundings {
  /** What may not be done by this role, each a whole sentence ("No CREATE on database shop: ..."). */
  readonly missingPrivileges: readonly string[];
  /** Sessions that hold locks which a write to the history table would have to wait for. */
  readonly blockers: readonly Blocker[];
  readonly dumper: DumperFacts;
  /** A direct URL found beside a pooled one, redacted; null where none was found. */
  readonly directUrl: { readonly value: string; readonly origin: string } | null;
  /** pg_database_size, bytes. */
  readonly databaseSize: number;
}

export interface Blocker {
  readonly pid: number;
  readonly user: string;
  readonly application: string;
  readonly state: string;
  readonly query: string;
  /** Seconds since its transaction began. */
  readonly age: number;
  /** The lock it holds: "AccessExclusiveLock on drizzle.__drizzle_migrations". */
  readonly holds: string;
}

/** Which pg_dump a backup would use, and what was found on the way. */
export interface DumperFacts {
  readonly use: 'native' | 'wasm' | 'none';
  /** The path of the native program, null for the WebAssembly one. */
  readonly path: string | null;
  /** "17.5"; null when there is none. */
  readonly version: string | null;
  /** Native programs that were found and passed over, with the reason. */
  readonly rejected: readonly {
    readonly path: string;
    readonly version: string | null;
    readonly reason: string;
  }[];
  /** True when --pg-dump or a setting named one. */
  readonly named: boolean;
}
