import { expect, test } from 'vitest';
import { expectMarkingFails, migrate } from './marked.js';
import { expectGoodRun, operatorOf } from './recover.js';
import { start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const half = '0001_payouts';

test('the migrator fails with 42P07; marked applied, it is not solved', async () => {
  const drill = await start('two-operators');
  await expect(migrate(drill, 'drizzle')).rejects.toMatchObject({ cause: { code: '42P07' } });
  const facts = await expectMarkingFails(drill, 'drizzle', [half]);
  expect(facts).toContainEqual(expect.stringContaining('There are stalls that are not paid out'));
});

deepTest('the colleague is noticed, and finish-partial goes on behind them', async () => {
  const drill = await start('two-operators');
  const operator = await operatorOf(drill);
  expect((await operator.diagnose()).nextRun.fails).toMatchObject({ sqlstate: '42P07' });
  await operator.play('finish-partial', { migrations: [half] });
  // The plan that was shown first made both; the colleague was faster with one.
  const ran = (await operator.records()).filter(({ type }) => type === 'intent');
  expect(JSON.stringify(ran)).toContain('payouts_stall_id_idx');
  expect(JSON.stringify(ran)).not.toContain('CREATE TABLE \\"payout_holds');
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'two-operators');
});
