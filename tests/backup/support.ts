import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ProvenBackup, ReadBackup } from '../../src/core/backup.js';
import type { DumperFacts } from '../../src/core/facts.js';
import { type BackupOptions, takeBackup } from '../../src/backup/take.js';
import { withConnection } from '../../src/postgres/connect.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { createTestDatabase } from '../support/server.js';

export const wasm: DumperFacts = {
  use: 'wasm',
  path: null,
  version: '18.3',
  rejected: [],
  named: false,
};

export async function sql(url: string, text: string): Promise<Record<string, string | null>[]> {
  return withConnection(url, { purpose: 'test' }, async ({ client }) => {
    const result = await client.query<Record<string, string | null>>(text);
    return Array.isArray(result) ? [] : result.rows;
  });
}

/** A database that is gone when the test is over. */
export async function database(setUp = ''): Promise<string> {
  const made = await createTestDatabase();
  onTestFinished(() => made.drop());
  if (setUp !== '') await sql(made.url, setUp);
  return made.url;
}

export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'pgmedic-backup-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Takes a backup as the program does; whatever is not given is what does not matter to the test. */
export async function backup(given: Given): Promise<ProvenBackup> {
  const taken = await taking(given);
  if (!('proof' in taken)) throw new Error(`not proven: ${taken.unproven}`);
  return taken;
}

type Given = Pick<BackupOptions, 'url' | 'sandbox' | 'folder'> & Partial<BackupOptions>;

/** The same, for backups that may end unproven. */
export async function taking(given: Given): Promise<ProvenBackup | ReadBackup> {
  return takeBackup({
    dumper: wasm,
    name: 'shop',
    signal: new AbortController().signal,
    onProgress: () => {},
    now: () => new Date(),
    ...given,
  });
}

/** What must not be left: databases in the sandbox besides those it began with. */
export async function databasesOf(sandbox: Sandbox): Promise<string[]> {
  const rows = await sql(sandbox.adminUrl, 'SELECT datname FROM pg_database ORDER BY 1');
  return rows.map((row) => row['datname'] ?? '');
}

export async function filesIn(path: string): Promise<string[]> {
  return (await readdir(path)).sort();
}

/** Waits until a condition holds; the test's own time limit is the only clock. */
export async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((next) => setTimeout(next, 20));
}

/** Sessions of pgmedic in the database of `url`, but for the one that asks. */
export async function sessionsOf(url: string): Promise<string[]> {
  const rows = await sql(
    url,
    `SELECT application_name || ': ' || query AS what FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name LIKE 'pgmedic%' AND application_name <> 'pgmedic test'`,
  );
  return rows.map((row) => row['what'] ?? '');
}
