import { randomBytes } from 'node:crypto';
import { drizzle as connectDrizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { expect } from 'vitest';
import { dumpSchema } from '../../src/backup/schema-dump.js';
import type { RunFailure } from '../../src/core/tool.js';
import { removeDatabase } from '../../src/sandbox/databases.js';
import { wasm } from '../backup/support.js';
import { rehearseProject } from '../sandbox/rehearse-project.js';
import { folderOf, readHistoryAt, runMigrator } from '../support/drizzle-project.js';
import type { GeneratedFolder } from '../support/generate/folder.js';
import { fillRows } from '../support/generate/with-data.js';
import { sharedSandbox } from './engine.js';
import type { LiveServer } from './live-server.js';
import { counted, onDisk, tell, withDatabase } from './support.js';

export interface RealFailure {
  readonly sqlstate: string | null;
  readonly message: string;
  /** What the migrator sent last. */
  readonly chunk: string;
}

/** What the real migrator does with the folder, in a copy of the database. */
export async function reallyRun(
  { adminUrl }: LiveServer,
  url: string,
  root: string,
): Promise<RealFailure | null> {
  const name = `copy_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE "${new URL(url).pathname.slice(1)}"`);
    const copy = new URL(url);
    copy.pathname = `/${name}`;
    return await migrated(copy.href, root);
  } finally {
    await admin.end();
    await removeDatabase(adminUrl, name);
  }
}

async function migrated(url: string, root: string): Promise<RealFailure | null> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await migrate(connectDrizzle(client), { migrationsFolder: root });
    return null;
  } catch (thrown) {
    const { query = '', cause } = thrown as { query?: string; cause?: unknown };
    const { code = null, message } = (cause ?? thrown) as Error & { code?: string };
    return { sqlstate: code, message, chunk: query };
  } finally {
    await client.end();
  }
}

export interface RunCount {
  runs: number;
  fail: number;
  unknown: number;
  readonly states: Map<string, number>;
}

export function newRunCount(): RunCount {
  return { runs: 0, fail: 0, unknown: 0, states: new Map() };
}

export function tellRuns(server: string, { runs, fail, unknown, states }: RunCount): void {
  tell(
    `next run, ${server}: ${runs} runs, ${fail} fail alike, ${unknown} not known; ${counted(states)}`,
  );
}

/**
 * The message as far as it is the server's only choice: a row that two unique keys refuse is refused by the
 * older one, a column that a view and a policy use is refused for the first dependency that is found,
 * and the copy's were made in another order.
 */
function telling({ sqlstate, message }: Pick<RunFailure, 'sqlstate' | 'message'>): string {
  const plain = message
    .replace(/(?<=^duplicate key value .*) "(?:[^"]|"")*"$/, '')
    .replace(/^(cannot alter type of a column used) .*/, '$1');
  return `${sqlstate}: ${plain}`;
}

/** The same failing statement, SQLSTATE and message; or, said beforehand, not known. */
export function expectAlike(
  said: { readonly failure: RunFailure | null; readonly unknown: readonly string[] },
  real: RealFailure | null,
  count: RunCount,
): void {
  count.runs += 1;
  const state = real?.sqlstate ?? 'through';
  count.states.set(state, (count.states.get(state) ?? 0) + 1);
  const { failure, unknown } = said;
  if (failure === null && unknown.length > 0 && real !== null) {
    count.unknown += 1;
    return;
  }
  expect(
    failure && telling(failure),
    JSON.stringify([unknown, real, failure?.statement, failure?.message]),
  ).toEqual(real && telling(real));
  if (failure === null || real === null) return;
  count.fail += 1;
  expect(real.chunk, 'what the migrator sent last').toContain(failure.statement ?? 'a statement');
}

/** What of a generated case is looked at. */
interface RunCase {
  readonly applied: Pick<GeneratedFolder, 'files'>;
  readonly fill: readonly string[];
  readonly next: readonly Pick<GeneratedFolder, 'files'>[];
}

/** Rehearses each version of what the project would run next, and runs it. */
export async function rehearseAndRun(
  server: LiveServer,
  one: RunCase,
  count: RunCount,
): Promise<void> {
  await withDatabase(server, async (client, url) => {
    await onDisk(one.applied, async (root) => {
      expect((await runMigrator(client, root)).error).toBeNull();
    });
    await fillRows(client, one);
    const history = await readHistoryAt(client);
    // A database with sessions in it cannot be copied.
    await client.end();
    const { signal } = new AbortController();
    const dump = dumpSchema({ url, dumper: wasm, signal });
    const sandbox = sharedSandbox();
    for (const made of one.next) {
      const folder = folderOf(made.files);
      const said = await rehearseProject({ url, folder, history, sandbox, dump: () => dump });
      const real = await onDisk(made, (root) => reallyRun(server, url, root));
      expectAlike(said, real, count);
    }
  });
}
