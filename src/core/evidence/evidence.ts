import type { ObjectKind } from '../catalog.js';

/** What the live schema says about each migration, held against the replay; see weigh.ts. */
export interface Evidence {
  readonly migrations: ReadonlyMap<string, MigrationEvidence>;
  /** Where the live schema differs from what the recorded migrations made. */
  readonly drift: readonly Drift[];
  /** What may make some of it unknown, one sentence each; for the screen. */
  readonly remarks: readonly string[];
}

export type SchemaState =
  | 'present'
  | 'partial'
  | 'absent'
  | 'superseded'
  | 'unprovable'
  | 'unknown';

export interface MigrationEvidence {
  readonly id: string;
  readonly schema: SchemaState;
  /** Keys of what it makes and is not there; children of a missing object are left out. */
  readonly lacks: readonly string[];
  /** "statement 2 of 3: CREATE INDEX": the first that is not done, where those before it are and none after it. */
  readonly stoppedAt: string | null;
  /** The same as a number; null where no single place fits. */
  readonly stoppedAtStatement: number | null;
  readonly statements: readonly StatementEvidence[];
  /** Why it is unknown, partial without a place, or what else would explain it; null: nothing to add. */
  readonly why: string | null;
  /** Two explanations fit, named both; empty: one does. */
  readonly ambiguous: readonly string[];
}

export interface StatementEvidence {
  /** From 1. */
  readonly number: number;
  readonly label: string;
  readonly line: number;
  readonly text: string;
  /**
   * `done`: what it made is there. `superseded`: a later migration changed what it made, and that is there.
   * `not done`: it is as before. `unprovable`: it leaves nothing in the catalog. `unknown`: it failed in the
   * sandbox. `either`: before and after look the same now. `changed`: it stands as no migration leaves it.
   */
  readonly state:
    | 'done'
    | 'superseded'
    | 'not done'
    | 'unprovable'
    | 'unknown'
    | 'either'
    | 'changed';
  /** Keys of what it touches. */
  readonly objects: readonly string[];
}

export interface Drift {
  readonly type: 'missing' | 'extra' | 'changed';
  readonly key: string;
  readonly kind: ObjectKind;
  /** The migration that last set it (of something changed: what differs of it), or, for something extra, set what it stands in; null: none. */
  readonly migration: string | null;
  /** The migration that first made it; null: none. */
  readonly madeBy: string | null;
  /** As the migrations make it and as it is live: "integer NOT NULL"; null where it is not there. */
  readonly expected: string | null;
  readonly found: string | null;
}
