import { expect, test } from 'vitest';
import { expectMarkingFails, migrate } from './marked.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const pending = '0002_resting_contracts';

test('the migrator fails with 55P04; marked applied, it is not solved', async () => {
  const drill = await start('enum-too-early');
  await expect(migrate(drill, 'drizzle')).rejects.toMatchObject({ cause: { code: '55P04' } });
  const facts = await expectMarkingFails(drill, 'drizzle', [pending]);
  expect(facts).toContainEqual(expect.stringContaining('The contracts are not as the UPDATE'));
});

deepTest('is diagnosed, and solved by apply-manually in two transactions', async () => {
  const drill = await start('enum-too-early');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(shortly(found)).toContain(`will-fail-enum-in-transaction: ${pending} -> apply-manually`);
  await operator.play('apply-manually', { migrations: [pending] });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'enum-too-early');
});
