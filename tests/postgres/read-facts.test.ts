import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import type { DumperFacts, Facts } from '../../src/core/facts.js';
import { resolveSettings, type Resolved } from '../../src/files/settings.js';
import { withConnection } from '../../src/postgres/connect.js';
import { readFacts, type ReadDeps } from '../../src/runtime/read-facts.js';
import { failure } from '../files/temp-project.js';
import { roleOf, shop } from './broken-shop.js';
import { relayTo } from './relay.js';
import { startStandby } from './standby.js';

const dumper: DumperFacts = {
  use: 'wasm',
  path: null,
  version: '18.3',
  rejected: [],
  named: false,
};
const asked: Parameters<ReadDeps['chooseDumper']>[0][] = [];
const deps: ReadDeps = {
  listDumpers: async () => [],
  chooseDumper: async (options) => {
    asked.push(options);
    return dumper;
  },
  now: () => new Date('2026-11-21T03:12:00Z'),
};
const read = (resolved: Resolved, signal?: AbortSignal): Promise<Facts> =>
  readFacts(resolved, deps, signal);

test('everything is read, in one read-only transaction, by SELECTs alone', async () => {
  const { settings, url } = await shop();
  const relay = await relayTo(url);
  const facts = await read(await settings(relay.url));
  const { hostname, port, pathname, username } = new URL(relay.url);

  expect(facts.readAt).toBe('2026-11-21T03:12:00.000Z');
  expect(facts.tool).toBe('drizzle');
  expect(facts.target).toEqual({
    host: hostname,
    port: Number(port),
    database: pathname.slice(1),
    user: username,
    serverVersion: expect.stringMatching(/^\d+\.\d+$/),
    serverVersionNum: expect.any(Number),
    role: 'primary',
    pooler: false,
    identity: expect.stringMatching(/^\d{15,20}\/\d+$/),
    environment: null,
  });
  expect(facts.folder.migrations.map(({ id }) => id)).toEqual([
    '0000_users',
    '0001_orders',
    '0002_lost',
  ]);
  expect(facts.history?.table).toEqual({ schema: 'drizzle', table: '__drizzle_migrations' });
  expect(facts.history?.rows.map(({ stamp }) => stamp)).toEqual(['1760000000000', '1760000000001']);
  expect(facts.surroundings).toEqual({
    missingPrivileges: [],
    blockers: [],
    databaseSize: expect.any(Number),
    dumper,
    directUrl: null,
  });
  expect(asked.at(-1)).toMatchObject({
    serverVersionNum: facts.target?.serverVersionNum,
    databaseSize: facts.surroundings?.databaseSize,
  });
  expect(facts.surroundings?.databaseSize).toBeGreaterThan(1_000_000);

  expect(relay.sessions()).toBe(1);
  const [first, ...rest] = relay.sql;
  expect(first).toMatch(/^BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;/);
  expect(first?.split(';').slice(1).join()).toMatch(/^(\s*SET LOCAL [^,]+(, pg_temp)?,?)+$/);
  expect(rest.at(-1)).toBe('ROLLBACK');
  for (const sql of rest.slice(0, -1)) expect(sql.trim()).toMatch(/^SELECT\b[^;]*$/);
});

test('a role that may only look reads the same, leaves no trace, and is told what it lacks', async () => {
  const it = await shop();
  await it.run('REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE TABLE "secret notes" (id int)');
  const url = await roleOf(
    it,
    `GRANT USAGE ON SCHEMA drizzle TO $role; GRANT SELECT ON drizzle.__drizzle_migrations, users TO $role;
     GRANT SELECT ON SEQUENCE drizzle.__drizzle_migrations_id_seq, users_id_seq, orders_id_seq TO $role;
     ALTER TABLE users ENABLE ROW LEVEL SECURITY`,
  );
  const resolved = await it.settings(url);
  const { tool } = resolved;
  const seen: unknown[] = [];
  const watching: Resolved['tool'] = {
    ...tool,
    readHistory: async (query, ...rest) => {
      const history = await tool.readHistory(query, ...rest);
      seen.push(
        ...(await query(
          `SELECT pg_current_xact_id_if_assigned() AS xid, current_setting('transaction_read_only') AS readonly,
                  current_setting('transaction_isolation') AS isolation, current_setting('statement_timeout') AS timeout`,
        )),
      );
      return history;
    },
  };
  const facts = await readFacts({ ...resolved, tool: watching }, deps);
  expect(seen).toEqual([
    { xid: null, readonly: 'on', isolation: 'repeatable read', timeout: '15s' },
  ]);
  expect(facts.history?.rows).toHaveLength(2);
  const { database, user } = facts.target ?? {};
  expect(user).toMatch(/^reader_/);
  const table = 'drizzle.__drizzle_migrations';
  const lacks = facts.surroundings?.missingPrivileges ?? [];
  expect(lacks.map((sentence) => sentence.split(':')[0])).toEqual([
    `No CREATE on database ${database}`,
    'No CREATE on schema drizzle',
    `No INSERT on ${table}`,
    `None of UPDATE, DELETE and TRUNCATE on ${table}`,
    'No USAGE on sequence drizzle.__drizzle_migrations_id_seq',
    'No SELECT on public.orders, public.secret notes',
    'Row-level security filters public.users for this role',
  ]);
});

test('a role that lacks nothing is told of nothing: owner of the database, no superuser', async () => {
  const it = await shop();
  const { pathname } = new URL(it.url);
  const url = await roleOf(
    it,
    `ALTER DATABASE ${pathname.slice(1)} OWNER TO $role; ALTER SCHEMA drizzle OWNER TO $role;
     ALTER TABLE drizzle.__drizzle_migrations OWNER TO $role;
     ALTER TABLE users OWNER TO $role; ALTER TABLE orders OWNER TO $role`,
  );
  const { surroundings } = await read(await it.settings(url));
  await it.run(`ALTER DATABASE ${pathname.slice(1)} OWNER TO CURRENT_USER`);
  expect(surroundings?.missingPrivileges).toEqual([]);
});

test('a role or a database whose transactions are read-only is told so, and by what', async () => {
  const it = await shop();
  const name = new URL(it.url).pathname.slice(1);
  const told = async (url: string): Promise<string | undefined> =>
    (await read(await it.settings(url))).surroundings?.missingPrivileges.find((sentence) =>
      sentence.includes('25006'),
    );
  expect(await told(it.url)).toBeUndefined();
  const url = await roleOf(
    it,
    `ALTER ROLE $role SET default_transaction_read_only = on; GRANT USAGE ON SCHEMA drizzle TO $role;
     GRANT SELECT ON drizzle.__drizzle_migrations TO $role`,
  );
  expect(await told(url)).toContain('set by ALTER ROLE ... SET');
  await it.run(`ALTER DATABASE "${name}" SET default_transaction_read_only = on`);
  expect(await told(it.url)).toContain('set by ALTER DATABASE ... SET');
  await it.run(
    `SET TRANSACTION READ WRITE; ALTER DATABASE "${name}" RESET default_transaction_read_only`,
  );
  expect(await told(it.url)).toBeUndefined();
});

test('a pooler is told by its process id, and the direct URL beside it is shown without its password', async () => {
  const { url, project } = await shop();
  const relay = await relayTo(url, { keyDataPid: 1 });
  const resolved = await resolveSettings(
    { dir: project, databaseUrl: relay.url, env: 'production' },
    { DIRECT_URL: url },
  );
  const { target, surroundings } = await read(resolved);
  expect(target?.pooler).toBe(true);
  expect(target?.environment).toBe('production');
  const { port, username, password, pathname } = new URL(url);
  expect(surroundings?.directUrl).toEqual({
    value: `postgresql://${username}:***@127.0.0.1:${port}${pathname}`,
    origin: 'environment DIRECT_URL',
  });
  expect(JSON.stringify(await read(resolved))).not.toContain(password);
});

test('a replica is told, and read', async () => {
  const { project } = await shop();
  const resolved = await resolveSettings({ dir: project, databaseUrl: await startStandby() }, {});
  const { target, history } = await read(resolved);
  expect(target?.role).toBe('replica');
  expect(history?.table).toBeNull();
});

test('offline there is no server in the facts', async () => {
  const { project } = await shop();
  const facts = await read(await resolveSettings({ dir: project, offline: true }, {}));
  expect(facts).toMatchObject({ target: null, history: null, surroundings: null });
  expect(facts.folder.migrations).toHaveLength(3);
});

test('other folders of the project are siblings; one that is broken is passed over', async () => {
  const { project } = await shop();
  const journal = join(project, 'apps/two/drizzle/meta/_journal.json');
  await mkdir(join(journal, '..'), { recursive: true });
  await writeFile(journal, '{"dialect":"postgresql","entries":[{"tag":"0000_x","when":5}]}');
  const resolved = await resolveSettings({ dir: project, offline: true }, {});
  const { folder } = await read({ ...resolved, siblings: [...resolved.siblings, '/no/such'] });
  expect(folder.siblings).toMatchObject([{ path: 'apps/two/drizzle', stamps: [5] }]);
});

test('a history table locked against reading: the error says by whom', async () => {
  const { settings, url } = await shop();
  await withConnection(url, { purpose: 'hog' }, async ({ client, keyDataPid }) => {
    await client.query('BEGIN; LOCK TABLE drizzle.__drizzle_migrations');
    const error = await failure(read(await settings()));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('drizzle.__drizzle_migrations is locked by another session');
    expect(error.next[0]).toContain(
      `pid ${keyDataPid}, ${new URL(url).username}, pgmedic hog, idle in transaction`,
    );
    expect(error.next[0]).toContain('AccessExclusiveLock');
  });
});

test('it can be broken off', async () => {
  const { settings, url } = await shop();
  await withConnection(url, { purpose: 'hog' }, async ({ client }) => {
    await client.query('BEGIN; LOCK TABLE drizzle.__drizzle_migrations');
    const waiting = `SELECT count(*) AS n FROM pg_locks WHERE NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
    const controller = new AbortController();
    const reading = failure(read(await settings(), controller.signal));
    for (;;) {
      const { rows } = await client.query<{ n: string }>(waiting);
      if (rows[0]?.n !== '0') break;
    }
    controller.abort(new Error('stopped by hand'));
    expect((await reading).message).toBe('stopped by hand');
  });
});
