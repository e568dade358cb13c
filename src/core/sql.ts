import type { Check } from './plan.js';

/** SQL text taken apart by PostgreSQL's own parser; src/postgres/parse.ts provides it. */
export interface SqlParser {
  /** Never throws: what does not parse is a result, not an error. */
  split(text: string): SplitResult;
  /** What one statement (of `split`) demands of rows that are there already. */
  demands(text: string): Demands;
  /** The statement with another ON DELETE action; null where it does not say one. */
  withOnDelete(text: string, action: OnDelete): string | null;
  /** Why a text is not one scalar expression; null when it is. */
  notAnExpression(text: string): string | null;
  /** "a = 1, b = now()" taken apart; a message where it is something else. */
  assignments(text: string): Assignments | string;
  /** What one statement does to names and to rows, as far as its text says. */
  effects(text: string): Effects;
  /** How many columns a query gives; null where its text does not say ("SELECT *"). */
  width(query: string): number | null;
}

export interface Effects {
  /** RENAME and SET SCHEMA, which do nothing else; null for any other statement. */
  readonly renames: Renaming | null;
  /** What it does is not all in its text: DO, CALL, EXECUTE, a SELECT that calls a function. */
  readonly opaque: boolean;
  readonly writes: readonly RowWrite[];
}

export interface Renaming {
  /** `part`: of what is named with it: a column, a constraint, a trigger. */
  readonly type: 'object' | 'part' | 'attribute' | 'enum value' | 'schema of';
  /** Not quoted and without schema: the table of a part, the type of an attribute or value; else null. */
  readonly of: string | null;
  /** Not quoted; of `schema of` the name of the object, which stays. */
  readonly from: string;
  /** Not quoted; of `schema of` the new schema. */
  readonly to: string;
}

export interface RowWrite {
  /** `place`: where a sequence stands; `elsewhere`: roles, other databases, whatever no catalog of this one shows. */
  readonly type: 'insert' | 'update' | 'remove' | 'place' | 'elsewhere' | 'unknown';
  /** For messages: "UPDATE", "refill()". */
  readonly what: string;
  readonly relation: RelationName | null;
  /** Of an UPDATE: those that it sets. */
  readonly columns: readonly string[];
}

export type OnDelete = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

/** Expressions by the column they are for, which may have its table in front: "media.owner". */
export type Assignments = Readonly<Record<string, string>>;

/** As written: null where search_path decides. */
export interface RelationName {
  readonly schema: string | null;
  readonly name: string;
}

export interface ForeignKey {
  readonly columns: readonly string[];
  readonly target: RelationName;
  /** Empty where it does not say them: the primary key. */
  readonly targetColumns: readonly string[];
  readonly onDelete: OnDelete;
}

/** Of ALTER TABLE; `creates` of CREATE TABLE; empty for any other statement. */
export interface Demands {
  readonly relation: RelationName | null;
  readonly creates: RelationName | null;
  /** `added`: ADD COLUMN ... NOT NULL with nothing that gives rows a value. `set`: SET NOT NULL. */
  readonly columns: readonly { readonly name: string; readonly how: 'added' | 'set' }[];
  /** All that ADD COLUMN adds. */
  readonly adds: readonly string[];
  readonly foreignKeys: readonly ForeignKey[];
  /** The text without the NOT NULL of the added columns, blanks in its place. */
  readonly nullable: string;
}

export type SplitResult =
  | { readonly ok: true; readonly statements: readonly ParsedStatement[] }
  /** `offset` in UTF-16 units of the given text: where the parser stopped. */
  | { readonly ok: false; readonly message: string; readonly offset: number };

export interface ParsedStatement {
  /** Without the semicolon, and without the comments in front of it. */
  readonly text: string;
  /** Where `text` begins in the given text, in UTF-16 units. */
  readonly offset: number;
  /** `outside-transaction`: PostgreSQL refuses it inside a transaction block (25001). */
  readonly kind: 'ordinary' | 'outside-transaction' | 'transaction-control';
  /** For messages: "CREATE INDEX CONCURRENTLY". */
  readonly label: string;
  /** What of it destroys data, by its form ("DROP COLUMN"); null when nothing does. */
  readonly destroys: string | null;
  /** What of it may do anything and cannot be looked into ("CALL refill", "refill()"); null when nothing. */
  readonly unseen: string | null;
  /** What of it only the rest of the same session or transaction sees ("SET search_path"); null when nothing. */
  readonly setsState: string | null;
  /** For a statement that cannot be in a transaction: a check that holds once it was done; null where none can tell. */
  readonly evidence: Check | null;
}
