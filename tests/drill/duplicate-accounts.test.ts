import { expect, test } from 'vitest';
import { expectMarkingFails, migrate } from './marked.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { onDatabase, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const pending = '0002_one_account_per_address';

test('the migrator fails with 23505; marked applied, it is not solved', async () => {
  const drill = await start('duplicate-accounts');
  await expect(migrate(drill, 'drizzle')).rejects.toMatchObject({ cause: { code: '23505' } });
  await expectMarkingFails(drill, 'drizzle', [pending]);
});

deepTest('is not solved by deleting the newer accounts: their orders go with them', async () => {
  const drill = await start('duplicate-accounts');
  await onDatabase(drill, (client) => client.query('DELETE FROM customers WHERE id > 60'));
  await migrate(drill, 'drizzle');
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContain('Rows are lost: orders had 330 rows and has 300.');
});

deepTest("is diagnosed, and solved by the team's own playbook and apply-manually", async () => {
  const drill = await start('duplicate-accounts');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(found.nextRun.fails).toMatchObject({ migration: pending, sqlstate: '23505' });
  expect(shortly(found)).toEqual([expect.stringContaining(`will-fail-duplicates: ${pending}`)]);
  const targetName = new URL(drill.databaseUrl).pathname.slice(1);
  await operator.play('merge-accounts', { targetName });
  await operator.play('apply-manually', { migrations: [pending] });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'duplicate-accounts');
});
