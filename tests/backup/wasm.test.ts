import { createHash } from 'node:crypto';
import { mkdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BackupProgress } from '../../src/core/backup.js';
import { urlParts } from '../../src/postgres/connect.js';
import { type Listener, observed } from '../../src/postgres/observed.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startServer } from '../support/server.js';
import { commandLines } from './processes.js';
import { rich } from './rich.js';
import {
  backup,
  database,
  databasesOf,
  filesIn,
  folder,
  sessionsOf,
  sql,
  until,
} from './support.js';
import { deepTest } from '../support/deep-test.js';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startServer();
});
afterAll(() => sandbox.stop());

describe('a backup with the WebAssembly pg_dump', () => {
  test('of a bit of everything is proven, over SCRAM', async () => {
    const url = await database(rich);
    const owner = `owner_${Date.now()}`;
    await sql(
      url,
      `CREATE ROLE ${owner}; CREATE ROLE ${owner}_reader; GRANT CREATE ON SCHEMA public TO ${owner};
      ALTER TABLE empty OWNER TO ${owner}; GRANT SELECT ON orders TO ${owner}_reader;
      CREATE POLICY theirs ON orders TO ${owner}_reader USING (true);
      ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON TABLES TO ${owner}_reader`,
    );
    const auth = await sql(
      url,
      `SELECT left(rolpassword, 5) AS kind FROM pg_authid WHERE rolname = current_user`,
    );
    expect(auth[0]?.['kind']).toBe('SCRAM');
    const before = await databasesOf(sandbox);

    const dir = await folder();
    const logged: string[] = [];
    const listener: Listener = ({ by, text }) => {
      logged.push(`${by}: ${text}`);
      return () => {};
    };
    const proven = await observed(listener, () => backup({ url, sandbox, folder: dir }));

    // The session's log has it, without the password.
    expect(logged).toContainEqual(expect.stringMatching(/^pg_dump \(WebAssembly\): pg_dump --/));
    expect(logged.join('\n')).not.toContain(new URL(url).password);
    expect(proven).toMatchObject({
      format: 'plain',
      path: join(dir, 'shop.sql'),
      by: 'pg_dump 18.3 (WebAssembly)',
    });
    // everything 2, odd 5, nothing 2, unlogged 1, partitions 31+29, inheritance 1+2, orders 4, empty 0.
    expect(proven).toMatchObject({ tables: 10, rows: 77 });
    expect(proven.proof).toBe(
      `restored into PostgreSQL ${sandbox.serverVersion} (sandbox); 10 tables, 77 rows equal, contents compared by hash, 2 materialised views rebuilt, schema equal`,
    );
    expect(await databasesOf(sandbox)).toEqual(before);
    const roles = await sql(
      sandbox.adminUrl,
      `SELECT rolname FROM pg_roles WHERE rolname LIKE 'owner_%'`,
    );
    expect(roles).toEqual([]);
    await until(async () => (await sessionsOf(url)).length === 0);

    // Nothing of the rows was lost on the way, lines that look like psql's \restrict least of all.
    const text = await readFile(proven.path, 'utf8');
    expect(text).toContain('\\restrict abc\n\\restrict abc\n\\.\n');
    await sql(
      url,
      `DROP OWNED BY ${owner}_reader; DROP OWNED BY ${owner}; DROP ROLE ${owner}, ${owner}_reader`,
    );
  });

  test('holds what a session with backslash escapes in strings sees', async () => {
    const url = await database(String.raw`CREATE TABLE t (a text);
      INSERT INTO t VALUES (E'back\\slash'), (E'quote\\\''), (E'\\'), (E'\n\\restrict x\n'), ('--');
      DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET standard_conforming_strings = off', current_database()); END $$`);
    const proven = await backup({ url, sandbox, folder: await folder() });
    expect(proven.rows).toBe(5);
    expect(await readFile(proven.path, 'utf8')).toContain('standard_conforming_strings = off');
  });

  test('of a database in another encoding is proven by its counts', async () => {
    const url = await database();
    const name = `latin_${Date.now()}`;
    await sql(url, `CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    const latin = url.replace(/[^/]*$/, name);
    try {
      await sql(latin, `CREATE TABLE t (v text); INSERT INTO t VALUES ('grün'), ('é')`);
      const proven = await backup({ url: latin, sandbox, folder: await folder() });
      expect(proven.proof).toMatch(/1 table, 2 rows equal, contents not compared, schema equal$/);
      expect(await readFile(proven.path, 'utf8')).toContain('grün');
    } finally {
      await sql(url, `DROP DATABASE ${name}`);
    }
  });

  test('of bytes in no encoding is not proven, and says why', async () => {
    const url = await database();
    const name = `ascii_${Date.now()}`;
    await sql(url, `CREATE DATABASE ${name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
    const ascii = url.replace(/[^/]*$/, name);
    try {
      await sql(ascii, `CREATE TABLE t (v text); INSERT INTO t VALUES (E'\\xff')`);
      const dir = await folder();
      const error = await backup({ url: ascii, sandbox, folder: dir }).catch((e: unknown) => e);
      expect(error).toMatchObject({
        name: 'UserError',
        message: expect.stringContaining('not UTF-8') as string,
      });
      expect(await filesIn(dir)).toEqual([]);
    } finally {
      await sql(url, `DROP DATABASE ${name}`);
    }
  });

  test('is equal to its snapshot while others write', async () => {
    const url = await database(`CREATE TABLE t (id serial PRIMARY KEY, v text);
      INSERT INTO t (v) SELECT repeat('x', 50) FROM generate_series(1, 20000)`);
    let writing = true;
    let written = 0;
    const writer = (async () => {
      while (writing) {
        await sql(
          url,
          `INSERT INTO t (v) SELECT 'new' FROM generate_series(1, 7); DELETE FROM t WHERE id % 1000 = ${written}; UPDATE t SET v = 'changed' WHERE id = ${written}`,
        );
        written += 1;
      }
    })();
    await until(async () => written > 2);
    let during = 0;
    const proven = await backup({
      url,
      sandbox,
      folder: await folder(),
      onProgress: ({ phase }) => {
        if (phase === 'dumping' && during === 0) during = written;
      },
    });
    const atEnd = written;
    writing = false;
    await writer;
    expect(atEnd).toBeGreaterThan(during);
    expect(proven.proof).toContain(`1 table, ${proven.rows} rows equal`);
  });

  deepTest('of 100,000 rows shows how far it is, with a clock that runs', async () => {
    const url =
      await database(`CREATE TABLE big AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 100000) g;
      CREATE TABLE small AS SELECT 1 AS one; ANALYZE`);
    const seen: BackupProgress[] = [];
    const proven = await backup({
      url,
      sandbox,
      folder: await folder(),
      onProgress: (p) => seen.push(p),
    });
    expect(proven.rows).toBe(100_001);
    expect([...new Set(seen.map((p) => p.phase))]).toEqual([
      'dumping',
      'counting',
      'reading back',
      'restoring',
      'comparing',
    ]);
    for (const [i, p] of seen.entries())
      expect(p.elapsed).toBeGreaterThanOrEqual(seen[i - 1]?.elapsed ?? 0);
    // Before its tables are known there is nothing to tell.
    const dumping = seen.filter((p) => p.phase === 'dumping' && p.tablesTotal > 0);
    expect(dumping.every((p) => p.tablesTotal === 2 && p.rowsTotal === 100_001)).toBe(true);
    expect(
      dumping.some((p) => p.table === 'public.big' && p.rowsDone > 0 && p.rowsDone < 100_001),
    ).toBe(true);
    expect(seen.some((p) => p.phase === 'restoring' && p.bytes === proven.bytes)).toBe(true);
  });

  test('is for its owner alone, keeps its name until it is proven, and has its checksum beside it', async () => {
    const url = await database('CREATE TABLE t AS SELECT 1 AS one');
    const dir = join(await folder(), 'new', 'place');
    await mkdir(join(dir, '..'));
    const seen = new Map<string, string[]>();
    const looks: Promise<void>[] = [];
    const old = process.umask(0);
    try {
      const proven = await backup({
        url,
        sandbox,
        folder: dir,
        onProgress: ({ phase }) => {
          looks.push(
            filesIn(dir)
              .catch(() => [])
              .then((files) => void seen.set(phase, files)),
          );
        },
      });
      await Promise.all(looks);
      expect(seen.get('restoring')).toEqual(['shop.partial']);
      expect(await filesIn(dir)).toEqual(['shop.sql', 'shop.sql.manifest.json', 'shop.sql.sha256']);
      const mode = async (path: string): Promise<number> => (await stat(path)).mode & 0o777;
      expect(await mode(dir)).toBe(0o700);
      expect(await mode(proven.path)).toBe(0o600);
      expect(await mode(`${proven.path}.sha256`)).toBe(0o600);
      const bytes = await readFile(proven.path);
      const sha256 = createHash('sha256').update(bytes).digest('hex');
      expect(proven).toMatchObject({ sha256, bytes: bytes.length });
      expect(await readFile(`${proven.path}.sha256`, 'utf8')).toBe(`${sha256}  shop.sql\n`);
      await expect(backup({ url, sandbox, folder: dir })).rejects.toThrow('never overwritten');
      expect(await filesIn(dir)).toEqual(['shop.sql', 'shop.sql.manifest.json', 'shop.sql.sha256']);
    } finally {
      process.umask(old);
    }
  });

  test.runIf(process.platform === 'linux')('shows the password in no command line', async () => {
    const url = await database('CREATE TABLE t AS SELECT g FROM generate_series(1, 20000) g');
    const secrets = [url, sandbox.adminUrl].map((one) => urlParts(one).password ?? '');
    expect(secrets.every((one) => one.length > 10)).toBe(true);
    const lines: string[] = [];
    const proven = await backup({
      url,
      sandbox,
      folder: await folder(),
      onProgress: () => lines.push(...commandLines()),
    });
    expect(lines.some((line) => line.includes('wasm-child'))).toBe(true);
    expect(lines.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
    for (const secret of secrets) expect(JSON.stringify(proven)).not.toContain(secret);
  });
});
