import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { expect, test, vi } from 'vitest';
import type { DumperFacts } from '../../src/core/facts.js';
import { dumpSchema } from '../../src/backup/schema-dump.js';
import { readRoles, readSession } from '../../src/postgres/read-roles.js';
import { readSizes } from '../../src/postgres/read-sizes.js';
import { readingTransaction } from '../../src/postgres/reading-transaction.js';
import type { Query } from '../../src/tools/contract.js';
import { findNative, type Native, startNative } from './native-server.js';
import { database, sql, wasm } from './support.js';

const signal = new AbortController().signal;

const schema = `
  CREATE TABLE orders (id serial PRIMARY KEY, note text);
  CREATE FUNCTION odd() RETURNS text LANGUAGE sql AS $$ SELECT '
\\restrict abc
\\unrestrict abc
' $$;
  GRANT SELECT ON orders TO PUBLIC;
  INSERT INTO orders (note) VALUES ('secret row')`;

function expectSchema(text: string): void {
  expect(text).toContain('CREATE TABLE public.orders');
  expect(text).toMatch(/ALTER TABLE public\.orders OWNER TO/);
  expect(text).toContain('GRANT SELECT ON TABLE public.orders TO PUBLIC');
  expect(text).not.toContain('secret row');
  // What is psql's is gone, what is the function's is there.
  expect(text.match(/^\\.*$/gm)).toEqual(['\\restrict abc', '\\unrestrict abc']);
}

test('the WebAssembly pg_dump gives the schema with owners and privileges', async () => {
  const url = await database(schema);
  // A folder for temporary files of its own: other tests dump as well.
  const folder = await mkdtemp(join(tmpdir(), 'pgmedic-test-'));
  vi.stubEnv('TMPDIR', folder);
  try {
    expectSchema(await dumpSchema({ url, dumper: wasm, signal }));
    expect(await readdir(folder)).toEqual([]);
  } finally {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true });
  }
});

test('a lock that is held does not make it wait for long, and the message has no password', async () => {
  const url = await database(schema);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('BEGIN; LOCK TABLE orders');
  const error = await dumpSchema({ url, dumper: wasm, signal }).catch((thrown: unknown) => thrown);
  await client.end();
  expect(error).toMatchObject({ name: 'UserError' });
  expect(String(error)).not.toContain(new URL(url).password);
}, 60_000);

test('one that is silent is stopped, and leaves no session behind; one that works is not', async () => {
  await expectStopped(await database(schema), wasm);
}, 30_000);

async function expectStopped(url: string, dumper: DumperFacts): Promise<void> {
  await sql(url, 'CREATE VIEW one AS SELECT 1 AS a; CREATE VIEW two AS SELECT a FROM one');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  // No lock of a table: --lock-wait-timeout does not see it.
  await client.query('BEGIN; ALTER VIEW one SET (security_barrier)');
  const dump = dumpSchema({ url, dumper, signal, patience: 2000 });
  await expect(dump).rejects.toThrow('pg_dump has sent nothing for 2 seconds');
  // Within one transaction the view would stand still.
  const left = `SELECT count(*) FROM (SELECT pg_stat_clear_snapshot() OFFSET 0) AS fresh, pg_stat_activity
    WHERE datname = current_database() AND application_name IN ('pgmedic dump', 'pgmedic schema')`;
  const count = async (): Promise<unknown> =>
    (await client.query<{ count: string }>(left)).rows[0]?.count;
  await expect.poll(count, { timeout: 10_000 }).toBe('0');
  await client.query('ROLLBACK');
  await client.end();
  expectSchema(await dumpSchema({ url, dumper, signal, patience: 20_000 }));
}

test('without a pg_dump, and after an abort, there is no dump', async () => {
  const url = await database();
  const none = { ...wasm, use: 'none' as const, version: null };
  await expect(dumpSchema({ url, dumper: none, signal })).rejects.toThrow('There is no pg_dump');
  const aborted = AbortSignal.abort(new Error('stopped'));
  await expect(dumpSchema({ url, dumper: wasm, signal: aborted })).rejects.toThrow('stopped');
});

const native = await findNative();

test.skipIf('lacks' in native)(
  'a native pg_dump gives the same, its password only in its environment',
  { timeout: 60_000 },
  async () => {
    if ('lacks' in native) return;
    let server: Native | null = null;
    try {
      server = await startNative(native.bin);
      await sql(server.url, schema);
      expectSchema(await dumpSchema({ url: server.url, dumper: server.dumper, signal }));
      await expectStopped(server.url, server.dumper);
      // The same SELECTs on an older server.
      await sql(server.url, 'CREATE ROLE reader; CREATE ROLE app IN ROLE reader');
      const roles = await read(server.url, readRoles);
      expect(roles.find(({ name }) => name === 'app')?.memberOf).toEqual(['reader']);
      expect((await read(server.url, readSizes))['public.orders']?.bytes).toBeGreaterThan(0);
      expect((await read(server.url, readSession)).publicSchema).toBe(true);
    } finally {
      await server?.stop();
    }
  },
);

function read<T>(url: string, what: (query: Query) => Promise<T>): Promise<T> {
  return readingTransaction(url, { purpose: 'test' }, ({ query }) => what(query));
}

const app = `app_${process.pid}`;

test('a role that may do nothing reads roles, settings and sizes', async () => {
  const own = await database(`
    CREATE TABLE orders (id int);
    INSERT INTO orders SELECT generate_series(1, 1000);
    CREATE TABLE parts (id int) PARTITION BY RANGE (id);
    CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (500);
    CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (500) TO (900);
    INSERT INTO parts SELECT generate_series(1, 800);
    ANALYZE orders, parts;
    CREATE TABLE fresh (id int);
    CREATE ROLE ${app} LOGIN PASSWORD 'x' NOINHERIT CREATEDB;
    ALTER ROLE ${app} SET search_path = 'Shop', public;`);
  const name = new URL(own).pathname.slice(1);
  await sql(own, `ALTER ROLE ${app} IN DATABASE "${name}" SET statement_timeout = '3s'`);
  const as = new URL(own);
  as.username = app;
  as.password = 'x';
  try {
    const [roles, session, sizes] = [
      await read(as.href, readRoles),
      await read(as.href, readSession),
      await read(as.href, readSizes),
    ];
    expect(roles.find((role) => role.name === app)).toEqual({
      name: app,
      superuser: false,
      bypassRls: false,
      inherit: false,
      createRole: false,
      createDb: true,
      memberOf: [],
      settings: { search_path: '"Shop", public', statement_timeout: '3s' },
    });
    expect(session).toMatchObject({
      user: app,
      searchPath: '"Shop", public',
      databasePrivileges: null,
      publicSchema: true,
    });
    expect(sizes['public.orders']?.rows).toBe(1000);
    expect(sizes['public.parts']?.rows).toBe(800);
    expect(sizes['public.parts']?.bytes).toBe(
      (sizes['public.parts_1']?.bytes ?? 0) + (sizes['public.parts_2']?.bytes ?? 0),
    );
    expect(sizes['public.fresh']).toEqual({ bytes: 0, rows: -1 });
  } finally {
    await sql(own, `DROP OWNED BY ${app}; DROP ROLE ${app}`);
  }
});
