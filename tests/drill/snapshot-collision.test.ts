import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { deepTest } from '../support/deep-test.js';
import { kit } from './kit.js';
import { expectMarkingFails, migrate } from './marked.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { start } from './support.js';

const pending = '0003_seats';

test('drizzle-kit check refuses it; the migrator alone, or marking, does not solve it', async () => {
  const drill = await start('snapshot-collision');
  expect(await kit(drill, 'check')).toEqual({
    code: 1,
    out: expect.stringContaining('are pointing to a parent snapshot'),
  });
  await expectMarkingFails(drill, 'drizzle', [pending]);
  const again = await start('snapshot-collision');
  await migrate(again, 'drizzle');
  const { solved, facts } = await again.judge();
  expect(solved).toBe(false);
  expect(facts).toContain(`Snapshots do not follow the one before: that of ${pending}.`);
  // Whoever changes prevId alone pleases check, and gets the table written again by generate.
  const path = join(again.dir, 'drizzle/meta/0003_snapshot.json');
  const read = async (name: string): Promise<{ id: string }> =>
    JSON.parse(await readFile(join(again.dir, 'drizzle/meta', name), 'utf8')) as { id: string };
  const chained = {
    ...(await read('0003_snapshot.json')),
    prevId: (await read('0002_snapshot.json')).id,
  };
  await writeFile(path, JSON.stringify(chained));
  expect(await kit(again, 'check')).toMatchObject({ code: 0 });
  const second = await again.judge();
  expect(second.solved).toBe(false);
  expect(second.facts).toContainEqual(expect.stringMatching(/^The last snapshot is not what/));
});

deepTest('is diagnosed, and solved by the team’s playbook and apply-manually', async () => {
  const drill = await start('snapshot-collision');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(shortly(found)).toContain('snapshot-collision: 0002_snack_orders, 0003_seats -> none');
  expect(found.nextRun.runs).toEqual([pending]);
  await operator.play('chain-snapshots');
  const targetName = new URL(drill.databaseUrl).pathname.slice(1);
  await operator.play('apply-manually', { migrations: [pending], targetName });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  expect(await kit(drill, 'check')).toMatchObject({ code: 0 });
  await expectGoodRun(operator, 'snapshot-collision');
});
