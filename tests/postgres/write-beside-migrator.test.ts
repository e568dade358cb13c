import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drizzle as tool } from '../../src/tools/drizzle/index.js';
import type { Check } from '../../src/core/plan.js';
import type { Ground } from './write-support.js';
import { fromFile, insertTwo, prepareGround, transaction, until, write } from './write-support.js';

let ground: Ground;
let folder: string;
beforeAll(async () => {
  ground = await prepareGround();
  await ground.reset();
  folder = await mkdtemp(join(tmpdir(), 'pgmedic-beside-'));
});
afterAll(async () => {
  await ground.drop();
  await rm(folder, { recursive: true });
});

const sql = 'UPDATE app SET id = id + 10';
const stamp = 1_760_000_000_000;

async function runMigrator(): Promise<void> {
  const client = new pg.Client(ground.url);
  await client.connect();
  try {
    const config = { migrationsSchema: 'drizzle', migrationsTable: 'history' };
    await migrate(drizzle(client), { migrationsFolder: folder, ...config });
  } finally {
    await client.end();
  }
}

test('the real migrator, started while a migration is applied by hand, waits and does not repeat it', async () => {
  await ground.other.query('INSERT INTO app VALUES (100)');
  await mkdir(join(folder, 'meta'));
  await writeFile(join(folder, '0000_ten.sql'), sql);
  const entries = [{ idx: 0, version: '7', when: stamp, tag: '0000_ten', breakpoints: true }];
  await writeFile(join(folder, 'meta', '_journal.json'), JSON.stringify({ entries }));

  const table = { schema: 'drizzle', table: 'history' };
  const insert = tool.historySql.insert(table, { hash: 'by hand', stamp: String(stamp) });
  let migrator: Promise<void> = Promise.resolve();
  const { outcome } = await write(
    ground.url,
    transaction({ statements: [fromFile(sql, sql), { sql: insert, source: null }], after: [] }),
    {
      hooks: {
        beforeStatement: async () => {},
        beforeCommit: async () => {
          migrator = runMigrator();
          // It is let run until it waits for us: what it reads from here on is what it goes by.
          await expect
            .poll(
              () =>
                ground.count(
                  'SELECT count(*) FROM pg_locks JOIN pg_database d ON d.oid = database WHERE d.datname = current_database() AND NOT granted',
                ),
              {
                timeout: 10_000,
              },
            )
            .toBe('1');
        },
      },
    },
  );
  await migrator;
  expect(outcome.state).toBe('done');
  expect(await ground.count('SELECT id FROM app')).toBe('110');
  expect(
    await ground.count(`SELECT count(*) FROM drizzle.history WHERE created_at = ${stamp}`),
  ).toBe('1');
});

test('the real migrator that had read the history before is waited for, and what it did is not done again', async () => {
  await ground.reset();
  const rows = 'INSERT INTO app SELECT random() * 1e9';
  const text = `${rows};\n--> statement-breakpoint\nSELECT pg_sleep(1);`;
  await writeFile(join(folder, '0000_ten.sql'), text);
  const migrator = runMigrator();
  await until(
    ground.other,
    `SELECT FROM pg_stat_activity WHERE query LIKE '%pg_sleep(1)%' AND state = 'active' AND pid <> pg_backend_pid()`,
  );
  const table = { schema: 'drizzle', table: 'history' };
  const insert = tool.historySql.insert(table, { hash: 'by hand', stamp: String(stamp) });
  const none = `SELECT count(*) FROM drizzle.history WHERE created_at = ${stamp}`;
  const seen: string[] = [];
  const { outcome } = await write(
    ground.url,
    transaction({
      before: [{ type: 'sql', title: 'not recorded', sql: none, expect: [['0']] }],
      statements: [fromFile(text, rows), { sql: insert, source: null }],
      after: [],
    }),
    { onWaiting: (blockers) => seen.push(...blockers.map(({ query }) => query)) },
  );
  await migrator;
  expect(outcome).toHaveProperty('message', expect.stringContaining('someone else changed it'));
  expect(seen.join()).toContain('pg_sleep(1)');
  expect(await ground.count('SELECT count(*) FROM app')).toBe('1');
  expect(await ground.count(none)).toBe('1');
});

test('a transaction of the application that was open before is waited for; one that only reads is not', async () => {
  await ground.reset();
  const app = new pg.Client(ground.url);
  const reader = new pg.Client(ground.url);
  await Promise.all([app.connect(), reader.connect()]);
  await reader.query('BEGIN; SELECT count(*) FROM app');
  await app.query('BEGIN; INSERT INTO app VALUES (1)');
  const seen: string[] = [];
  const empty = { type: 'sql', title: 'a row', sql: 'SELECT count(*) FROM app', expect: [['1']] };
  const { outcome } = await write(
    ground.url,
    transaction({ before: [empty as Check], statements: [insertTwo], after: [] }),
    {
      onWaiting: (blockers) => {
        seen.push(...blockers.map(({ holds }) => holds));
        void app.query('COMMIT');
      },
    },
  );
  await Promise.all([app.end(), reader.end()]);
  expect(outcome.state).toBe('done');
  expect(seen).toContain('RowExclusiveLock on app');
  expect(seen.join()).not.toContain('nothing yet');
});
