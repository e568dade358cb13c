import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Rehearsal } from '../../src/core/rehearsal.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import {
  readFolderAt,
  readHistoryAt,
  runMigrator,
  writeFolder,
} from '../support/drizzle-project.js';
import {
  createTestDatabase,
  startServer,
  type TestDatabase,
  testServer,
} from '../support/server.js';
import { wasm } from '../backup/support.js';
import { dumpSchema } from '../../src/backup/schema-dump.js';
import { randomBytes } from 'node:crypto';
import { type Case, rehearsalCases } from './rehearsal-cases.js';
import { rehearseProject } from './rehearse-project.js';

let base: TestDatabase;
let sandbox: Sandbox;
let root: string;
let dump: string;

/** One database holds what all cases begin with, each in a schema of its own: one dump will do. */
beforeAll(async () => {
  [base, sandbox] = await Promise.all([createTestDatabase(), startServer()]);
  root = await mkdtemp(join(tmpdir(), 'pgmedic-rehearsal-'));
  const client = new pg.Client({ connectionString: base.url });
  await client.connect();
  for (const [index, { live }] of rehearsalCases.entries()) {
    await client.query(`CREATE SCHEMA c${index}; SET search_path = c${index}; ${live}`);
  }
  await client.end();
  dump = await dumpSchema({ url: base.url, dumper: wasm, signal: new AbortController().signal });
}, 60_000);

afterAll(async () => {
  const client = new pg.Client({ connectionString: base.url });
  await client.connect();
  await client.query(`DROP OWNED BY mig1, mig2; DROP ROLE mig1, mig2`);
  await client.end();
  await Promise.all([base.drop(), sandbox.stop()]);
  await rm(root, { recursive: true, force: true });
});

describe.each(rehearsalCases)('$name', (one) => {
  test('the rehearsal says what the real migrator then does', async () => {
    const { said, real } = await bothFor(one);
    expect(
      said.failure === null
        ? null
        : { sqlstate: said.failure.sqlstate, message: said.failure.message },
      JSON.stringify(said.unknown),
    ).toEqual(
      real.error === null ? null : { sqlstate: real.error.sqlstate, message: real.error.message },
    );
    expect(said.failure?.code ?? null).toBe(one.code);
    if (one.statement !== undefined) expect(said.failure?.statement).toBe(one.statement);
    if (one.code === null) expect(said.failure).toBeNull();
  });
});

/** On a copy of the database, which the real migrator may change. */
async function bothFor(
  one: Case,
): Promise<{ said: Rehearsal; real: Awaited<ReturnType<typeof runMigrator>> }> {
  const { adminUrl } = testServer();
  const name = `rehearsal_${randomBytes(6).toString('hex')}`;
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  const from = new URL(base.url).pathname.slice(1);
  await admin.query(`CREATE DATABASE ${name} TEMPLATE ${from}`);
  const folder = join(root, 'drizzle');
  try {
    await writeFolder(folder, filesOf(one.files));
    const url = new URL(adminUrl);
    url.pathname = `/${name}`;
    url.searchParams.set('options', `-csearch_path=c${rehearsalCases.indexOf(one)}`);
    if (one.as !== undefined) {
      await admin.query(`ALTER ROLE ${one.as} LOGIN PASSWORD 'x'`);
      if (one.mayCreate) await admin.query(`GRANT CREATE ON DATABASE ${name} TO ${one.as}`);
      url.username = one.as;
      url.password = 'x';
    }
    const client = new pg.Client({ connectionString: url.href });
    await client.connect();
    try {
      const project = { folder: await readFolderAt(folder), history: await readHistoryAt(client) };
      const said = await rehearseProject({
        ...project,
        url: url.href,
        sandbox,
        dump: async () => dump,
        limits: one.limits ?? {},
      });
      return { said, real: await runMigrator(client, folder) };
    } finally {
      await client.end();
    }
  } finally {
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  }
}

function filesOf(files: readonly string[]): Record<string, string> {
  const entries = files.map((_, index) => ({
    idx: index,
    version: '7',
    when: 1_700_000_000_000 + index,
    tag: `000${index}_m`,
    breakpoints: true,
  }));
  return {
    'meta/_journal.json': JSON.stringify({ version: '7', dialect: 'postgresql', entries }),
    ...Object.fromEntries(files.map((text, index) => [`000${index}_m.sql`, text])),
  };
}
