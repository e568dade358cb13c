import type { History, Migration, NamedRow, TableRef } from '../../core/facts.js';
import type { Chunk, RunFailure, ToolRules } from '../../core/tool.js';
import type { Query, Tool } from '../contract.js';

/**
 * A tool whose history is the set of what was applied: a row a migration, by its name or version.
 * All that tells such tools apart is here, as data and a few pure functions.
 */
export interface NamesSpec {
  /** As in --tool. */
  readonly name: string;
  /** As people write it. */
  readonly title: string;
  /** Folders where its users keep migrations, relative to the project, the likeliest first. */
  readonly usualFolders: readonly string[];
  /** A file of the project in which its folder may stand. */
  readonly config?: Tool['config'];
  /** Names of migration files, right in the folder; the others are none of the tool's business. */
  readonly files: RegExp;
  /** Each migration is a folder with a file of this name, and `files` is for the names of folders. */
  readonly inFolders?: string;
  /** A file of the tool's own in the folder, which tells that it is its. */
  readonly signFile?: string;
  /** What it records of such a file, or folder; `text` null: it cannot be read. Null: it is no migration. */
  readonly nameOf: (file: string, text: string | null) => string | null;
  /** Whether a file is SQL and no program; all are when not given. */
  readonly isSql?: (file: string, text: string | null) => boolean;
  /** Why pgmedic cannot tell what the tool makes of a file, in words; null: it can. */
  readonly cannotRead?: (text: string) => string | null;
  /** What in a file makes it a program, where that takes a look into it. */
  readonly whyCode?: (text: string) => string | null;
  /** How its migrations are run, for the operator. */
  readonly command?: string;
  /** Which of its other commands destroy data. */
  readonly beware?: string;
  /** Why it refuses to run these of all, in its own words; null: it does not. `rows` null: there is no history table. */
  readonly refuses?: (
    all: readonly Migration[],
    pending: readonly Migration[],
    rows: readonly NamedRow[] | null,
  ) => RunFailure | string | null;
  /** In which order it goes; by code unit of the file's name when not given. */
  readonly order?: (a: Named, b: Named) => number;
  /** The file that takes another back ("001_a.down.sql"); null: none is of that kind. */
  readonly downFile?: (file: string) => string | null;
  /** What of a file's text it sends; the whole text in one message when not given. */
  readonly parts?: (text: string) => Parts;
  /** Where SQL goes that takes a migration back, in words; downFile says it when not given. */
  readonly downPlace?: string;
  /** Whether the contents of a file, or of the sign file, look like this tool's; for telling tools apart. */
  readonly fits?: (text: string) => boolean;
  /** The parameter of a database URL that names the schema in which it works. */
  readonly schemaParameter?: string;
  /** By what its project's go.mod names it, where its files look like another tool's as well. */
  readonly dependency?: RegExp;
  readonly atomicity: ToolRules['atomicity'];
  readonly bareParts?: ToolRules['bareParts'];
  /**
   * What becomes of a pending migration that comes before an applied one. `by place`: the n-th row
   * has to be of the n-th file. `pass over`: a table of one row does not know of it.
   */
  readonly late: 'run' | 'refuse' | 'by place' | 'pass over';
  /** Variables in which its folder and its table stand. */
  readonly variables?: Tool['variables'];
  /** What becomes of a run where a row has no file. */
  readonly gone: 'ignore' | 'refuse';
  /** The tool's own words, where it refuses. */
  readonly words?: {
    /** `row`: the applied one that it comes before, and its place among those from 0. */
    readonly late?: (name: string, row: string, place: number) => string;
    readonly gone?: (names: readonly string[]) => string;
    /** What it says of rows of runs that failed, before it runs anything. */
    readonly failed?: (rows: readonly NamedRow[]) => string;
    /** What it says of a file that is not there, or cannot be read. */
    readonly unreadable?: (path: string) => string;
  };
  /** Parts of error messages for which it rolls a migration back, records it and goes on. */
  readonly swallows?: readonly string[];
  readonly history: HistorySpec;
}

/** A file, and what is recorded of it. */
export interface Named {
  readonly file: string;
  readonly name: string;
}

export interface HistorySpec {
  readonly table: TableRef;
  /** What the tool sends where there is none; `table` is quoted. */
  readonly create: (table: string) => string | readonly string[];
  /** The tool itself sends nothing: its first migration makes the table. */
  readonly byMigration?: boolean;
  /** The column of the name or version. */
  readonly name: string;
  /** A key that the server gives; null: the name is the key. */
  readonly id: string | null;
  /** What the tool writes into further columns, as SQL; absent: it leaves them to their defaults. */
  readonly writes?: Readonly<Record<string, (table: string, name: string) => string>>;
  /** How the tool sorts its rows, by columns or in its own way; by the key when not given. */
  readonly rowOrder?: readonly string[] | ((a: NamedRow, b: NamedRow) => number);
  /** The name that a row stands for, where that is not its own; null: for none. */
  readonly means?: (row: NamedRow) => string | null;
  /** Names of tables that the tool keeps beside it, in its schema. */
  readonly beside?: (table: string) => readonly string[];
  /** Looks whether a lock that the tool keeps in a table is taken; it may be left by a run that was killed. */
  readonly readLock?: (query: Query, table: TableRef) => Promise<History['locked']>;
  /** The table has one row: the version that it came to, which stands for all before it. */
  readonly oneRow?: OneRowSpec;
  /** Its rows tell of failed runs as well; not given: a row is an applied migration. */
  readonly runs?: RunsSpec;
  /** The column with the sha256 of the file's text, in hex. */
  readonly checksum?: string;
  /** Keys of the advisory locks that it holds while it runs. */
  readonly runLocks?: (table: TableRef, database: string) => readonly string[];
  /** Columns that tell its table from another tool's, although it leaves them to their defaults. */
  readonly required?: readonly string[];
  /** Columns that may be there as well. */
  readonly others?: readonly string[] | 'any';
  /** Types that the name may have; text and varchar when not given. */
  readonly nameType?: RegExp;
}

export interface OneRowSpec {
  /** The column that is true while a migration runs, and after it failed. */
  readonly failed: string;
  readonly isFailed: (columns: NamedRow['columns']) => boolean;
  /** The tool's own words where it refuses. */
  readonly words: {
    readonly failed: (version: string) => string;
    /** The file of the row's version is not there. */
    readonly gone: (version: string) => string;
  };
}

export interface RunsSpec {
  readonly stateOf: (columns: NamedRow['columns']) => NamedRow['state'];
  /** SQL that is true for the row of an applied migration. */
  readonly applied: string;
  /** The column that takes a failed row out of the way once there is a time in it. */
  readonly cleared: string;
  /** The column in which it notes why a run failed. */
  readonly said: string;
}

/** What a tool makes of a file's text. */
export type Parts =
  | {
      readonly up: readonly Chunk[];
      readonly down: Chunk | null;
      /** The file wants no transaction around it. */
      readonly bare: boolean;
      /** What it stops with all the same, once it comes to this file. */
      readonly fails?: Pick<RunFailure, 'message' | 'sqlstate'>;
    }
  /** It cannot read the file, and stops there with this message. */
  | { readonly refused: string };

/** The text in one piece. */
export function wholeText(text: string): Parts {
  return { up: [{ text, offset: 0 }], down: null, bare: false };
}

/** By code unit, as languages without a locale sort. */
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
