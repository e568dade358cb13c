import { join } from 'node:path';
import { expect, test } from 'vitest';
import { reportName } from '../../src/drill/blocked-alter/drill.js';
import { defaultHistoryTable, runMigrator } from '../../src/drill/migrator.js';
import { expectMarkingFails } from './marked.js';
import { expectGoodRun, operatorOf } from './recover.js';
import { onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const pending = '0002_insurance';

test('the migrator waits behind the report; marked applied, it is not solved', async () => {
  const drill = await start('blocked-alter');
  await onDatabase(drill, async (client) => {
    await client.query(`SET lock_timeout = '200ms'`);
    const run = runMigrator(client, join(drill.dir, 'drizzle'), defaultHistoryTable);
    await expect(run).rejects.toMatchObject({ cause: { code: '55P03' } });
  });
  await expectMarkingFails(drill, 'drizzle', [pending]);
});

deepTest('is solved by ending the report, and by apply-manually after it', async () => {
  const drill = await start('blocked-alter');
  const operator = await operatorOf(drill);
  expect((await operator.diagnose()).nextRun.runs).toEqual([pending]);
  await operator.play('end-report');
  await onDatabase(drill, async (client) => {
    const sql = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = '${reportName}'`;
    expect(await one(client, sql)).toBe('0');
  });
  await operator.play('apply-manually', { migrations: [pending] });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'blocked-alter');
});
