import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runMigrator, defaultHistoryTable } from '../../src/drill/migrator.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const release = '0003_coupons';
const folderOf = (drill: RunningDrill): string => join(drill.dir, 'drizzle');

test('is healthy as the migrator sees it, and yet not as the page wants it', async () => {
  const drill = await start('bad-release');
  const operator = await operatorOf(drill);
  expect(shortly(await operator.diagnose())).toEqual([]);
  expect((await drill.judge()).solved).toBe(false);
});

deepTest(
  'is not solved by an unmarked row, by a history without the index, nor by orders that are lost',
  async () => {
    const drill = await start('bad-release');
    await onDatabase(drill, (client) =>
      client.query(`DELETE FROM drizzle.__drizzle_migrations WHERE id = 4`),
    );
    expect((await drill.judge()).solved).toBe(false);
    await onDatabase(drill, (client) =>
      client.query(`ALTER TABLE customers RENAME COLUMN telephone TO phone;
      ALTER TABLE orders DROP COLUMN coupon; DROP TABLE coupons;
      DELETE FROM order_lines WHERE order_id > 400; DELETE FROM orders WHERE id > 400`),
    );
    const { solved, facts } = await drill.judge();
    expect(solved).toBe(false);
    expect(facts).toContain('Orders that came in since the release are lost.');
  },
);

deepTest(
  'is solved by roll-back, out of the project too; the migrator of the release before has nothing to run',
  async () => {
    const drill = await start('bad-release');
    const operator = await operatorOf(drill);
    const targetName = new URL(drill.databaseUrl).pathname.slice(1);
    await operator.play('roll-back', {
      migrations: [release],
      answers: { project: 'remove' },
      targetName,
    });
    expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
    await expectGoodRun(operator, 'bad-release');
    expect(shortly(await operator.diagnose())).toEqual([]);
    await onDatabase(drill, async (client) => {
      await runMigrator(client, folderOf(drill), defaultHistoryTable);
      expect(await one(client, 'SELECT count(*) FROM drizzle.__drizzle_migrations')).toBe('3');
    });
  },
);
