import { expect, test, vi } from 'vitest';
import { expectMarkingFails } from './marked.js';
import { operatorOf } from './recover.js';
import { onDatabase, one, start } from './support.js';

const pending = '0002_birthday_bonus';

test('marked applied, it is not solved', async () => {
  const drill = await start('lost-commit');
  await expectMarkingFails(drill, 'drizzle', [pending]);
});

test('the COMMIT is done and its answer lost: unknown first, and there when it is looked at again', async () => {
  const drill = await start('lost-commit');
  const operator = await operatorOf(drill);
  // It changes most rows.
  const targetName = new URL(drill.databaseUrl).pathname.slice(1);
  const play = operator.play('apply-manually', { migrations: [pending], targetName });
  await expect(play).rejects.toThrow();
  const outcomes = (await operator.records()).filter((one) => one.type === 'outcome');
  expect(outcomes.at(-1)).toMatchObject({ outcome: { state: 'unknown' } });
  await vi.waitUntil(() => onDatabase(drill, () => Promise.resolve(true)).catch(() => false), {
    timeout: 30_000,
    interval: 200,
  });
  expect((await operator.diagnose()).nextRun).toMatchObject({ runs: [], skips: [], fails: null });
  expect(await onDatabase(drill, (client) => one(client, 'SELECT sum(points) FROM guests'))).toBe(
    '10000',
  );
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
});
