import { afterAll, beforeAll, expect, test } from 'vitest';
import { explain } from '../../src/backup/explain.js';
import { openSnapshot } from '../../src/backup/snapshot.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';
import { startPair } from './streaming.js';
import { backup, folder, sql, until } from './support.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

async function value(url: string, expression: string): Promise<string | null> {
  return (await sql(url, `SELECT (${expression})::text AS value`))[0]?.['value'] ?? null;
}

test('a replica is backed up as far as it has come, and how far that is stands beside it', async () => {
  const { primary, standby } = await startPair();
  await sql(
    primary,
    `CREATE TABLE t AS SELECT g FROM generate_series(1, 500) g; CREATE SEQUENCE q; SELECT nextval('q');
     CREATE UNLOGGED TABLE fleeting AS SELECT 1 AS one; CREATE UNLOGGED SEQUENCE fleeting_q`,
  );
  const arrived = async (kind: 'receive' | 'replay'): Promise<void> => {
    const lsn = await value(primary, 'pg_current_wal_flush_lsn()');
    const there = `coalesce(pg_last_wal_${kind}_lsn() >= '${lsn}', false)`;
    await until(async () => (await value(standby, there)) === 'true');
  };
  await arrived('replay');
  const whole = await backup({ url: standby, sandbox, folder: await folder() });
  expect(whole.lag).toMatch(
    /^from a replica that has replayed all it received; its last commit is/,
  );
  expect(whole.lag).toContain('without the rows of 1 unlogged table: no replica has them');
  expect(whole).toMatchObject({ tables: 2, rows: 500 });

  await sql(standby, 'SELECT pg_wal_replay_pause()');
  await sql(primary, 'INSERT INTO t SELECT g FROM generate_series(1, 70) g');
  await arrived('receive');
  const behind = await backup({ url: standby, sandbox, folder: await folder() });
  expect(behind.lag).toMatch(/^from a replica that lags behind; /);
  expect(behind.rows).toBe(500);

  // What the primary does then is not held up by a backup: whatever stands in its way is ended.
  await sql(standby, 'SELECT pg_wal_replay_resume()');
  const snapshot = await openSnapshot(standby);
  await snapshot.client.query('SELECT count(*) FROM public.t');
  const reading = snapshot.client.query('SELECT pg_sleep(60)').catch((error: unknown) => error);
  await sql(primary, 'TRUNCATE t');
  const { message, next } = explain('The backup failed', await reading, []);
  await snapshot.end();
  expect(message).toContain('so the replica stopped it. (canceling statement due to conflict');
  expect(next.join()).toContain('max_standby_streaming_delay');
});
