import { expect, test } from 'vitest';
import { expectMarkingFails, migrate } from './marked.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { onDatabase, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const [baseline, pending] = ['0000_flawless_carnage', '0001_reminders'];

test('the migrator fails with what is there; both marked applied, it is not solved', async () => {
  const drill = await start('pulled-baseline');
  await expect(migrate(drill, 'drizzle')).rejects.toMatchObject({
    cause: { code: '42P07', message: 'relation "patients" already exists' },
  });
  const facts = await expectMarkingFails(drill, 'drizzle', [baseline, pending]);
  expect(facts).toContain('There are visits without the day of their reminder.');
});

deepTest('dropping the tables and making them anew loses the rows', async () => {
  const drill = await start('pulled-baseline');
  await onDatabase(drill, (client) => client.query('DROP TABLE visits, doctors, patients'));
  await migrate(drill, 'drizzle');
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContainEqual(expect.stringMatching(/^Rows are lost: patients had 110/));
});

deepTest('is diagnosed, and solved by baseline and apply-manually', async () => {
  const drill = await start('pulled-baseline');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(shortly(found)).toContain(`will-fail-exists: ${baseline} -> baseline`);
  await operator.play('baseline');
  expect((await operator.diagnose()).nextRun.runs).toEqual([pending]);
  const targetName = new URL(drill.databaseUrl).pathname.slice(1);
  await operator.play('apply-manually', { migrations: [pending], targetName });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'pulled-baseline');
});
