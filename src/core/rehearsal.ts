import type { FindingCode } from './finding.js';
import type { RunFailure } from './tool.js';

/**
 * What would happen if the tool ran now: its pending migrations run in the sandbox on a
 * schema-only copy of the live database, and the live rows asked, read-only, about what depends on them.
 */
export interface Rehearsal {
  /** The migrations that were run, as nextRun.runs. */
  readonly runs: readonly string[];
  /** Up to the first that fails, in order. */
  readonly statements: readonly RehearsedStatement[];
  /** What the tool would stop with; `statement` is the text of the one that fails. Null: it would go through. */
  readonly failure: RehearsalFailure | null;
  /** What failed, and the tool takes for no failure: rolled back, and recorded all the same. */
  readonly swallowed?: readonly RehearsalFailure[];
  /** What could not be found out, one sentence each ("probe of public.orders ran out of its 5 s"). */
  readonly unknown: readonly string[];
}

export interface RehearsalFailure extends RunFailure {
  readonly migration: string;
  readonly statement: string;
  readonly sqlstate: string;
  /** 1-based line of the file on which the statement begins. */
  readonly line: number;
  readonly code: FindingCode;
  /** What shows it: counts, examples, the object that is in the way. */
  readonly evidence: readonly string[];
  /** Of a drop that something else stands on (2BP01): what the server names, "view v depends on table t" line by line. */
  readonly standing?: string;
}

export interface RehearsedStatement {
  readonly migration: string;
  /** From 1, in the whole file, as in ReplayedStatement. */
  readonly number: number;
  readonly label: string;
  readonly line: number;
  /** Relations of the live database on which it takes a lock stronger than ROW EXCLUSIVE, measured in pg_locks. */
  readonly locks: readonly LockTaken[];
  /** Relations whose file is another one afterwards (relfilenode), measured. */
  readonly rewrites: readonly RelationSize[];
  /** It has to look at every row of what it locks (building an index, checking a constraint, SET NOT NULL). */
  readonly readsRows: boolean;
  /** What of it destroys data, by its form, as ParsedStatement.destroys. */
  readonly destroys: string | null;
  /** What a probe of the live rows gave; null where none was needed. */
  readonly probe: Probe | null;
}

export interface RelationSize {
  /** "public.orders" */
  readonly relation: string;
  /** Of the live relation with its indexes and TOAST, bytes. */
  readonly bytes: number;
  /** The live table's row estimate (reltuples); -1: never analyzed. */
  readonly rows: number;
}

export interface LockTaken extends RelationSize {
  /** "ACCESS EXCLUSIVE" */
  readonly mode: string;
}

export interface Probe {
  /** What was asked: "rows of public.media with created_by_id null". */
  readonly question: string;
  /** The SELECT that was sent. */
  readonly sql: string;
  readonly result: 'clear' | 'violated' | 'timed out' | 'refused';
  /** "12 of 40 rows"; why it was refused. */
  readonly detail: string;
  /** Where a lock was in the way: whose. It changes by itself, and no plan rests on it. */
  readonly lockedBy?: string;
}
