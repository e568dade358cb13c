import { expect, test } from 'vitest';
import { expectMarkingFails } from './marked.js';
import { expectGoodRun, operatorOf } from './recover.js';
import { onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const pending = '0002_birthday_bonus';

test('marked applied, it is not solved', async () => {
  const drill = await start('lost-commit');
  await expectMarkingFails(drill, 'drizzle', [pending]);
});

deepTest(
  'the COMMIT is done and its answer lost: the server is asked when the line is back',
  async () => {
    const drill = await start('lost-commit');
    const operator = await operatorOf(drill);
    // It changes most rows.
    const targetName = new URL(drill.databaseUrl).pathname.slice(1);
    await operator.play('apply-manually', { migrations: [pending], targetName });
    const outcomes = (await operator.records()).filter((one) => one.type === 'outcome');
    expect(outcomes.map(({ outcome }) => ('note' in outcome ? outcome.note : ''))).toContainEqual(
      expect.stringContaining('its answer was lost, the server confirmed it'),
    );
    expect(await onDatabase(drill, (client) => one(client, 'SELECT sum(points) FROM guests'))).toBe(
      '10000',
    );
    expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
    await expectGoodRun(operator, 'lost-commit');
  },
);
