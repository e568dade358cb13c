import type { Folder, History, TableRef } from '../core/facts.js';
import type { ToolRules } from '../core/tool.js';

/** Runs one SELECT in the reading transaction; values arrive as text or null. */
export type Query = (
  sql: string,
  values?: readonly unknown[],
) => Promise<readonly Readonly<Record<string, string | null>>[]>;

/** The bytes of a migrations folder, read once; an adapter makes sense of them without touching the disk. */
export interface FolderContents {
  /** As shown to the operator. */
  readonly path: string;
  /** Absolute. */
  readonly root: string;
  /** Relative paths with forward slashes, sorted by code unit. */
  readonly files: ReadonlyMap<string, Buffer>;
  /** Folders right in it, whatever is in them; absent: not looked for. */
  readonly folders?: readonly string[];
  /** What is there and could not be read as a file (a directory in its place, no permission, too large). */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[];
}

/** What an adapter found in a project before any file of the folder or the database was read. */
export interface Detected {
  /** Absolute path of the migrations folder; null when none is named and none was found. */
  readonly migrations: { readonly path: string; readonly origin: string } | null;
  readonly historyTable: (TableRef & { readonly origin: string }) | null;
  /** A database URL in the tool's own settings; the lowest in precedence. */
  readonly databaseUrl: { readonly value: string; readonly origin: string } | null;
  /** The tool's name as found, for messages: "drizzle.config.ts". */
  readonly by: string;
}

export interface ToolConfig {
  /** The file's name. */
  readonly file: RegExp;
  /** Where its text says that the migrations are, from its own folder or from the project's; null: it does not say. */
  folder(text: string): { readonly path: string; readonly from: 'config' | 'project' } | null;
}

/** One migration tool. Most of it is data and pure functions; see ARCHITECTURE.md, "How to add a tool". */
export interface Tool extends ToolRules {
  readonly defaultHistoryTable: TableRef;
  /** Folders where its users keep migrations, relative to the project, the likeliest first. */
  readonly usualFolders: readonly string[];
  /** Variables in which its own settings stand. */
  readonly variables?: { readonly migrations: string; readonly historyTable: string };
  /** A file of the project in which its folder may stand: read, and not run. */
  readonly config?: ToolConfig;
  /** The parameter of a database URL that names the schema in which it works ("schema"). */
  readonly schemaParameter?: string;
  /** How a project's go.mod names it, where its files look like another tool's as well. */
  readonly dependency?: RegExp;
  /** Whether a file right in a migrations folder looks like this tool's. */
  fits(path: string, text: string): boolean;
  /** Whether a table with these columns (types by name, as format_type has them) can be its history. */
  isHistory(columns: Readonly<Record<string, string>>): boolean;
  /** Files of the folder (globs are not needed: a predicate on the relative path) that have to be read. */
  wants(path: string): boolean;
  /** Files that the folder names, wherever they stand: relative paths, of which some may be read already. */
  names(contents: FolderContents): readonly string[];
  readFolder(contents: FolderContents, siblings: readonly FolderContents[]): Folder;
  /** Finds and reads the history table. `expected` comes from settings, or is the default (`configured` false). */
  readHistory(query: Query, expected: TableRef, configured: boolean): Promise<History>;
}
