import type pg from 'pg';
import type { Migration } from '../../core/facts.js';
import type { Drill } from '../ground.js';
import type { Given } from './given.js';
import { historyFaults } from './history-faults.js';
import { journalFaults } from './journal-faults.js';
import { schemaFaults } from './schema-faults.js';
import type { Scene } from './scene.js';

/** One thing that can be broken, and how. */
export interface Fault extends Pick<Drill, 'goodRun' | 'hints'> {
  /** For the debrief: what was done, a sentence. */
  readonly happened: string;
  /** What people say, and see: behind the first line of the page. */
  readonly page: string;
  readonly goal: string;
  /** Those that have run, and are recorded, before the rows of the app come in. */
  readonly ran: readonly Migration[];
  /** Files that differ from the team's: their paths in the migrations folder. */
  readonly files?: ReadonlyMap<string, Buffer>;
  /** Whether it can be done to this database, in which nothing is broken yet; left out: it can. Leaves it as it is. */
  readonly fits?: (client: pg.Client, given: Given) => Promise<boolean>;
  /** Breaks the database. */
  readonly inject: (client: pg.Client, given: Given) => Promise<void>;
}

/** A kind of fault. It gives one for each place where it can be done to these migrations. */
export interface Kind {
  readonly name: string;
  /** Where it applies, for those whose project has no such place. */
  readonly wants: string;
  readonly faults: (scene: Scene) => readonly Fault[];
}

export const kinds: readonly Kind[] = [...historyFaults, ...schemaFaults, ...journalFaults];

/** Those that can be done here, by their kind; kinds that cannot are left out. */
export function faultsFor(scene: Scene): readonly (readonly Fault[])[] {
  return kinds.map(({ faults }) => faults(scene)).filter((faults) => faults.length > 0);
}
