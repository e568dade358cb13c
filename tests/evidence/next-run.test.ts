import { randomBytes } from 'node:crypto';
import { drizzle as connectDrizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import fc from 'fast-check';
import pg from 'pg';
import { expect, test } from 'vitest';
import { dumpSchema } from '../../src/backup/schema-dump.js';
import type { Rehearsal } from '../../src/core/rehearsal.js';
import { removeDatabase } from '../../src/sandbox/databases.js';
import { wasm } from '../backup/support.js';
import { rehearseProject } from '../sandbox/rehearse-project.js';
import { cases } from '../support/cases.js';
import { folderOf, readHistoryAt, runMigrator } from '../support/drizzle-project.js';
import { type DataCase, fillRows, foldersWithData } from '../support/generate/with-data.js';
import { testServer } from '../support/server.js';
import { sharedSandbox } from './engine.js';
import { counted, deepLimit, onDisk, tell, withDatabase } from './support.js';

interface Failure {
  readonly sqlstate: string | null;
  readonly message: string;
  /** What the migrator sent last. */
  readonly chunk: string;
}

/** What the real migrator does on a copy of the database. */
async function reallyRun(url: string, root: string): Promise<Failure | null> {
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

async function withCopy<T>(url: string, use: (copy: string) => Promise<T>): Promise<T> {
  const { adminUrl } = testServer();
  const name = `copy_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  try {
    await admin.query(`CREATE DATABASE ${name} TEMPLATE "${new URL(url).pathname.slice(1)}"`);
    const copy = new URL(url);
    copy.pathname = `/${name}`;
    return await use(copy.href);
  } finally {
    await admin.end();
    await removeDatabase(adminUrl, name);
  }
}

const told = { runs: 0, fail: 0, unknown: 0, states: new Map<string, number>() };

function compare(said: Rehearsal, real: Failure | null): void {
  told.runs += 1;
  const state = real?.sqlstate ?? 'through';
  told.states.set(state, (told.states.get(state) ?? 0) + 1);
  if (said.failure === null && said.unknown.length > 0 && real !== null) {
    told.unknown += 1;
    return;
  }
  const { failure } = said;
  expect(
    failure && { sqlstate: failure.sqlstate, message: failure.message },
    JSON.stringify([said.unknown, real, failure?.statement]),
  ).toEqual(real && { sqlstate: real.sqlstate, message: real.message });
  if (failure === null || real === null) return;
  told.fail += 1;
  expect(real.chunk.includes(failure.statement), `${real.chunk} has ${failure.statement}`).toBe(
    true,
  );
}

async function check(one: DataCase): Promise<void> {
  await withDatabase(async (client, url) => {
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
      const real = await onDisk(made, (root) => withCopy(url, (copy) => reallyRun(copy, root)));
      compare(said, real);
    }
  });
}

test(
  'the rehearsal says what the real migrator then does: the statement that fails, and its SQLSTATE',
  async () => {
    await fc.assert(fc.asyncProperty(foldersWithData(6), check), cases(2, 85));
    const { runs, fail, unknown, states } = told;
    tell(`next run: ${runs} runs, ${fail} fail alike, ${unknown} not known; ${counted(states)}`);
    expect(unknown / runs).toBeLessThan(0.1);
  },
  deepLimit,
);
