import type { Check } from './plan.js';

/** SQL text taken apart by PostgreSQL's own parser; src/postgres/parse.ts provides it. */
export interface SqlParser {
  /** Never throws: what does not parse is a result, not an error. */
  split(text: string): SplitResult;
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
