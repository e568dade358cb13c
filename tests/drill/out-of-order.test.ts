import { expect, test } from 'vitest';
import { expectMarkingFails, migrate } from './marked.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const merged = '0003_reminders';

test('the migrator is content and skips it; marked applied, it is not solved', async () => {
  const drill = await start('out-of-order');
  await migrate(drill, 'drizzle');
  await onDatabase(drill, async (client) => {
    expect(await one(client, 'SELECT count(*) FROM drizzle.__drizzle_migrations')).toBe('3');
    expect(await one(client, `SELECT to_regclass('reminders')`)).toBeNull();
  });
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContainEqual(expect.stringContaining(`The stamp of ${merged} is not above`));
  await expectMarkingFails(drill, 'drizzle', [merged]);
});

deepTest('is diagnosed, and solved by reconcile-journal', async () => {
  const drill = await start('out-of-order');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(found.nextRun.skips).toEqual([merged]);
  expect(shortly(found)).toContain(`silently-skipped: ${merged} -> reconcile-journal`);
  await operator.play('reconcile-journal', { answers: { apply: 'yes' } });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'out-of-order');
});
