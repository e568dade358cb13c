import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultHistoryTable, runMigrator } from '../../src/drill/migrator.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { agrees, markApplied, onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const history = 'drizzle.__drizzle_migrations';
const branding = '0006_workspace_branding';
const subscriptions = '0009_flexible_subscription_system';
const folderOf = (drill: RunningDrill): string => join(drill.dir, 'drizzle');

const migrate = (drill: RunningDrill): Promise<void> =>
  onDatabase(drill, (client) => runMigrator(client, folderOf(drill), defaultHistoryTable));

test('is broken as the incident says: 42701, and a history that lags behind the schema', async () => {
  const drill = await start('already-exists');
  await expect(migrate(drill)).rejects.toMatchObject({
    cause: { code: '42701', message: 'column "workspace_id" of relation "links" already exists' },
  });
  await onDatabase(drill, async (client) => {
    expect(await one(client, `SELECT count(*) FROM ${history}`)).toBe('4');
    expect(await one(client, 'SELECT count(*) FROM workspace_branding')).toBe('19');
    expect(await one(client, `SELECT to_regclass('subscription_tiers')`)).toBeNull();
    expect(await one(client, 'SELECT count(workspace_id) FROM links')).toBe('150');
  });
  expect((await drill.judge()).solved).toBe(false);
});

deepTest(
  'is not solved by marking everything applied, nor by dropping the column and starting over',
  async () => {
    const drill = await start('already-exists');
    await onDatabase(drill, async (client) => {
      await markApplied(client, history, folderOf(drill), branding);
      await markApplied(client, history, folderOf(drill), subscriptions);
    });
    const marked = await drill.judge();
    expect(marked.solved).toBe(false);
    expect(marked.facts).toContain(agrees);
    await onDatabase(drill, (client) =>
      client.query(
        `DELETE FROM ${history} WHERE created_at = 1737706215833; ALTER TABLE links DROP COLUMN workspace_id`,
      ),
    );
    await migrate(drill);
    const { solved, facts } = await drill.judge();
    expect(solved).toBe(false);
    expect(facts).toContain('Every user was migrated to the tier of their plan, once.');
    expect(facts).toContainEqual(
      expect.stringContaining('those that support moved were moved back'),
    );
  },
);

deepTest('is diagnosed, and solved by a baseline and the rest of 0009', async () => {
  const drill = await start('already-exists');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(shortly(found)).toEqual([
    `applied-unrecorded: ${branding} -> baseline`,
    `silently-skipped: ${branding} -> baseline`,
    `will-fail-exists: ${subscriptions} -> finish-partial`,
    `partially-applied: ${subscriptions} -> finish-partial`,
  ]);
  expect(found.nextRun.fails).toMatchObject({ migration: subscriptions, sqlstate: '42701' });
  await operator.play('baseline');
  await operator.play('finish-partial', { migrations: [subscriptions] });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'already-exists');
  expect(shortly(await operator.diagnose())).toEqual([]);
});
