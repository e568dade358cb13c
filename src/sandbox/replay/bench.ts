import type { Knowledge } from './knowledge.js';
import type { LiveSide } from './live-side.js';
import type { LiveNeed } from './needs.js';
import type { Refusal } from './session.js';

/** What the tools of the preparation share. */
export interface Bench {
  readonly live: LiveSide;
  readonly knowledge: Knowledge;
  /** Where an unqualified name stands. */
  readonly schema: string;
  run(sql: string): Promise<Refusal | null>;
  /** Notes a role that was made here. */
  madeRole(name: string): void;
  /** Notes that the answer depends on what the live database has of this. */
  ask(need: LiveNeed): void;
}
