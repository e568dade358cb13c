import { expect, test } from 'vitest';
import { cases, isDeep } from '../support/cases.js';

/** One line of docs/RELIABILITY.md. */
export interface Row {
  /** What was made to go wrong: "SIGKILL at every run-log boundary". */
  readonly fault: string;
  /** What must not come of it: "a write twice". */
  readonly never: string;
  readonly cases: number;
  /** How the cases ended, and how many each way: { committed: 120, 'not done': 180 }. */
  readonly outcomes: Readonly<Record<string, number>>;
}

declare module 'vitest' {
  interface TaskMeta {
    reliability?: Row;
  }
}

export interface Trial {
  /** How many cases to run. */
  readonly count: number;
  /** For generators: the same seed gives the same cases. PGMEDIC_SEED gives others. */
  readonly seed: number;
  /** Notes how one case ended. What must never be is thrown, not noted. */
  readonly ended: (outcome: string) => void;
}

/**
 * A fault tried many times. By default a few cases; with `npm run reliability` as many as the table
 * must show, and its line is written from what was really run.
 */
export function reliabilityRow(
  { fault, never, few, deep }: Pick<Row, 'fault' | 'never'> & { few: number; deep: number },
  run: (trial: Trial) => Promise<void>,
): void {
  test(`${fault}: never ${never}`, { timeout: isDeep ? 3_600_000 : 120_000 }, async ({ task }) => {
    const { numRuns: count, seed } = cases(few, deep);
    const outcomes: Record<string, number> = {};
    await run({ count, seed, ended: (how) => (outcomes[how] = (outcomes[how] ?? 0) + 1) });
    const total = Object.values(outcomes).reduce((sum, one) => sum + one, 0);
    expect(total).toBeGreaterThanOrEqual(count);
    task.meta.reliability = { fault, never, cases: total, outcomes };
  });
}
