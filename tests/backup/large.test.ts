import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sha256Of } from '../../src/backup/checksum.js';
import { jobsFor, shapeOf } from '../../src/backup/shape.js';
import { SAMPLE } from '../../src/backup/tables.js';
import { whyNoZstd } from '../../src/backup/zstd.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';
import { type Native, findNative, startNative } from './native-server.js';
import { proveAgain } from './prove-again.js';
import { backup, database, filesIn, folder, sessionsOf, sql, until, wasm } from './support.js';

const found = await findNative();
const reason = 'lacks' in found ? ` (not run: ${found.lacks})` : '';
const signal = new AbortController().signal;

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

test('how a database is dumped goes by its size, and is said', () => {
  const native = { ...wasm, use: 'native', path: '/x/pg_dump' } as const;
  const shape = (databaseSize: number, noZstd: string | null) =>
    shapeOf({ dumper: native, databaseSize, noZstd, cores: 8 });
  expect(shape(1e9, 'it is old')).toMatchObject({ format: 'custom', compression: 'gzip', jobs: 1 });
  expect(shape(1e9, 'it is old').words).toBe(
    '-Fc, compressed with gzip (it is old): the database has 1.0 GB',
  );
  expect(shape(5e9, null)).toMatchObject({ format: 'directory', compression: 'zstd', jobs: 4 });
  expect(shape(5e9, null).words).toContain(
    '-Fd -j 4, compressed with zstd: the database has 5.0 GB',
  );
  expect(shapeOf({ dumper: wasm, databaseSize: 5e9, noZstd: null }).format).toBe('plain');
  expect([1, 2, 3, 64].map((cores) => jobsFor(cores))).toEqual([2, 2, 3, 4]);
});

describe('a large table', () => {
  const rows = 20_000;
  const setUp = `CREATE TABLE t (id int PRIMARY KEY, v text);
    INSERT INTO t SELECT g, md5(g::text) FROM generate_series(1, ${rows}) g`;

  test('is compared by a sample that the copy finds again, and the proof says so', async () => {
    const url = await database(setUp);
    const proven = await backup({ url, sandbox, folder: await folder() });
    const again = (onRestored?: (copy: string) => Promise<void>): Promise<string> =>
      proveAgain({
        ...{
          url,
          file: proven.path,
          format: 'plain',
          sha256: proven.sha256,
          dumper: wasm,
          sandbox,
        },
        ...{ hashing: { wholeUpTo: 0 }, ...(onRestored && { onRestored }) },
      });
    expect(await again()).toContain(
      `contents compared by hash, of 1 large table by a sample of one row in ${SAMPLE}`,
    );
    const inSample = `mod(hashtextextended(ROW(id)::text COLLATE "C", 1), ${SAMPLE}) = 0`;
    const [count] = await sql(url, `SELECT count(*) AS n FROM t WHERE ${inSample}`);
    expect(Number(count?.['n'])).toBeGreaterThan(rows / SAMPLE / 2);
    expect(Number(count?.['n'])).toBeLessThan((rows / SAMPLE) * 2);
    // In whatever order the rows lie; but not with another value, or fewer of them.
    await again(async (copy) => void (await sql(copy, 'UPDATE t SET id = id WHERE id % 3 = 0')));
    const changed = `UPDATE t SET v = 'x' WHERE id = (SELECT min(id) FROM t WHERE ${inSample})`;
    await expect(again(async (copy) => void (await sql(copy, changed)))).rejects.toThrow(
      'as many rows, but not the same',
    );
    const fewer = `DELETE FROM t WHERE id = (SELECT min(id) FROM t WHERE NOT ${inSample})`;
    await expect(again(async (copy) => void (await sql(copy, fewer)))).rejects.toThrow(
      '19999 rows',
    );
  });
});

describe.runIf('bin' in found)(`a large database with the native pg_dump${reason}`, () => {
  let native: Native;
  beforeAll(async () => {
    native = await startNative('bin' in found ? found.bin : '');
  });
  afterAll(() => native?.stop());

  test('is dumped into a folder by several processes at once, and is one backup', async () => {
    await sql(
      native.url,
      `CREATE TABLE a AS SELECT g, md5(g::text) AS v FROM generate_series(1, 5000) g;
       CREATE TABLE b AS TABLE a; CREATE TABLE c AS TABLE a; CREATE INDEX ON c (v)`,
    );
    const dir = await folder();
    const common = { url: native.url, sandbox, folder: dir, dumper: native.dumper, largeFrom: 0 };
    const proven = await backup(common);
    expect(proven).toMatchObject({
      format: 'directory',
      path: join(dir, 'shop.dir'),
      rows: 15_000,
    });
    expect(proven.chosen).toMatch(
      /^-Fd -j \d, compressed with (gzip \(.*\)|zstd): the database has /,
    );
    expect((await stat(proven.path)).mode & 0o777).toBe(0o700);
    const files = await readdir(proven.path);
    expect(files).toContain('toc.dat');
    for (const name of files) {
      expect((await stat(join(proven.path, name))).mode & 0o777).toBe(0o600);
    }
    // As `sha256sum --check` reads them, from the folder in which they stand.
    const lines = readFileSync(`${proven.path}.sha256`, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => line.slice(66)).sort()).toEqual(
      files.map((name) => `shop.dir/${name}`).sort(),
    );
    for (const line of lines) {
      const bytes = readFileSync(join(dir, line.slice(66)));
      expect(line.slice(0, 66)).toBe(`${createHash('sha256').update(bytes).digest('hex')}  `);
    }
    // Never over one that is there, whatever it was.
    await expect(backup(common)).rejects.toThrow('never overwritten');

    const again = (sha256: string): Promise<string> =>
      proveAgain({ ...common, file: proven.path, format: 'directory', sha256 });
    expect(await again(proven.sha256)).toContain('15000 rows equal');
    const largest = join(proven.path, files.find((name) => name.endsWith('.gz')) ?? 'toc.dat');
    const bytes = readFileSync(largest);
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 4;
    writeFileSync(largest, bytes);
    await expect(again(proven.sha256)).rejects.toThrow('SHA-256');
    await expect(again(await sha256Of(proven.path, signal))).rejects.toThrow();
  });

  test.each([
    ['one file', Infinity],
    ['a folder', 0],
  ])('stopped in the middle of its dump into %s, leaves nothing', async (_what, largeFrom) => {
    const name = `stopped_${largeFrom === 0 ? 'folder' : 'file'}`;
    await sql(native.url, `CREATE DATABASE ${name}`);
    const url = native.url.replace(/\/postgres$/, `/${name}`);
    await sql(
      url,
      `CREATE TABLE t AS SELECT g, repeat(md5(g::text), 8) AS v FROM generate_series(1, 200000) g`,
    );
    const dir = await folder();
    const stop = new AbortController();
    const common = { url, sandbox, folder: dir, dumper: native.dumper, largeFrom };
    let begun = false;
    const error = await backup({
      ...common,
      signal: stop.signal,
      onProgress: ({ phase, bytes }) => {
        if (phase !== 'dumping' || bytes === 0) return;
        begun = true;
        stop.abort();
      },
    }).catch((e: unknown) => e);
    expect(begun).toBe(true);
    expect(error).toMatchObject({ message: expect.stringMatching(/^The backup was stopped/) });
    expect(await filesIn(dir)).toEqual([]);
    await until(async () => (await sessionsOf(url)).length === 0);
  });

  test('has zstd only where pg_dump and pg_restore both say that they can', async () => {
    const major = Number.parseInt(native.dumper.version ?? '', 10);
    const why = await whyNoZstd(native.dumper.path ?? '');
    // Before 16 there was none; since then it depends on how they were built.
    if (major < 16) expect(why).toBe('zstd needs pg_dump 16');
    await sql(native.url, 'CREATE DATABASE small');
    const url = native.url.replace(/\/postgres$/, '/small');
    const proven = await backup({ url, sandbox, folder: await folder(), dumper: native.dumper });
    expect(proven.chosen).toContain(
      `-Fc, compressed with ${why === null ? 'zstd' : `gzip (${why})`}: `,
    );
  });
});
