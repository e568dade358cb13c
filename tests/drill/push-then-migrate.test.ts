import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runMigrator } from '../../src/drill/migrator.js';
import type { RunningDrill } from '../../src/drill/run.js';
import { withConnection } from '../../src/postgres/connect.js';
import { testServer } from '../support/server.js';
import { agrees, editJournal, entriesOf, markApplied, onDatabase, one, start } from './support.js';
import { deepTest } from '../support/deep-test.js';

const history = 'public.drizzle_migrations';
const table = { schema: 'public', table: 'drizzle_migrations' };
const folderOf = (drill: RunningDrill): string => join(drill.dir, 'drizzle/migrations');

/** A copy of the whole drill database, made by the server. */
async function copyOf(drill: RunningDrill): Promise<string> {
  const { adminUrl } = testServer();
  const from = new URL(drill.databaseUrl).pathname.slice(1);
  const admin = (sql: string): Promise<unknown> =>
    withConnection(adminUrl, { purpose: 'test' }, ({ client }) => client.query(sql));
  await admin(`CREATE DATABASE ${from}_copy TEMPLATE ${from}`);
  onTestFinished(async () => void (await admin(`DROP DATABASE ${from}_copy WITH (FORCE)`)));
  const url = new URL(drill.databaseUrl);
  url.pathname += '_copy';
  return url.href;
}

const migrate = (drill: RunningDrill, url: string): Promise<void> =>
  withConnection(url, { purpose: 'test' }, ({ client }) =>
    runMigrator(client, folderOf(drill), table),
  );

const markAll = (drill: RunningDrill): Promise<void> =>
  onDatabase(drill, async (client) => {
    for (const { tag } of (await entriesOf(folderOf(drill))).slice(1)) {
      await markApplied(client, history, folderOf(drill), tag);
    }
  });

test('is broken as the incident says: five migrations in the database, one row, 42P07', async () => {
  const drill = await start('push-then-migrate');
  expect(await entriesOf(folderOf(drill))).toHaveLength(5);
  await onDatabase(drill, async (client) => {
    expect(await one(client, `SELECT count(*) FROM ${history}`)).toBe('1');
    expect(await one(client, `SELECT to_regclass('drizzle.__drizzle_migrations')`)).toBeNull();
    for (const each of ['users', 'programs', 'sessions', 'activities', 'session_activities']) {
      expect(Number(await one(client, `SELECT count(*) FROM ${each}`))).toBeGreaterThan(20);
    }
  });
  const run = migrate(drill, await copyOf(drill));
  await expect(run).rejects.toMatchObject({
    cause: { code: '42P07', message: 'relation "programs" already exists' },
  });
});

test('is solved by the four missing rows; the real migrator applies nothing on a copy', async () => {
  const drill = await start('push-then-migrate');
  const before = await drill.judge();
  expect(before.solved).toBe(false);
  expect(before.facts).toContain(
    'The migrator does not agree: it would run 0001_bright_pixie, 0002_quiet_sentinel, 0003_swift_magneto, 0004_steady_phalanx.',
  );
  await markAll(drill);
  expect(await drill.judge()).toEqual({ solved: true, facts: expect.anything() });
  const copy = await copyOf(drill);
  await migrate(drill, copy);
  const count = await withConnection(copy, { purpose: 'test' }, ({ client }) =>
    one(client, `SELECT count(*) FROM ${history}`),
  );
  expect(count).toBe('5');
});

deepTest('is judged while other sessions are in the database', async () => {
  const drill = await start('push-then-migrate');
  await markAll(drill);
  await onDatabase(drill, async (client) => {
    await client.query('BEGIN');
    await client.query('SELECT count(*) FROM programs');
    expect((await drill.judge()).solved).toBe(true);
  });
});

test('is not solved by one row with the newest stamp, which merely silences the migrator', async () => {
  const drill = await start('push-then-migrate');
  const last = (await entriesOf(folderOf(drill))).at(-1)!;
  await onDatabase(drill, (client) => markApplied(client, history, folderOf(drill), last.tag));
  const { solved, facts } = await drill.judge();
  expect(solved).toBe(false);
  expect(facts).toContain(agrees);
  expect(facts).toContainEqual(
    expect.stringContaining('missing 0001_bright_pixie at 1733152684190'),
  );
});

deepTest(
  'is not solved by rows with another hash, by old stamps in the journal, or by starting over',
  async () => {
    const wrongHash = await start('push-then-migrate');
    await markAll(wrongHash);
    await onDatabase(wrongHash, (client) =>
      client.query(`UPDATE ${history} SET hash = md5(hash) WHERE id = 3`),
    );
    expect((await wrongHash.judge()).solved).toBe(false);

    const restamped = await start('push-then-migrate');
    await editJournal(folderOf(restamped), (entries) => {
      for (const entry of entries.slice(1)) entry.when = entries[0]!.when;
    });
    const { solved, facts } = await restamped.judge();
    expect(solved).toBe(false);
    expect(facts).toContainEqual(expect.stringMatching(/^The stamp of 0001_.* was changed/));

    const overAgain = await start('push-then-migrate');
    await onDatabase(overAgain, (client) =>
      client.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public'),
    );
    await migrate(overAgain, overAgain.databaseUrl);
    const verdict = await overAgain.judge();
    expect(verdict.solved).toBe(false);
    expect(verdict.facts).toContainEqual(expect.stringMatching(/^Rows are lost: users had 70/));
  },
);
