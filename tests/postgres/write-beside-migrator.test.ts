import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { drizzle as tool } from '../../src/tools/drizzle/index.js';
import type { Ground } from './write-support.js';
import { fromFile, prepareGround, transaction, write } from './write-support.js';

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
