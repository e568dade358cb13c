import { join } from 'node:path';
import { expect, test } from 'vitest';
import { defaultHistoryTable, runMigrator } from '../../src/drill/migrator.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { agrees, markApplied, onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const history = 'drizzle.__drizzle_migrations';
const release = '0005_v0_6_0';
const folderOf = (drill: RunningDrill): string => join(drill.dir, 'server/db/migrations');

const migrate = (drill: RunningDrill): Promise<void> =>
  onDatabase(drill, (client) => runMigrator(client, folderOf(drill), defaultHistoryTable));

test('is broken as the incident says: 23502, and the migrator rolled all of it back', async () => {
  const drill = await start('not-null-without-backfill');
  await expect(migrate(drill)).rejects.toMatchObject({
    cause: { code: '23502', message: expect.stringContaining('created_by_id') as string },
  });
  await onDatabase(drill, async (client) => {
    expect(await one(client, `SELECT count(*) FROM ${history}`)).toBe('5');
    expect(
      await one(
        client,
        `SELECT count(*) FROM information_schema.columns WHERE column_name IN ('created_by_id', 'theme')`,
      ),
    ).toBe('0');
    expect(await one(client, `SELECT count(*) FROM users WHERE role = 'admin'`)).toBe('0');
    expect(await one(client, 'SELECT count(*) FROM users')).toBe('120');
  });
  expect((await drill.judge()).solved).toBe(false);
});

deepTest(
  'is not solved by marking everything applied, nor by an administrator made for it',
  async () => {
    const drill = await start('not-null-without-backfill');
    await onDatabase(drill, (client) => markApplied(client, history, folderOf(drill), release));
    const marked = await drill.judge();
    expect(marked.solved).toBe(false);
    expect(marked.facts).toContain(agrees);
    await onDatabase(drill, (client) =>
      client.query(
        `DELETE FROM ${history} WHERE id = 6; UPDATE users SET role = 'admin' WHERE id = 2`,
      ),
    );
    await migrate(drill);
    await onDatabase(drill, (client) =>
      client.query(`UPDATE users SET role = 'instructor' WHERE id = 2`),
    );
    const { solved, facts } = await drill.judge();
    expect(solved).toBe(false);
    expect(facts).toContain(
      'There are files that do not belong to the first account of their school.',
    );
  },
);

deepTest('is diagnosed, and solved by the backfill with the rule of the page', async () => {
  const drill = await start('not-null-without-backfill');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(shortly(found)).toEqual([`will-fail-not-null: ${release} -> backfill-not-null`]);
  expect(found.nextRun.fails).toMatchObject({ migration: release, sqlstate: '23502' });
  const rule = '(SELECT min(id) FROM users u WHERE u.school_id = media.school_id)';
  await operator.play('backfill-not-null', { migrations: [release], answers: { rule } });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'not-null-without-backfill');
  expect(shortly(await operator.diagnose())).toEqual([]);
});
