import { cp, mkdir, mkdtemp, readdir, readFile, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { CountingBackup } from '../../src/core/backup.js';
import type { Plan } from '../../src/core/plan.js';
import { readRunLog } from '../../src/files/run-log.js';
import { drive, settled } from '../../src/runtime/drive.js';
import { openGround, type Ground } from '../../src/runtime/ground.js';
import { openSession } from '../../src/runtime/open-session.js';
import { look } from '../../src/runtime/parts.js';
import { proveBackup } from '../../src/runtime/prove-backup.js';
import { urlInto } from '../../src/postgres/url.js';
import { sessionPlace } from '../../src/runtime/session-record.js';
import { openShop } from '../playbooks/shop.js';
import { runMigrator } from '../support/drizzle-project.js';
import { sandboxServer, testServer } from '../support/server.js';
import type { Scenario } from './scenarios.js';

/**
 * A broken project as it is right after the backup was proven: database, folder and session are
 * put back to that moment again and again, the database with its own oid.
 */
export interface BrokenWorld {
  readonly scenario: Scenario;
  readonly url: string;
  readonly sandboxUrl: string;
  readonly dir: string;
  /** XDG_STATE_HOME */
  readonly state: string;
  readonly session: string;
  readonly plan: Plan;
  readonly proof: CountingBackup;
  readonly ground: Ground;
  restore(): Promise<void>;
  /** As of before the session. */
  restoreEarlier(): Promise<void>;
  /** First column of the first row. */
  one(sql: string): Promise<unknown>;
  /** The journal's tags. */
  journal(): Promise<readonly string[]>;
  /** How large the session's run log is. */
  logBytes(): Promise<number>;
  /** Ends the test's own session: a database that is connected to is not renamed. */
  leave(): Promise<void>;
  /** Nothing of a killed process runs on the server any more. */
  settled(): Promise<void>;
  /** Rows, definitions and files, as one text: the same for the same world. */
  fingerprint(): Promise<string>;
  migrate(): Promise<{ readonly wrote: readonly unknown[]; readonly error: unknown }>;
  close(): Promise<void>;
}

export async function breakWorld(scenario: Scenario): Promise<BrokenWorld> {
  const shop = await openShop();
  await scenario.break(shop);
  await shop.client.end();
  const { url, dir, folder } = shop;
  const name = new URL(url).pathname.slice(1);
  const base = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-kill-')));
  const state = join(base, 'state');
  const kept = join(base, 'kept');
  const admin = await connected(testServer().adminUrl);
  const { rows } = await admin.query<{ oid: string }>(
    'SELECT oid FROM pg_database WHERE datname = $1',
    [name],
  );
  const oid = rows[0]?.oid;
  await admin.query(`CREATE DATABASE "${name}_kept" TEMPLATE "${name}" STRATEGY FILE_COPY`);
  await cp(dir, join(kept, 'dir'), { recursive: true });

  const sandboxUrl = sandboxServer().adminUrl;
  const ground = await openGround(
    { dir, databaseUrl: url, sandboxUrl },
    { XDG_STATE_HOME: state, XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] },
  );
  if (scenario.breakAfterBackup !== undefined) {
    await backUp(ground);
    for (const one of [name, `${name}_kept`]) {
      const beside = await connected(urlInto(url, one));
      await beside.query(scenario.breakAfterBackup);
      await beside.end();
    }
  }
  // Of an earlier session, whose backup a restore takes.
  await mkdir(state, { recursive: true, mode: 0o700 });
  await cp(state, join(kept, 'earlier'), { recursive: true });
  const begun = await beginSession(ground, scenario, state);
  await cp(state, join(kept, 'state'), { recursive: true });

  let client: pg.Client | null = null;
  const query = async (sql: string): Promise<unknown[][]> => {
    client ??= await connected(url);
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows;
  };
  const restoreEarlier = async (): Promise<void> => {
    await client?.end();
    client = null;
    const { rows: made } = await admin.query<{ datname: string }>(
      'SELECT datname FROM pg_database WHERE starts_with(datname, $1) AND datname <> $2',
      [name, `${name}_kept`],
    );
    for (const { datname } of made) await admin.query(`DROP DATABASE "${datname}" WITH (FORCE)`);
    await admin.query(
      `CREATE DATABASE "${name}" TEMPLATE "${name}_kept" STRATEGY FILE_COPY OID ${oid}`,
    );
    for (const path of [dir, state]) await rm(path, { recursive: true, force: true });
    await cp(join(kept, 'dir'), dir, { recursive: true });
    await cp(join(kept, 'earlier'), state, { recursive: true });
    // Killed at once, a session has not even made this.
    await mkdir((await ground.places()).sessions, { recursive: true, mode: 0o700 });
  };
  return {
    scenario,
    url,
    sandboxUrl,
    dir,
    state,
    ...begun,
    ground,
    restoreEarlier,
    restore: async () => {
      await restoreEarlier();
      await rm(state, { recursive: true });
      await cp(join(kept, 'state'), state, { recursive: true });
    },
    one: async (sql) => (await query(sql))[0]?.[0],
    journal: async () => {
      const text = await readFile(join(folder, 'meta', '_journal.json'), 'utf8');
      return (JSON.parse(text) as { entries: { tag: string }[] }).entries.map(({ tag }) => tag);
    },
    leave: async () => {
      await client?.end();
      client = null;
    },
    logBytes: async () => {
      const place = sessionPlace(await ground.places(), begun.session);
      return (await stat(place.logPath)).size;
    },
    settled: async () => {
      for (;;) {
        const [[busy] = []] = await query(
          `SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND
             (starts_with(datname, current_database()) AND backend_type = 'client backend'
              OR state = 'active' AND starts_with(query, 'CREATE DATABASE "' || current_database()))`,
        );
        if (busy === '0') return;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    },
    fingerprint: async () => {
      const names = await query(
        `SELECT datname FROM pg_database WHERE starts_with(datname, current_database()) ORDER BY 1`,
      );
      return `${names.join()}\n${await contents(query)}\n${await texts(folder)}`;
    },
    migrate: async () => {
      if (scenario.migrate !== undefined) return scenario.migrate({ dir, url });
      const own = await connected(url);
      const run = await runMigrator(own, folder);
      await own.end();
      return run;
    },
    close: async () => {
      await client?.end();
      await ground.close();
      await admin.query(`DROP DATABASE "${name}_kept"`);
      await admin.end();
      await shop.close();
      await rm(base, { recursive: true });
    },
  };
}

async function backUp(ground: Ground): Promise<void> {
  const now = (): Date => new Date();
  const { facts } = await look(ground, now, { evidence: false });
  const { signal } = new AbortController();
  const onProgress = (): void => {};
  await proveBackup({ ground, facts, session: 'earlier', signal, now, onProgress });
}

/** Plays the session up to the first write: looked, planned, backed up, proven, looked again. */
async function beginSession(
  ground: Ground,
  { playbook, migrations, answers }: Scenario,
  state: string,
): Promise<Pick<BrokenWorld, 'session' | 'plan' | 'proof'>> {
  const environment = { XDG_STATE_HOME: state };
  const opened = openSession({ openGround: async () => ground, environment });
  const { handle, id } = opened;
  await settled(handle);
  const script = { playbook, migrations, answers, accept: () => true, confirms: new Map() };
  const end = await drive(handle, { ...script, targetName: null }, () => {});
  if (end.end !== 'unconfirmed') throw new Error(`${playbook}: ${JSON.stringify(end)}`);
  const proof = handle.getState().backup;
  const place = sessionPlace(await ground.places(), id);
  const { records } = await readRunLog(place.logPath);
  const { plan } = records.findLast((one) => one.type === 'plan') ?? {};
  if (plan === undefined || proof === null) throw new Error(`${playbook}: no plan, or no proof`);
  await opened.close();
  return { session: id, plan, proof };
}

async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => {});
  await client.connect();
  return client;
}

async function contents(query: (sql: string) => Promise<unknown[][]>): Promise<string> {
  const own = `nspname !~ '^(pg_|information_schema)'`;
  const tables = await query(
    `SELECT format('%I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
      WHERE relkind = 'r' AND ${own} ORDER BY 1`,
  );
  const parts = [
    await query(
      `SELECT attrelid::regclass::text, attname, atttypid::regtype::text, attnotnull FROM pg_attribute
        JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE ${own} AND attnum > 0 ORDER BY 1, 2`,
    ),
    await query(
      `SELECT indexrelid::regclass::text, indisvalid FROM pg_index
        JOIN pg_class c ON c.oid = indexrelid JOIN pg_namespace n ON n.oid = relnamespace
        WHERE ${own} ORDER BY 1`,
    ),
    await query(
      `SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace::regnamespace::text !~ '^(pg_|information_schema)' ORDER BY 1`,
    ),
  ];
  for (const [name] of tables) {
    const table = String(name);
    parts.push(await query(`SELECT '${table}', t::text FROM ${table} t ORDER BY 2`));
  }
  return JSON.stringify(parts);
}

async function texts(folder: string): Promise<string> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = names.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
  return (await Promise.all(paths.toSorted().map((path) => readFile(path, 'utf8')))).join('\0');
}
