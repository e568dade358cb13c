import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { whyProofDoesNotCount, type ProvenBackup } from '../../src/core/backup.js';
import { sha256Of } from '../../src/backup/checksum.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { type TestDatabase, createTestDatabase, startServer } from '../support/server.js';
import { proveAgain } from './prove-again.js';
import { backup, databasesOf, folder, sql, wasm } from './support.js';

const shop = `CREATE TABLE t AS SELECT g AS id, md5(g::text) AS v FROM generate_series(1, 1200) g;
  CREATE SCHEMA s; CREATE TABLE s.u AS SELECT 'one' AS v; CREATE SEQUENCE q; SELECT nextval('q');
  CREATE INDEX t_id ON t (id); CREATE MATERIALIZED VIEW m AS SELECT * FROM t`;

let sandbox: Sandbox;
let live: TestDatabase;
let proven: ProvenBackup;
let dir: string;
beforeAll(async () => {
  [sandbox, live] = await Promise.all([startServer(), createTestDatabase()]);
  dir = await mkdtemp(join(tmpdir(), 'pgmedic-proof-test-'));
  await sql(live.url, shop);
  proven = await backup({ url: live.url, sandbox, folder: dir });
});
afterAll(async () => {
  await Promise.all([sandbox.stop(), live.drop(), rm(dir, { recursive: true })]);
});

/** Proves another text in the place of the dump, with a checksum that fits unless one is given. */
async function prove(text: string, sha256?: string): Promise<string> {
  const file = join(dir, 'again.sql');
  writeFileSync(file, text);
  const own = await sha256Of(file, new AbortController().signal);
  return proveAgain({ ...common(), file, sha256: sha256 ?? own });
}

/** Proves the dump after `change` was done to the restored copy. */
async function after(change: string, content = true): Promise<string> {
  return proveAgain({
    ...common(),
    file: proven.path,
    sha256: proven.sha256,
    content,
    onRestored: async (copy) => void (await sql(copy, change)),
  });
}

function common() {
  return { url: live.url, format: 'plain' as const, dumper: wasm, sandbox };
}

test('a backup names the server and the database that were dumped', async () => {
  const { hostname, port, pathname } = new URL(live.url);
  const [row] = await sql(
    live.url,
    `SELECT system_identifier || '/' || oid AS identity
     FROM pg_control_system(), pg_database WHERE datname = current_database()`,
  );
  expect(proven.target).toEqual({
    host: hostname,
    port: Number(port),
    database: pathname.slice(1),
    identity: row?.['identity'],
  });
  // Another database of the same server is another one too.
  const other = { ...proven.target, identity: `${proven.target.identity?.split('/')[0]}/1` };
  expect(whyProofDoesNotCount(proven, proven.target)).toBeNull();
  expect(whyProofDoesNotCount(proven, other)).toContain('another database');
});

describe('the proof', () => {
  test('has a role of every name, with the rights to own what only a superuser owns', async () => {
    const boss = `boss_${randomBytes(4).toString('hex')}`;
    const own = await createTestDatabase();
    await sql(
      own.url,
      `CREATE ROLE ${boss} SUPERUSER; CREATE ROLE ${boss}_app; CREATE TABLE t AS SELECT 1 AS one;
       ALTER TABLE t OWNER TO ${boss}_app; CREATE MATERIALIZED VIEW m AS SELECT * FROM t;
       ALTER MATERIALIZED VIEW m OWNER TO ${boss};
       CREATE FUNCTION f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
       CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION f();
       ALTER EVENT TRIGGER e OWNER TO ${boss}`,
    );
    const { proof } = await backup({ url: own.url, sandbox, folder: await folder() });
    expect(proof).toContain('1 materialised view rebuilt');
    await own.drop();
    await sql(live.url, `DROP ROLE ${boss}, ${boss}_app`);
    const left = await sql(sandbox.adminUrl, `SELECT FROM pg_roles WHERE rolname LIKE '${boss}%'`);
    expect(left).toEqual([]);
  });

  test('refuses a file that is not what was written, whatever it holds', async () => {
    const text = readFileSync(proven.path, 'utf8');
    const whole = await prove(text);
    expect(whole).toContain('2 tables, 1201 rows equal');
    await expect(prove(`${text}-- a comment\n`, '0'.repeat(64))).rejects.toThrow('SHA-256');
  });

  test('refuses a dump that is cut short or changed, with a checksum that fits', async () => {
    const text = readFileSync(proven.path, 'utf8');
    const before = await databasesOf(sandbox);
    // Cut in the middle of anything, after the last row, and where nothing but the last line is missing.
    const afterRows = text.indexOf('-- Name: t_id');
    const lastMark = text.indexOf('-- PostgreSQL database dump complete');
    for (const end of [0, 500, text.length / 3, text.length / 2, afterRows, lastMark]) {
      await expect(prove(text.slice(0, Math.floor(end)))).rejects.toThrow();
    }
    const flips: (readonly [string, string])[] = [
      ["(7, '8f14e45f", "(7, '8f14e45e"],
      ["(7, '8f14e45f", "(8, '8f14e45f"],
      ["('one');", "('onf');"],
      ['INSERT INTO s.u', 'INSERT INTO s.v'],
      ['CREATE TABLE s.u', 'CREATE TABLE s.w'],
      ["setval('public.q', 1, true)", "setval('public.q', 3, true)"],
      ["SET client_encoding = 'UTF8'", "SET client_encoding = 'UTF\x008'"],
    ];
    for (const [from, to] of flips) {
      expect(text.includes(from), from).toBe(true);
      await expect(prove(text.replace(from, to)), `${from} -> ${to}`).rejects.toThrow();
    }
    expect(await databasesOf(sandbox)).toEqual(before);
  });

  test.each([
    ['a row is missing', 'DELETE FROM t WHERE id = 5', 'public.t: 1199 rows, 1200 were dumped'],
    ['a row is there twice', 'INSERT INTO s.u SELECT * FROM s.u', 's.u: 2 rows, 1 were dumped'],
    [
      'a value differs',
      `UPDATE t SET v = 'x' WHERE id = 5`,
      'public.t: as many rows, but not the same',
    ],
    ['a table is missing', 'DROP TABLE s.u', 's.u: is missing'],
    ['a view is missing', 'DROP MATERIALIZED VIEW m', 'public.m: is missing'],
    [
      'a sequence stands elsewhere',
      `SELECT nextval('q')`,
      'public.q: the sequence stands at 2, not 1',
    ],
    ['a sequence is missing', `DROP SEQUENCE q`, 'public.q: the sequence is missing'],
  ])('finds that %s in the restored copy, and drops the copy', async (_what, change, message) => {
    const before = await databasesOf(sandbox);
    const error = await after(change).catch((e: unknown) => e);
    expect(error).toMatchObject({
      name: 'UserError',
      message: expect.stringContaining(message) as string,
    });
    expect(await databasesOf(sandbox)).toEqual(before);
  });

  test('counts where contents are not compared', async () => {
    expect(await after(`UPDATE t SET v = 'x' WHERE id = 5`, false)).toMatch(
      /1201 rows equal, contents not compared, 1 materialised/,
    );
    await expect(after('DELETE FROM t WHERE id = 5', false)).rejects.toThrow('1199 rows');
  });
});
