import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../../src/backup/checksum.js';
import { proveOrSayWhy } from '../../src/backup/prove-or-say-why.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';
import { backup, database, databasesOf, filesIn, folder, taking } from './support.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

const rows = 'CREATE TABLE t AS SELECT g, md5(g::text) AS v FROM generate_series(1, 20000) g';

describe('a backup whose proof', () => {
  test.each(['restoring', 'comparing'] as const)(
    'is stopped while %s is kept as read back, and says so',
    async (phase) => {
      const dir = await folder();
      const before = await databasesOf(sandbox);
      const enough = new AbortController();
      const taken = await taking({
        ...{ url: await database(rows), sandbox, folder: dir, enough: enough.signal },
        onProgress: (p) => {
          if (p.phase === phase) enough.abort();
        },
      });
      expect(taken).not.toHaveProperty('proof');
      expect(taken).toMatchObject({
        path: join(dir, 'shop.unproven.sql'),
        unproven: 'its proof was stopped by the operator',
        reading: 'read back to its last line, its SHA-256 is equal',
        rows: 20_000,
      });
      expect(await sha256Of(taken.path, new AbortController().signal)).toBe(taken.sha256);
      expect((await stat(taken.path)).mode & 0o777).toBe(0o600);
      const names = ['', '.manifest.json', '.sha256'].map((end) => `shop.unproven.sql${end}`);
      expect(await filesIn(dir)).toEqual(names);
      expect(await databasesOf(sandbox)).toEqual(before);
    },
  );

  test('has no room is read back; one that finds a difference is nothing', async () => {
    const url = await database(rows);
    const proven = await backup({ url, sandbox, folder: await folder() });
    const common = {
      ...{ file: proven.path, format: proven.format, sha256: proven.sha256, sandbox },
      ...{
        dumper: { use: 'wasm', path: null, version: '18.3', rejected: [], named: false } as const,
      },
      expected: {
        ...{ counts: [], hashing: null, sequences: new Map<string, string | null>(), roles: [] },
        largeObjects: { count: 1, content: null },
        schema: { objects: [], user: '', owners: [] },
      },
      ...{ signal: new AbortController().signal, enough: undefined, onProgress: () => {} },
    };
    const noProof = 'There is too little space for the proof in the sandbox.';
    const full = { ...common, keepFree: 0, ready: { noProof, sandboxData: null } };
    expect(await proveOrSayWhy(full)).toEqual({ unproven: noProof });
    const low = { ...common, keepFree: 2 ** 60, ready: { noProof: null, sandboxData: '/tmp' } };
    expect(await proveOrSayWhy(low)).toMatchObject({
      unproven: expect.stringContaining('too little space') as string,
    });
    const other = { ...common, keepFree: 0, ready: { noProof: null, sandboxData: null } };
    await expect(proveOrSayWhy(other)).rejects.toThrow('differs from the database');
  });
});

test('a backup stops before the disk is full, and nothing is left', async () => {
  const dir = await folder();
  const url = await database(rows);
  const result = taking({ url, sandbox, folder: dir, keepFree: 2 ** 60 });
  await expect(result).rejects.toMatchObject({
    name: 'UserError',
    message: expect.stringMatching(/stopped before the disk of .* is full: .* are free/) as string,
  });
  expect(await filesIn(dir)).toEqual([]);
});
