import type { CatalogObject, SameDefinition } from '../catalog.js';
import type { ExpectedObject } from '../plan.js';
import type { Replay } from '../replay.js';
import type { SqlParser } from '../sql.js';

/** What is asked: which of the statements that ran are to be taken back, and what stands there now. */
export interface InverseRequest {
  /** Timelines of all migrations. */
  readonly replay: Replay;
  /** What is really applied and to be taken back: numbers of statements, by migration. Its other statements never ran. */
  readonly applied: ReadonlyMap<string, ReadonlySet<number>>;
  /**
   * What is applied and stays, where that is not simply every migration in front of the last one that is
   * taken back.
   */
  readonly kept?: ReadonlyMap<string, ReadonlySet<number>>;
  /** The live catalog now: what the DDL will meet. */
  readonly live: readonly CatalogObject[];
  /** server_version_num of the live server; decides how values are counted that would not cast back (from 16 on by pg_input_is_valid). */
  readonly serverVersionNum?: number;
  readonly same: SameDefinition;
  readonly parser: SqlParser;
}

/**
 * What takes applied statements back, the newest first: DDL that brings each object they touched to
 * its definition before them. Computed from the timelines alone, so it is a proposal: it is run in the
 * sandbox on a copy of the live schema before anybody is offered it.
 */
export interface Inverse {
  /** In the order in which they are to be run. */
  readonly statements: readonly InverseStatement[];
  /** How every object that they touch stands afterwards. */
  readonly target: readonly ExpectedObject[];
  /** What goes for good, to be counted on the live data and copied out. In the order of `statements`. */
  readonly losses: readonly Loss[];
  /** What they cannot bring back, or cannot know; nothing is run where there is one. */
  readonly refused: readonly Refusal[];
  /** What comes back otherwise than it was and does no harm: "column a comes back as the last of its table". */
  readonly remarks: readonly string[];
}

export interface InverseStatement {
  /** Without semicolon; names are qualified, so no search_path matters. */
  readonly sql: string;
  /** The applied statement that this takes back. */
  readonly undoes: StatementRef;
}

export interface StatementRef {
  readonly migration: string;
  /** From 1, in the whole file. */
  readonly number: number;
  /** "CREATE TABLE". */
  readonly label: string;
}

export interface Refusal {
  readonly of: StatementRef;
  /** One sentence: "statement 3 (UPDATE) changed rows: what they were before is in no catalog". */
  readonly why: string;
  /** Where it is something that stays and stands on what goes: the keys of both. */
  readonly standing?: { readonly what: string; readonly on: string };
}

export interface Loss {
  readonly undoes: StatementRef;
  /**
   * `goes`: gone for good when the statements have run. `stops`: while the count is not 0 the statements
   * are refused by the server, so nothing is lost and nothing done.
   */
  readonly type: 'goes' | 'stops';
  /** "table public.invoices", "column public.users.nickname", "values of public.users.age that no longer fit integer". */
  readonly what: string;
  /** A SELECT of one number: how many rows, values or labels go. Names are qualified and quoted. */
  readonly count: string;
  /** A SELECT of what goes, to be copied to a file: all of a table, or its key with the column. Null: nothing of value (a sequence's place). */
  readonly rows: string | null;
  /** The table that `rows` is of, qualified and quoted: locked first, so that none is written behind the copy. */
  readonly table?: string;
}
