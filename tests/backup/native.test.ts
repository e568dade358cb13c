import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { sha256Of } from '../../src/backup/checksum.js';
import { libpqEnvironment } from '../../src/backup/environment.js';
import type { BackupProgress } from '../../src/core/backup.js';
import { urlParts } from '../../src/postgres/connect.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startOlderServer } from '../support/older-server.js';
import { startServer } from '../support/server.js';
import { type Native, findNative, startNative } from './native-server.js';
import { commandLines } from './processes.js';
import { proveAgain } from './prove-again.js';
import { rich } from './rich.js';
import { backup, databasesOf, filesIn, folder, sessionsOf, sql, until, wasm } from './support.js';
import { deepTest } from '../support/deep-test.js';

const found = await findNative();
const reason = 'lacks' in found ? ` (not run: ${found.lacks})` : '';

describe.runIf('bin' in found)(`a backup with the native pg_dump${reason}`, () => {
  let sandbox: Sandbox;
  let native: Native;
  let count = 0;
  beforeAll(async () => {
    sandbox = await startServer();
    native = await startNative('bin' in found ? found.bin : '');
  });
  afterAll(async () => {
    await Promise.all([sandbox?.stop(), native?.stop()]);
  });

  async function database(setUp: string): Promise<string> {
    const name = `shop_${(count += 1)}`;
    await sql(native.url, `CREATE DATABASE ${name}`);
    const url = native.url.replace(/\/postgres$/, `/${name}`);
    await sql(url, setUp);
    return url;
  }

  test('of a bit of everything is proven, and shows no password', async () => {
    const url = await database(rich);
    await sql(url, `CREATE ROLE keeper; ALTER TABLE empty OWNER TO keeper`);
    const before = await databasesOf(sandbox);
    const dir = await folder();
    const secrets = [url, sandbox.adminUrl].map((one) => urlParts(one).password ?? '');
    const lines: string[] = [];
    const phases: BackupProgress[] = [];
    // Reports are too rare to meet a process that lives for a moment.
    const looking = setInterval(() => {
      if (process.platform === 'linux') lines.push(...commandLines());
    }, 10);
    const proven = await backup({
      url,
      sandbox,
      folder: dir,
      dumper: native.dumper,
      onProgress: (p) => void phases.push(p),
    }).finally(() => clearInterval(looking));
    expect(proven).toMatchObject({
      format: 'custom',
      path: join(dir, 'shop.dump'),
      tables: 10,
      rows: 77,
    });
    expect(proven.by).toBe(`pg_dump ${native.dumper.version} (${native.dumper.path})`);
    expect(proven.proof).toContain('10 tables, 77 rows equal, contents compared by hash');
    expect([...new Set(phases.map((p) => p.phase))]).toEqual([
      'dumping',
      'counting',
      'reading back',
      'restoring',
      'comparing',
    ]);
    if (process.platform === 'linux')
      expect(lines.some((line) => line.includes('pg_dump'))).toBe(true);
    expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    expect(await filesIn(dir)).toEqual([
      'shop.dump',
      'shop.dump.manifest.json',
      'shop.dump.sha256',
    ]);
    expect(await databasesOf(sandbox)).toEqual(before);
    await until(async () => (await sessionsOf(url)).length === 0);
  });

  test.each(['native', 'wasm'] as const)(
    '(%s) can be restored with the command it names',
    async (use) => {
      const url = await database('CREATE TABLE t AS SELECT g FROM generate_series(1, 10) g');
      const dumper = use === 'native' ? native.dumper : wasm;
      const proven = await backup({ url, sandbox, folder: await folder(), dumper });
      const env = {
        ...libpqEnvironment(url, 'test'),
        PATH: `${dirname(native.dumper.path ?? '')}:${process.env['PATH']}`,
      };
      execFileSync('/bin/sh', ['-c', proven.restoreCommand], { env, stdio: 'pipe' });
      const copy = `${url}_restored`;
      expect(await sql(copy, 'SELECT count(*) FROM t')).toEqual([{ count: '10' }]);
    },
  );

  deepTest('whose file is changed, even with a checksum that fits, is never proven', async () => {
    const url = await database(
      `CREATE TABLE t AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 3000) g`,
    );
    const proven = await backup({ url, sandbox, folder: await folder(), dumper: native.dumper });
    const whole = readFileSync(proven.path);
    const damaged = join(await folder(), 'damaged.dump');
    const again = async (bytes: Buffer): Promise<string> => {
      writeFileSync(damaged, bytes);
      const sha256 = await sha256Of(damaged, new AbortController().signal);
      return proveAgain({
        url,
        file: damaged,
        format: 'custom',
        sha256,
        dumper: native.dumper,
        sandbox,
      });
    };
    expect(await again(whole)).toContain('3000 rows equal');
    for (const part of [0.01, 0.3, 0.6, 0.9, 0.999]) {
      await expect(again(whole.subarray(0, Math.floor(whole.length * part)))).rejects.toThrow();
    }
    // The compressed rows are most of the file; a flip in them must not pass.
    for (const part of [0.2, 0.4, 0.6, 0.8]) {
      const bytes = Buffer.from(whole);
      const at = Math.floor(bytes.length * part);
      bytes[at] = (bytes[at] ?? 0) ^ 0x10;
      await expect(again(bytes)).rejects.toThrow();
    }
  });

  test('of a database with an extension that the sandbox lacks names it before it begins', async () => {
    // One that 14 has and that was dropped later.
    const name = 'old_snapshot';
    const older = await startOlderServer(14);
    onTestFinished(() => older.stop());
    const url = await older.createDatabase();
    await sql(url, `CREATE EXTENSION ${name}`);
    const dir = await folder();
    const error = await backup({ url, sandbox, folder: dir, dumper: wasm }).catch(
      (e: unknown) => e,
    );
    expect(error).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(name) as string,
    });
    expect((error as { next: string[] }).next.join()).toContain('--sandbox-url');
    expect(await filesIn(dir)).toEqual([]);
  });

  test.each(['dumping', 'restoring', 'comparing'] as const)(
    'stopped while %s leaves nothing',
    async (phase) => {
      const url = await database(
        `CREATE TABLE t AS SELECT g, md5(g::text) AS v FROM generate_series(1, 100000) g`,
      );
      const dir = await folder();
      const before = await databasesOf(sandbox);
      const stop = new AbortController();
      const error = await backup({
        url,
        sandbox,
        folder: dir,
        dumper: native.dumper,
        signal: stop.signal,
        onProgress: (p) => {
          if (p.phase === phase) stop.abort();
        },
      }).catch((e: unknown) => e);
      expect(error).toMatchObject({
        name: 'UserError',
        message: expect.stringContaining('Nothing of it was kept') as string,
      });
      expect(await filesIn(dir)).toEqual([]);
      expect(await databasesOf(sandbox)).toEqual(before);
      await until(async () => (await sessionsOf(url)).length === 0);
    },
  );
});
