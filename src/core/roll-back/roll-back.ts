import type { ExpectedObject, Statement } from '../plan.js';
import type { LockTaken, RelationSize } from '../rehearsal.js';
import type { InverseStatement, Loss, Refusal } from '../inverse/inverse.js';
import type { Dependent, Standing } from './dependents.js';

/** What a roll back rests on, found out when its plan is made. */
export interface RollBackFacts {
  /** The newest first. */
  readonly migrations: readonly RolledBack[];
  /** All ways there are here, each with what it costs; the operator chooses with all of them in view. */
  readonly ways: readonly Way[];
  /** The way that was chosen. */
  readonly chosen: ChosenWay;
  /** sha256 of the bytes of their snapshots, by path. */
  readonly snapshots: Readonly<Record<string, string>>;
}

/** What of a migration is there, and so is taken back. */
export interface RolledBack {
  readonly id: string;
  /** Numbers of its statements, from 1 in the whole file. */
  readonly statements: readonly number[];
  /** How many it has. */
  readonly of: number;
}

export type WayName = 'computed' | 'down' | 'restore' | 'forward';

/** One way out. `why`: why it cannot be gone here; null: it can. */
export interface Way {
  readonly name: WayName;
  readonly title: string;
  /** What it costs and what it needs, one line each; numbers of the moment are not among them. */
  readonly lines: readonly string[];
  readonly why: string | null;
}

export interface ChosenWay {
  readonly name: 'computed' | 'down';
  /** In the order in which they are run. */
  readonly statements: readonly RollBackStatement[];
  /** How everything that is touched stands afterwards: as the timelines have it before these migrations. */
  readonly target: readonly ExpectedObject[];
  readonly losses: readonly CountedLoss[];
  readonly refused: readonly Refusal[];
  readonly remarks: readonly string[];
  readonly tried: Tried;
  /** Migrations that stay, and build upon what goes; where there are any it cannot be done. */
  readonly upon: readonly string[];
  /** What stays and stands on what goes; where there is any it cannot be done. */
  readonly dependents: readonly Dependent[];
}

/** `undoes` null: a statement of a down file. */
export type RollBackStatement = Statement & { readonly undoes: InverseStatement['undoes'] | null };

export interface CountedLoss extends Loss {
  /** On the live data, when the plan was made; null: it could not be counted, and `why` says so. */
  readonly counted: number | null;
  readonly why: string | null;
}

/** What became of it in the sandbox, on a copy of the live schema. */
export interface Tried {
  /** What it stopped with; null: it goes through. */
  readonly failure: string | null;
  /** Where that is something that would have to go along: what the server names. */
  readonly standing: readonly Standing[];
  /** Where what it leaves is not what the timelines have; `words` is one sentence. */
  readonly differences: readonly { readonly key: string; readonly words: string }[];
  readonly locks: readonly LockTaken[];
  readonly rewrites: readonly RelationSize[];
  readonly unknown: readonly string[];
}
