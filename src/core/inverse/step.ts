import type { CatalogObject } from '../catalog.js';
import type { Loss, StatementRef } from './inverse.js';
import type { LiveNames } from './live-names.js';
import type { Catalog, Delta } from './states.js';

/** One applied statement being taken back. */
export interface Step {
  readonly ref: StatementRef;
  readonly text: string;
  /** The catalog with the statement, and without it. */
  readonly now: Catalog;
  readonly prior: Catalog;
  readonly deltas: readonly Delta[];
  /** How many columns a query gives. */
  readonly width: (query: string) => number | null;
  /** Of the live server. */
  readonly version: number;
  readonly live: LiveNames;
  /** Keys of foreign keys that were made again on the way: they may rest on a key that is to go. */
  readonly remade: ReadonlySet<string>;
  /** Keys of what stands there and is none of what is taken back: made by hand, or by a later statement that stays. */
  readonly strangers: ReadonlySet<string>;
}

/** When each of a step's statements runs, whatever found it needed. */
export interface Draft {
  /** To be dropped, with all that stands on it; what is in both is made anew. */
  readonly drops: Map<string, CatalogObject>;
  readonly makes: Map<string, CatalogObject>;
  /** Before anything is dropped. */
  readonly first: string[];
  /** After what stands on tables was dropped, and types and functions were made. */
  readonly alters: string[];
  /** After tables and columns were made: who owns a sequence. */
  readonly late: string[];
  readonly losses: Omit<Loss, 'undoes'>[];
  readonly refused: string[];
  /** What stays and stands on what goes, by their keys. */
  readonly standing: { readonly what: string; readonly on: string }[];
  readonly remarks: string[];
}

export function newDraft(): Draft {
  return {
    drops: new Map(),
    makes: new Map(),
    first: [],
    alters: [],
    late: [],
    losses: [],
    refused: [],
    standing: [],
    remarks: [],
  };
}
