import type { CatalogObject } from './catalog.js';

/**
 * What PostgreSQL did when all migrations were run, one statement after another, in an empty
 * database of the sandbox. Depends on the files' content, the sandbox's version and what was
 * prepared; nothing else, so it can be kept.
 */
export interface Replay {
  /** In the order of the folder; migrations whose file is gone are left out. */
  readonly migrations: readonly ReplayedMigration[];
  /**
   * What was put there because a migration uses it and none makes it: tables that were there
   * before the first migration, roles, schemas, stand-ins. With the live definition.
   */
  readonly base: readonly CatalogObject[];
  /** One sentence each: what was prepared, and from where ("role anon, which policies name"). */
  readonly prepared: readonly string[];
  /** "18.4" */
  readonly serverVersion: string;
  /** Keys of objects that look otherwise in the end than the statements say; unknown. Empty unless the tracking has a hole. */
  readonly untracked: readonly string[];
}

export interface ReplayedMigration {
  readonly id: string;
  readonly statements: readonly ReplayedStatement[];
  /** Why the text could not be divided into statements (42601 and where); `statements` is empty then. */
  readonly unparsed: string | null;
}

export interface ReplayedStatement {
  /** From 1, in the whole file. */
  readonly number: number;
  /** The text that was run, without semicolon. */
  readonly text: string;
  /** "CREATE TABLE". */
  readonly label: string;
  /** 1-based line of the file on which it begins. */
  readonly line: number;
  /** What it made, changed (all parts given) or dropped; in no order. Nothing: no object looks different afterwards. */
  readonly changes: readonly Change[];
  /** It writes, or may write, rows or anything else that the catalog does not show. */
  readonly beyondCatalog: boolean;
  /** It failed in the sandbox, and changed nothing. */
  readonly error: ReplayError | null;
}

export type Change =
  | { readonly type: 'set'; readonly object: CatalogObject }
  | { readonly type: 'drop'; readonly key: string };

export interface ReplayError {
  readonly sqlstate: string;
  readonly message: string;
  /** What it would make is there already, made by an earlier statement of the migrations. */
  readonly redundant: boolean;
  /**
   * Objects that a statement which fails would make or change, as far as its text says: qualified names
   * without kind ("public.docs"). What stands there, and beneath, is unknown, not drift.
   */
  readonly names: readonly string[];
}
