import { join } from 'node:path';
import { expect, test } from 'vitest';
import { folder, release } from '../../src/drill/media-without-owner/migrations.js';
import { payloadMigrate } from '../../src/drill/media-without-owner/runner.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { runPayload } from '../tools/payload-run.js';
import { expectGoodRun, operatorOf, shortly } from './recover.js';
import { onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const migrate = (drill: RunningDrill): Promise<string[]> =>
  onDatabase(drill, (client) => payloadMigrate(client, join(drill.dir, folder)));

test('is broken as the incident says: 23502, by the drill and by what the files themselves say', async () => {
  const drill = await start('media-without-owner');
  const nulls = 'column "created_by_id" of relation "media" contains null values';
  await expect(migrate(drill)).rejects.toMatchObject({ code: '23502', message: nulls });
  expect(await runPayload(drill.dir, drill.databaseUrl)).toBe(nulls);
  await onDatabase(drill, async (client) => {
    expect(await one(client, 'SELECT count(*) FROM payload_migrations')).toBe('2');
    expect(await one(client, 'SELECT count(*) FROM media')).toBe('1');
  });
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContainEqual(expect.stringContaining('created_by_id'));
});

deepTest('is not solved by a row alone, by an administrator, or without the file', async () => {
  const drill = await start('media-without-owner');
  const row = `INSERT INTO payload_migrations (name, batch) VALUES ('${release}', 2)`;
  const agreed = 'Payload agrees: it has nothing to run.';
  const judgeAfter = async (sql: string): Promise<readonly string[]> => {
    await onDatabase(drill, (client) => client.query(sql));
    const { solved, facts } = await drill.judge();
    expect(solved).toBe(false);
    return facts;
  };
  expect(await judgeAfter(row)).toContain(agreed);
  await judgeAfter(`DELETE FROM payload_migrations WHERE name = '${release}'`);
  await onDatabase(drill, (client) => client.query(`UPDATE users SET role = 'admin' WHERE id = 3`));
  expect(await migrate(drill)).toEqual([release]);
  const wrong = await judgeAfter(`UPDATE users SET role = 'instructor' WHERE id = 3`);
  expect(wrong).toContain(agreed);
  expect(wrong.at(-1)).toContain('owner of front.jpg: person2@academy.example');
  expect((await judgeAfter('DELETE FROM media')).at(-1)).toContain('owner of front.jpg: none');
});

deepTest('is diagnosed, and solved by the backfill with the rule of the page', async () => {
  const drill = await start('media-without-owner');
  const operator = await operatorOf(drill);
  const found = await operator.diagnose();
  expect(shortly(found)).toEqual([`will-fail-not-null: ${release} -> backfill-not-null`]);
  expect(found.nextRun.fails).toMatchObject({ migration: release, sqlstate: '23502' });
  const rule = `(SELECT id FROM users WHERE email = 'registrar@academy.example')`;
  await operator.play('backfill-not-null', { migrations: [release], answers: { rule } });
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  await expectGoodRun(operator, 'media-without-owner');
  expect(shortly(await operator.diagnose())).toEqual([]);
  expect(await runPayload(drill.dir, drill.databaseUrl)).toBeNull();
});
