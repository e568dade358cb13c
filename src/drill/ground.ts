import type { Sandbox } from '../sandbox/sandbox.js';

/** Where a drill takes place. */
export interface Ground {
  /** The drill's database, password included; never shown by the drill itself. */
  readonly url: string;
  /** The project folder, absolute. */
  readonly dir: string;
  /** The server the database is on: the judge makes and drops databases of its own there. */
  readonly sandbox: Sandbox;
}

/** What the judge found. */
export interface Verdict {
  readonly solved: boolean;
  /** What is right and what is not, each a sentence. */
  readonly facts: readonly string[];
}

/** People, jobs and networks that a drill plays. */
export interface Surroundings {
  /** Another way to the database, for whoever plays. */
  readonly url?: string;
  readonly stop: () => Promise<void>;
}

/** A broken project to practise on. */
export interface Drill {
  readonly name: string;
  readonly title: string;
  /** Name of the project's folder. */
  readonly project: string;
  /** Number of the incident it retells: "003"; null when it retells none. */
  readonly incident: string | null;
  /** The message that woke you: 2-6 lines, the second the error. */
  readonly page: string;
  readonly goal: string;
  /** Each says a little more than the one before. */
  readonly hints: readonly string[];
  /** What somebody who knows it would do; what was done is compared with it. */
  readonly goodRun: {
    /** Names, in their order. */
    readonly playbooks: readonly string[];
    /** Writes and commands over all of them. */
    readonly writes: number;
  };
  /** For the debrief, where the page keeps it back: what had happened, a sentence. */
  readonly happened?: string;
  /** Breaks an empty database and an empty folder. */
  make(ground: Ground): Promise<void>;
  /** Starts whatever goes on around the database while the drill is played; left out: nothing. */
  surround?(ground: Ground): Promise<Surroundings>;
  /** Looks, and leaves database and folder as they are. */
  judge(ground: Ground): Promise<Verdict>;
}

/** A migration of a drill's project, as its files hold it. */
export interface Source {
  readonly tag: string;
  /** The journal's stamp, milliseconds; null for a file that the journal does not list. */
  readonly when: number | null;
  readonly sql: string;
  /** What of it can run on an empty database, where an earlier one has made the rest; left out: all. */
  readonly runs?: string;
  /** The migrator has passed it over: its stamp may be changed. */
  readonly skipped?: true;
}
