import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';
import { backup, database, databasesOf, filesIn, folder, sessionsOf, until } from './support.js';

const stopped = {
  name: 'UserError',
  message: 'The backup was stopped. Nothing of it was kept, and the database was only read.',
};

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

describe('a backup that is stopped', () => {
  test.each(['dumping', 'counting', 'restoring', 'comparing'] as const)(
    'while %s leaves nothing',
    async (phase) => {
      const url = await database(
        `CREATE TABLE t AS SELECT g, md5(g::text) AS v FROM generate_series(1, 30000) g`,
      );
      const dir = await folder();
      const before = await databasesOf(sandbox);
      const stop = new AbortController();
      const seen = new Set<string>();
      const error = await backup({
        url,
        sandbox,
        folder: dir,
        signal: stop.signal,
        onProgress: (p) => {
          seen.add(p.phase);
          if (p.phase === phase) stop.abort();
        },
      }).catch((e: unknown) => e);
      expect([...seen].at(-1)).toBe(phase);
      expect(error).toMatchObject(stopped);
      expect(await filesIn(dir)).toEqual([]);
      expect(await databasesOf(sandbox)).toEqual(before);
      await until(async () => (await sessionsOf(url)).length === 0);
    },
  );

  // Left alone, it would give up after the 30 seconds of its lock timeout.
  test(
    'while it waits for a table does not leave the server waiting',
    { timeout: 20_000 },
    async () => {
      const url = await database('CREATE TABLE t AS SELECT 1 AS one');
      await withConnection(url, { purpose: 'test' }, async ({ client }) => {
        await client.query('BEGIN');
        await client.query('LOCK TABLE t IN ACCESS EXCLUSIVE MODE');
        const stop = new AbortController();
        const result = backup({ url, sandbox, folder: await folder(), signal: stop.signal }).catch(
          (e: unknown) => e,
        );
        await until(async () =>
          (await sessionsOf(url)).some((what) => what.includes('LOCK TABLE')),
        );
        stop.abort();
        expect(await result).toMatchObject(stopped);
        await until(async () => (await sessionsOf(url)).length === 0);
      });
    },
  );

  test('in the middle of a dump ends the dump on the server too', async () => {
    const url = await database(
      `CREATE TABLE t AS SELECT g, repeat('x', 200) AS v FROM generate_series(1, 200000) g`,
    );
    const dir = await folder();
    const stop = new AbortController();
    const error = await backup({
      url,
      sandbox,
      folder: dir,
      signal: stop.signal,
      onProgress: (p) => {
        if (p.phase === 'dumping' && p.rowsDone > 0) stop.abort();
      },
    }).catch((e: unknown) => e);
    expect(error).toMatchObject(stopped);
    expect(await filesIn(dir)).toEqual([]);
    await until(async () => (await sessionsOf(url)).length === 0);
  });
});
