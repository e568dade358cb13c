import { expect, test } from 'vitest';
import { expectMarkingFails, migrate } from './marked.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const pending = '0003_due_dates';
const ran = ['0000_readers_and_books', '0001_loans', '0002_open_loans'];

test('the migrator begins anew and fails; everything marked applied, it is not solved', async () => {
  const drill = await start('history-lost');
  // It makes its table before it fails.
  await expect(migrate(drill, 'migrations')).rejects.toMatchObject({
    cause: { code: '42P07', message: 'relation "readers" already exists' },
  });
  expect((await drill.judge()).solved).toBe(false);
  const facts = await expectMarkingFails(drill, 'migrations', [...ran, pending]);
  expect(facts).toContain('There are loans that are not due four weeks after they were lent.');
});

deepTest('is diagnosed, and solved by baseline and apply-manually', async () => {
  const drill = await start('history-lost');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(shortly(found)).toContain(`will-fail-exists: ${ran[0]} -> baseline`);
  expect(found.nextRun.fails).toMatchObject({ migration: ran[0], sqlstate: '42P07' });
  await operator.play('baseline');
  expect((await operator.diagnose()).nextRun.runs).toEqual([pending]);
  // It changes every row.
  const targetName = new URL(drill.databaseUrl).pathname.slice(1);
  await operator.play('apply-manually', { migrations: [pending], targetName });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'history-lost');
});
