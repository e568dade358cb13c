import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeReporter } from '../../src/backup/progress.js';
import type { BackupProgress } from '../../src/core/backup.js';
import { silenceWords } from '../../src/core/telling/backup-words.js';
import { withConnection } from '../../src/postgres/connect.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';
import { backup, database, folder, sessionsOf, until } from './support.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

test('a backup that waits for a lock tells for whom, and goes on when it is free', async () => {
  const url = await database('CREATE TABLE t AS SELECT 1 AS one');
  const told: BackupProgress[] = [];
  const waits = (): BackupProgress | undefined =>
    told.find(({ waitingFor }) => waitingFor.length > 0);
  const proven = await withConnection(url, { purpose: 'test' }, async ({ client }) => {
    await client.query('BEGIN');
    await client.query('ALTER TABLE t ADD COLUMN two int');
    const taking = backup({
      url,
      sandbox,
      folder: await folder(),
      onProgress: (p) => told.push(p),
    });
    await until(async () => waits() !== undefined);
    await client.query('COMMIT');
    return taking;
  });
  const { rows } = await withConnection(url, { purpose: 'test' }, ({ client }) =>
    client.query<{ name: string }>('SELECT current_user AS name'),
  );
  expect(waits()?.waitingFor).toEqual([
    expect.objectContaining({
      user: rows[0]?.name,
      application: 'pgmedic test',
      state: 'idle in transaction',
      query: 'ALTER TABLE t ADD COLUMN two int',
      holds: 'AccessExclusiveLock on t',
    }),
  ]);
  const words = told.flatMap(silenceWords).join('\n');
  expect(words).toMatch(/^Waiting for 1 session that holds a lock; none is ended by pgmedic/);
  expect(words).toContain('ALTER TABLE t ADD COLUMN two int');
  expect(told.at(-1)?.waitingFor).toEqual([]);
  expect(proven.rows).toBe(1);
  await until(async () => (await sessionsOf(url)).length === 0);
});

test('how long nothing has moved is told, whatever the phase', async () => {
  let at = 0;
  const told: BackupProgress[] = [];
  const reporter = makeReporter(
    (progress) => told.push(progress),
    () => new Date(at),
  );
  at = 1000;
  reporter.set({ phase: 'restoring', rowsDone: 5 });
  const [first] = told.slice(-1);
  expect(first).toMatchObject({ elapsed: 1000, silent: 0 });
  at = 63_000;
  // The same again is no move.
  reporter.set({ rowsDone: 5 });
  await until(async () => (told.at(-1)?.silent ?? 0) > 0);
  reporter.stop();
  const [last] = told.slice(-1);
  expect(first && silenceWords(first)).toEqual([]);
  expect(last && silenceWords(last)[0]).toContain('Nothing has moved for 01:02: the sandbox');
});
