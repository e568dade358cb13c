import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deepTest } from '../support/deep-test.js';
import { type Command, golangMigrate } from '../../src/drill/dirty-version/runner.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { onDatabase, start } from './support.js';

const failed = '000004_fares';

const migrate = (drill: RunningDrill, command: Command): Promise<string | null> =>
  onDatabase(drill, (client) => golangMigrate(client, join(drill.dir, 'db/migrations'), command));

test('is dirty at 4 with nothing of it there; force 4 does not solve it, force 3 and up do', async () => {
  const drill = await start('dirty-version');
  expect(await migrate(drill, { do: 'up' })).toBe(
    'Dirty database version 4. Fix and force version.',
  );
  expect((await drill.judge()).facts).toContain('schema_migrations says 4, dirty, and not 4.');
  // All marked applied: what the page proposes.
  await migrate(drill, { do: 'force', version: 4 });
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContainEqual(expect.stringContaining('golang-migrate has nothing to run'));
  expect(facts).toContainEqual(expect.stringMatching(/^The schema is not what .*public\.fares/));
  await migrate(drill, { do: 'force', version: 3 });
  expect(await migrate(drill, { do: 'up' })).toBeNull();
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
});

deepTest('is diagnosed, and solved by clear-failed and apply-manually', async () => {
  const drill = await start('dirty-version');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(shortly(found)).toContain(`history-dirty: ${failed} -> clear-failed`);
  await operator.play('clear-failed', { migrations: [failed] });
  expect((await operator.diagnose()).nextRun.runs).toEqual([failed]);
  const targetName = new URL(drill.databaseUrl).pathname.slice(1);
  await operator.play('apply-manually', { migrations: [failed], targetName });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'dirty-version');
});
