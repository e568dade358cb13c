import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { superuser } from '../../src/sandbox/server.js';
import { readFolderAt, readHistoryAt, writeFolder } from '../support/drizzle-project.js';
import { createTestDatabase, startServer, type TestDatabase } from '../support/server.js';
import { rehearseProject } from './rehearse-project.js';
import { errorsOf, replayOf } from './replay-support.js';
import { query, temporaryBase } from './support.js';

let live: TestDatabase;
let sandbox: Sandbox;

beforeAll(async () => {
  [live, sandbox] = await Promise.all([createTestDatabase(), startServer()]);
  await query(live.url, 'CREATE TABLE orders (id int)');
}, 60_000);

afterAll(() => Promise.all([live.drop(), sandbox.stop()]));

/** As a migration may have it in plain sight: the live server with its password. */
function conninfo(): string {
  const { hostname, port, username, password, pathname } = new URL(live.url);
  return `host=${hostname} port=${port} user=${username} password=${password} dbname=${pathname.slice(1)}`;
}

test('what runs in the embedded sandbox logs in at no other server, whatever it knows', async () => {
  const url = await sandbox.createDatabase();
  await query(url, 'CREATE EXTENSION dblink');
  const insert = `SELECT dblink_exec('${conninfo()}', 'INSERT INTO orders VALUES (1)')`;
  await expect(query(url, insert)).rejects.toThrow(/could not establish connection/);
  const { hostname, port, username, password, pathname } = new URL(live.url);
  await query(
    url,
    `CREATE EXTENSION postgres_fdw;
     CREATE SERVER away FOREIGN DATA WRAPPER postgres_fdw
       OPTIONS (host '${hostname}', port '${port}', dbname '${pathname.slice(1)}');
     CREATE USER MAPPING FOR CURRENT_USER SERVER away OPTIONS (user '${username}', password '${password}');
     CREATE FOREIGN TABLE orders (id int) SERVER away`,
  );
  await expect(query(url, 'INSERT INTO orders VALUES (2)')).rejects.toThrow(/could not connect/);
  expect(await query(live.url, 'SELECT id FROM orders')).toEqual([]);
});

/** Statements that would leave their database; what comes before and behind them is tried. */
function outwardly(folder: string, role: string): readonly string[] {
  return [
    'CREATE TABLE kept (id int)',
    `COPY kept TO PROGRAM 'cat > ${join(folder, 'by-program')}'`,
    `COPY kept TO '${join(folder, 'by-file')}'`,
    `SELECT lo_export(lo_from_bytea(0, 'x'), '${join(folder, 'by-lo')}')`,
    `DO $$ BEGIN EXECUTE 'COPY kept TO ''${join(folder, 'by-block')}'''; END $$`,
    `CREATE SUBSCRIPTION s CONNECTION '${conninfo()}' PUBLICATION p`,
    `ALTER DATABASE shop SET timezone = 'UTC'`,
    'DROP DATABASE IF EXISTS shop',
    `CREATE ROLE ${role} LOGIN PASSWORD 'x'`,
    `ALTER ROLE ${superuser} PASSWORD 'other'`,
    'CREATE TABLE kept_too (id int)',
  ];
}

test('a replay runs no program, touches no file and no other server', async () => {
  const folder = temporaryBase();
  const done = await replayOf([outwardly(folder, 'replayed').join(';\n')]);
  expect(await readdir(folder)).toEqual([]);
  expect(errorsOf(done)).toEqual([
    'm0 5: 0A000 not run in the sandbox, since it reaches beyond its database',
  ]);
  const made = done.migrations[0]?.statements.flatMap(({ changes }) =>
    changes.flatMap((one) => (one.type === 'set' ? one.object.key : [])),
  );
  expect(made).toEqual(expect.arrayContaining(['table public.kept', 'table public.kept_too']));
});

test('a rehearsal does neither, says so, and leaves no role behind for the next', async () => {
  const folder = temporaryBase();
  const project = join(folder, 'project');
  // In the migrator's transaction PostgreSQL itself refuses these two.
  const statements = outwardly(folder, 'rehearsed').filter(
    (one) => !/SUBSCRIPTION|DROP DATABASE/.test(one),
  );
  const text = statements.join(';--> statement-breakpoint\n');
  const entry = { idx: 0, version: '7', when: 1, tag: '0000_m', breakpoints: true };
  await writeFolder(project, {
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries: [entry] }),
    '0000_m.sql': text,
  });
  const client = new pg.Client({ connectionString: live.url });
  await client.connect();
  const history = await readHistoryAt(client);
  await client.end();
  const given = { url: live.url, sandbox, folder: await readFolderAt(project), history };
  for (const time of ['first', 'second']) {
    const said = await rehearseProject(given);
    expect(said.failure, time).toBe(null);
    const left = said.unknown.flatMap(
      (one) => /^Statement (\d+) .*was not tried/.exec(one)?.[1] ?? [],
    );
    expect(left).toEqual(['2', '3', '4', '5', '6', '8']);
  }
  expect(await readdir(folder)).toEqual(['project']);
});

test('while a rehearsal runs the migrations it holds nothing on the live server: no lock, no snapshot', async () => {
  const project = join(temporaryBase(), 'project');
  const entry = { idx: 0, version: '7', when: 1, tag: '0000_m', breakpoints: true };
  await writeFolder(project, {
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries: [entry] }),
    '0000_m.sql': `INSERT INTO numbered DEFAULT VALUES;--> statement-breakpoint\nSELECT pg_sleep(2)`,
  });
  await query(live.url, 'CREATE TABLE numbered (id serial); INSERT INTO numbered DEFAULT VALUES');
  const client = new pg.Client({ connectionString: live.url });
  await client.connect();
  const history = await readHistoryAt(client);
  let held: Promise<readonly unknown[]> = Promise.resolve(['not looked']);
  const said = await rehearseProject({
    url: live.url,
    sandbox,
    folder: await readFolderAt(project),
    history,
    onProgress(doing) {
      if (doing !== 'running the migrations') return;
      held = query(
        live.url,
        `SELECT relation::regclass::text, mode FROM pg_locks WHERE relation >= 16384
         AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
         UNION ALL
         SELECT application_name, query FROM pg_stat_activity
         WHERE xact_start IS NOT NULL AND datname = current_database() AND pid <> pg_backend_pid()`,
      );
    },
  });
  await client.end();
  expect(said.failure).toBe(null);
  expect(await held).toEqual([]);
});
