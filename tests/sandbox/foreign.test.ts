import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dumpSchema } from '../../src/backup/schema-dump.js';
import type { Rehearsal } from '../../src/core/rehearsal.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startSandbox } from '../../src/sandbox/start.js';
import { wasm } from '../backup/support.js';
import { readFolderAt, readHistoryAt, writeFolder } from '../support/drizzle-project.js';
import { createTestDatabase, startServer, type TestDatabase } from '../support/server.js';
import { rehearseProject } from './rehearse-project.js';
import { errorsOf, replayOf } from './replay-support.js';
import { query, temporaryBase } from './support.js';

/** A sandbox on a server that is not ours, as --sandbox-url names one: nothing there keeps a session in. */

let live: TestDatabase;
let server: Sandbox;
let sandbox: Sandbox;
let dump: string;
const [made, hidden] = ['m', 'h'].map((one) => `foreign_${one}_${randomBytes(4).toString('hex')}`);

beforeAll(async () => {
  [live, server] = await Promise.all([createTestDatabase(), startServer()]);
  const url = new URL(server.adminUrl);
  url.searchParams.set('options', '-cpgmedic.stand_ins=');
  sandbox = await startSandbox({ sandboxUrl: url.href, liveUrl: live.url });
  await query(live.url, liveSchema());
  dump = await dumpSchema({ url: live.url, dumper: wasm, signal: new AbortController().signal });
}, 60_000);

afterAll(async () => {
  await sandbox.stop();
  await Promise.all([live.drop(), server.stop()]);
});

function conninfo(): string {
  const { hostname, port, username, password, pathname } = new URL(live.url);
  return `host=${hostname} port=${port} user=${username} password=${password} dbname=${pathname.slice(1)}`;
}

/** Its event trigger and its function write to the live server from wherever they are run. */
function liveSchema(): string {
  const reach = `PERFORM dblink_exec('${conninfo()}', 'INSERT INTO orders VALUES (1)')`;
  const { hostname, port, username, password } = new URL(live.url);
  return `CREATE TABLE orders (id int);
    CREATE EXTENSION dblink; CREATE EXTENSION postgres_fdw; CREATE EXTENSION citext;
    CREATE TABLE names (name citext);
    CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw OPTIONS (host '${hostname}', port '${port}');
    CREATE USER MAPPING FOR PUBLIC SERVER away OPTIONS (user '${username}', password '${password}');
    CREATE FOREIGN TABLE far (id int) SERVER away OPTIONS (table_name 'orders');
    CREATE FUNCTION reach() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ${reach}; END $$;
    CREATE FUNCTION reach_hidden() RETURNS void LANGUAGE plpgsql
      AS $f$ BEGIN EXECUTE 'SELECT db' || $$link_exec('${conninfo()}', 'INSERT INTO orders VALUES (2)')$$; END $f$;
    CREATE FUNCTION note() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM reach_hidden(); END $$;
    CREATE EVENT TRIGGER noted ON ddl_command_end EXECUTE FUNCTION note();
    CREATE EVENT TRIGGER off ON ddl_command_end EXECUTE FUNCTION note();
    ALTER EVENT TRIGGER off DISABLE; DELETE FROM orders`;
}

async function rehearse(...statements: readonly string[]): Promise<Rehearsal> {
  const project = join(temporaryBase(), 'project');
  const entry = { idx: 0, version: '7', when: 1, tag: '0000_m', breakpoints: true };
  await writeFolder(project, {
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries: [entry] }),
    '0000_m.sql': statements.join(';--> statement-breakpoint\n'),
  });
  const client = new pg.Client({ connectionString: live.url });
  await client.connect();
  const history = await readHistoryAt(client);
  await client.end();
  const folder = await readFolderAt(project);
  return rehearseProject({ url: live.url, sandbox, folder, history, dump: async () => dump });
}

const noted = /event trigger noted/;

test('a rehearsal there does not get at other servers, and calls what wants to unknown', async () => {
  const well = await rehearse(
    'CREATE TABLE kept (id int)',
    'ALTER TABLE names ADD COLUMN x citext',
  );
  expect(well.failure).toBeNull();
  expect(well.unknown).toEqual([expect.stringMatching(noted)]);
  for (const [sql, why] of [
    ['SELECT reach()', /reach/],
    ['SELECT reach_hidden()', /dblink_exec/],
    ['INSERT INTO far VALUES (3)', /far/],
    ['CREATE FOREIGN TABLE more (id int) SERVER away', /away/],
    [`CREATE SERVER more FOREIGN DATA WRAPPER postgres_fdw`, /was not tried/],
    [
      `CREATE FUNCTION c() RETURNS void LANGUAGE c AS '$libdir/dblink', 'dblink_exec'`,
      /was not tried/,
    ],
  ] as const) {
    const said = await rehearse('CREATE TABLE kept (id int)', sql);
    expect(said.failure, sql).toBeNull();
    expect(said.unknown, sql).toEqual([expect.stringMatching(noted), expect.stringMatching(why)]);
  }
  // What was not tried may have made what the next one needs; what went before it is sure.
  const after = await rehearse('CREATE EXTENSION http', `SELECT http_get('https://x.test')`);
  expect(after.failure).toBeNull();
  expect(after.unknown.join()).toMatch(/Statement 1 .*not tried.*From statement 2/s);
  expect((await rehearse('DROP TABLE nowhere')).failure?.sqlstate).toBe('42P01');
  expect(await query(live.url, 'SELECT id FROM orders')).toEqual([]);
});

test('a replay there neither', async () => {
  const wrapped = `EXECUTE 'SELECT db' || $$link_exec('${conninfo()}', 'INSERT INTO orders VALUES (4)')$$`;
  const replayed = await replayOf(
    [
      `CREATE EXTENSION dblink;
       CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN ${wrapped}; END $f$;
       SELECT f();
       CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $f$ BEGIN COPY t TO PROGRAM 'true'; END $f$;
       CREATE EXTENSION citext; CREATE TABLE t (name citext)`,
    ],
    { sandbox: async () => sandbox },
  );
  expect(errorsOf(replayed)).toEqual([
    'm0 1: 0A000 not run in the sandbox, since the extension dblink may reach beyond its database',
    expect.stringMatching(/^m0 3: 42883 /),
    'm0 4: 0A000 not run in the sandbox, since it reaches beyond its database when it is called',
  ]);
  expect(await query(live.url, 'SELECT id FROM orders')).toEqual([]);
});

async function rolesLeft(): Promise<readonly (string | null)[]> {
  const sql = `SELECT rolname FROM pg_roles WHERE rolname LIKE 'foreign\\_%' ORDER BY 1`;
  return (await query(server.adminUrl, sql)).map(([name]) => name ?? null);
}

/** One role that the text names, and one that it does not. */
const makes = [
  `DO $$ BEGIN CREATE ROLE ${made}; END $$`,
  `DO $$ BEGIN EXECUTE 'CREATE ROLE ' || lower('${hidden?.toUpperCase().split('').join("' || '")}'); END $$`,
];
const stays = `role ${hidden} came to the sandbox's server meanwhile and stays there`;

test('roles that a block makes are taken back, and what may be anybody`s is named', async () => {
  const replayed = await replayOf([makes.join(';')], { sandbox: async () => sandbox });
  expect(errorsOf(replayed)).toEqual([]);
  expect(replayed.prepared.join()).toContain(stays);
  expect(await rolesLeft()).toEqual([hidden]);
  await query(server.adminUrl, `DROP ROLE ${hidden}`);

  const rehearsed = await rehearse(...makes);
  expect(rehearsed.failure).toBeNull();
  expect(rehearsed.unknown.join()).toContain(stays);
  expect(await rolesLeft()).toEqual([hidden]);
  // It is nothing that the live server has.
  const again = await rehearse(...makes);
  expect(again.failure).toBeNull();
  expect(again.unknown.join()).toMatch(new RegExp(`has a role ${hidden}`));
});

test('beside another pgmedic on that server no role is dropped, and roles of a preparation go', async () => {
  const prepared = `foreign_p_${randomBytes(4).toString('hex')}`;
  const live = {
    catalog: [],
    searchPath: 'public',
    user: 'app',
    serverVersionNum: 180_004,
    roles: [{ name: prepared, superuser: false, bypassRls: false, inherit: true, memberOf: [] }],
    schemaDump: async () => '',
  };
  const text = `CREATE TABLE t (id int); GRANT SELECT ON t TO ${prepared}`;
  const other = await startSandbox({ sandboxUrl: server.adminUrl });
  const beside = await replayOf([text], { sandbox: async () => sandbox, live });
  expect(beside.prepared.join()).toContain(`role ${prepared} came`);
  expect(await rolesLeft()).toContain(prepared);
  await other.stop();
  await query(server.adminUrl, `DROP ROLE ${prepared}`);
  const alone = await replayOf([text], { sandbox: async () => sandbox, live });
  expect(errorsOf(alone)).toEqual([]);
  expect(await rolesLeft()).not.toContain(prepared);
});
