import { join } from 'node:path';
import { expect } from 'vitest';
import { defaultHistoryTable, runMigrator } from '../../src/drill/migrator.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { agrees, markApplied, onDatabase } from './support.js';

/** Drizzle's own migrator on the drill's database. */
export function migrate(drill: RunningDrill, folder: string): Promise<void> {
  return onDatabase(drill, (client) =>
    runMigrator(client, join(drill.dir, folder), defaultHistoryTable),
  );
}

/** With rows for all that has none the migrator is content, and the drill is not solved. */
export async function expectMarkingFails(
  drill: RunningDrill,
  folder: string,
  tags: readonly string[],
): Promise<readonly string[]> {
  await onDatabase(drill, async (client) => {
    for (const tag of tags) {
      await markApplied(client, 'drizzle.__drizzle_migrations', join(drill.dir, folder), tag);
    }
  });
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContain(agrees);
  expect(facts).toContainEqual(expect.stringMatching(/^The schema is not what .* missing/));
  return facts;
}
