import { createHash, randomBytes } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type pg from 'pg';
import { onTestFinished } from 'vitest';
import { drillNamed } from '../../src/drill/drills.js';
import { startDrill, type RunningDrill } from '../../src/drill/run.js';
import { withConnection } from '../../src/postgres/connect.js';
import { databasesOn } from '../../src/sandbox/databases.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { testServer } from '../support/server.js';

/** Databases with random names on the run's one server; stopping it stops nothing. */
export function sandboxOfTheRun(): Sandbox & { readonly names: () => readonly string[] } {
  const { adminUrl } = testServer();
  const databases = databasesOn(adminUrl, () => `drill_${randomBytes(6).toString('hex')}`);
  return {
    serverVersion: '18',
    adminUrl,
    createDatabase: databases.create,
    dropDatabase: databases.drop,
    names: databases.names,
    stop: () => Promise.resolve(),
  };
}

/** The drill, up until the test is finished. */
export async function start(name: string): Promise<RunningDrill> {
  const running = await startForAll(name);
  onTestFinished(running.stop);
  return running;
}

/** The drill, for tests that leave it as it is; the caller stops it. */
export function startForAll(name: string): Promise<RunningDrill> {
  return startDrill(drillNamed(name), { sandbox: sandboxOfTheRun() });
}

export async function onDatabase<T>(
  drill: RunningDrill,
  run: (client: pg.Client) => Promise<T>,
): Promise<T> {
  return withConnection(drill.databaseUrl, { purpose: 'test' }, ({ client }) => run(client));
}

export interface Entry {
  idx: number;
  version: string;
  when: number;
  tag: string;
  breakpoints: boolean;
}

export async function editJournal(folder: string, edit: (entries: Entry[]) => void): Promise<void> {
  const path = join(folder, 'meta/_journal.json');
  const journal = JSON.parse(await readFile(path, 'utf8')) as { entries: Entry[] };
  edit(journal.entries);
  await writeFile(path, JSON.stringify(journal, null, 2));
}

export async function entriesOf(folder: string): Promise<Entry[]> {
  const text = await readFile(join(folder, 'meta/_journal.json'), 'utf8');
  return (JSON.parse(text) as { entries: Entry[] }).entries;
}

/** What the migrator records: sha256 of the file's text, and the entry's stamp. */
export async function markApplied(
  client: pg.Client,
  table: string,
  folder: string,
  tag: string,
): Promise<void> {
  const entry = (await entriesOf(folder)).find((each) => each.tag === tag);
  const sql = await readFile(join(folder, `${tag}.sql`), 'utf8');
  const hash = createHash('sha256').update(sql).digest('hex');
  await client.query(`INSERT INTO ${table} (hash, created_at) VALUES ($1, $2)`, [
    hash,
    entry?.when,
  ]);
}

export async function runFile(client: pg.Client, folder: string, tag: string): Promise<void> {
  await client.query(await readFile(join(folder, `${tag}.sql`), 'utf8'));
}

export async function one(client: pg.Client, sql: string): Promise<string | null> {
  const { rows } = await client.query<(string | null)[]>({ text: sql, rowMode: 'array' });
  return rows[0]?.[0] ?? null;
}

/** What the judge says when the migrator has nothing left to run. */
export const agrees = 'The migrator agrees: of what the journal lists it has nothing to run.';
