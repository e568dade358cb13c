import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultHistoryTable, runMigrator } from '../../src/drill/migrator.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { agrees, markApplied, onDatabase, one, runFile, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const history = 'drizzle.__drizzle_migrations';
const machine = '0017_add_machine_id';
const storage = '0021_storage_metrics';
const folderOf = (drill: RunningDrill): string => join(drill.dir, 'server/migrations');

const migrate = (drill: RunningDrill): Promise<void> =>
  onDatabase(drill, (client) => runMigrator(client, folderOf(drill), defaultHistoryTable));

test('is broken as the incident says: eight rows, the migrator is content, and two left nothing', async () => {
  const drill = await start('falsely-applied');
  await migrate(drill);
  await onDatabase(drill, async (client) => {
    expect(await one(client, `SELECT count(*) FROM ${history}`)).toBe('8');
    expect(await one(client, `SELECT to_regclass('agents_machine_id_unique')`)).toBeNull();
    expect(await one(client, `SELECT count(machine_id) FROM agents`)).toBe('38');
    await expect(client.query('SELECT FROM storage_metrics')).rejects.toMatchObject({
      code: '42P01',
      message: 'relation "storage_metrics" does not exist',
    });
    // What the runner met: 0017 can never run behind 0016.
    await expect(runFile(client, folderOf(drill), machine)).rejects.toMatchObject({
      code: '42701',
    });
  });
  // All is marked applied from the start.
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContain(agrees);
  expect(facts).toContainEqual(expect.stringMatching(/^The schema is not what .*storage_metrics/));
});

deepTest('is not solved by removing the rows: the migrator skips both in silence', async () => {
  const drill = await start('falsely-applied');
  await onDatabase(drill, (client) => client.query(`DELETE FROM ${history} WHERE id IN (3, 7)`));
  await migrate(drill);
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContain(agrees);
  expect(facts).toContainEqual(
    expect.stringContaining(`missing ${machine} at 1760611274309, ${storage} at 1764768315962`),
  );
  await onDatabase(drill, async (client) => {
    for (const tag of [machine, storage]) await markApplied(client, history, folderOf(drill), tag);
  });
  expect((await drill.judge()).solved).toBe(false);
});

deepTest(
  'is diagnosed, and solved by finish-partial, mark-unapplied and apply-manually',
  async () => {
    const drill = await start('falsely-applied');
    const operator = await operatorOf(drill);
    expect(shortly(await operator.diagnose())).toEqual([
      `recorded-absent: ${machine} -> finish-partial`,
      `recorded-absent: ${storage} -> mark-unapplied`,
    ]);
    await operator.play('finish-partial', { migrations: [machine] });
    await operator.play('mark-unapplied', { migrations: [storage] });
    const between = await operator.diagnose();
    expect(shortly(between)).toEqual([`silently-skipped: ${storage} -> apply-manually`]);
    expect(between.nextRun.skips).toEqual([storage]);
    await operator.play('apply-manually', { migrations: [storage] });
    expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
    await expectGoodRun(operator, 'falsely-applied');
    expect(shortly(await operator.diagnose())).toEqual([]);
  },
);

deepTest('0017 is not run as a whole: apply-manually refuses it and names the way', async () => {
  const drill = await start('falsely-applied');
  await onDatabase(drill, (client) => client.query(`DELETE FROM ${history} WHERE id = 3`));
  const operator = await operatorOf(drill);
  expect(await operator.refusal('apply-manually', { migrations: [machine] })).toMatch(
    /cannot run as a whole.*already exists/,
  );
  await operator.play('finish-partial', { migrations: [machine] });
  expect(await onDatabase(drill, (client) => one(client, `SELECT count(*) FROM ${history}`))).toBe(
    '8',
  );
});
