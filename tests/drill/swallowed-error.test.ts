import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder } from '../../src/drill/swallowed-error/migrations.js';
import { migrateOnStart } from '../../src/drill/swallowed-error/runner.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const machine = '017_add_machine_id';
const storage = '021_create_storage_metrics';

test('is broken as the incident says: six rows, the runner is content, and two left nothing', async () => {
  const drill = await start('swallowed-error');
  await onDatabase(drill, async (client) => {
    expect(await migrateOnStart(client, join(drill.dir, folder))).toEqual([]);
    expect(await one(client, 'SELECT count(*) FROM schema_migrations')).toBe('6');
    expect(await one(client, `SELECT to_regclass('storage_metrics')`)).toBeNull();
    expect(await one(client, `SELECT to_regclass('idx_agents_machine_id_unique')`)).toBeNull();
  });
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContainEqual(expect.stringContaining('storage_metrics'));
});

deepTest('is not solved by removing the rows: the runner swallows both errors again', async () => {
  const drill = await start('swallowed-error');
  await onDatabase(drill, async (client) => {
    await client.query(`DELETE FROM schema_migrations WHERE version ~ '^(017|021)'`);
    expect(await migrateOnStart(client, join(drill.dir, folder))).toEqual([
      expect.stringMatching(/^completed with warnings: 017/),
      expect.stringMatching(/^completed with warnings: 021/),
    ]);
  });
  expect((await drill.judge()).solved).toBe(false);
});

deepTest(
  'is diagnosed, and solved by finish-partial, mark-unapplied and apply-manually',
  async () => {
    const drill = await start('swallowed-error');
    const operator = await operatorOf(drill);
    expect(shortly(await operator.diagnose())).toEqual([
      `recorded-absent: ${machine} -> finish-partial`,
      `recorded-absent: ${storage} -> mark-unapplied`,
    ]);
    await operator.play('finish-partial', { migrations: [machine] });
    await operator.play('mark-unapplied', { migrations: [storage] });
    await operator.play('apply-manually', { migrations: [storage] });
    expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
    await expectGoodRun(operator, 'swallowed-error');
    expect(shortly(await operator.diagnose())).toEqual([]);
  },
);
