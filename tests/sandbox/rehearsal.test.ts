import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { dumpSchema } from '../../src/backup/schema-dump.js';
import type { Rehearsal } from '../../src/core/rehearsal.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { wasm } from '../backup/support.js';
import {
  defaultTable,
  dropHistory,
  readFolderAt,
  readHistoryAt,
  type RealRun,
  runMigrator,
  writeFolder,
} from '../support/drizzle-project.js';
import { createTestDatabase, startServer, type TestDatabase } from '../support/server.js';
import { type Case, rehearsalCases } from './rehearsal-cases.js';
import { rehearseProject } from './rehearse-project.js';

let base: TestDatabase;
let owner: pg.Client;
let sandbox: Sandbox;
let root: string;
let dump: string;

/** One database holds what all cases begin with, each in a schema of its own: one dump will do. */
beforeAll(async () => {
  [base, sandbox] = await Promise.all([createTestDatabase(), startServer()]);
  root = await mkdtemp(join(tmpdir(), 'pgmedic-rehearsal-'));
  owner = new pg.Client({ connectionString: base.url });
  await owner.connect();
  for (const [index, { live }] of rehearsalCases.entries()) {
    await owner.query(`CREATE SCHEMA c${index}; SET search_path = c${index}; ${live}`);
  }
  dump = await dumpSchema({ url: base.url, dumper: wasm, signal: new AbortController().signal });
}, 60_000);

afterAll(async () => {
  await owner.query(`DROP OWNED BY mig1, mig2, postgres; DROP ROLE mig1, mig2, postgres`);
  await owner.end();
  await Promise.all([base.drop(), sandbox.stop()]);
  await rm(root, { recursive: true, force: true });
});

const deep = process.env['PGMEDIC_DEEP'] !== undefined;

describe.each(rehearsalCases.filter(({ always }) => deep || always === true))('$name', (one) => {
  test('the rehearsal says what the real migrator then does', async () => {
    const { said, blind, real } = await bothFor(one);
    const happens = real.error;
    expect(outcomeOf(said), JSON.stringify(said.unknown)).toEqual(happens);
    expect(said.unknown).toEqual([]);
    expect(said.failure?.code ?? null).toBe(one.code);
    if (one.statement !== undefined) expect(said.failure?.statement).toBe(one.statement);
    if (blind === null) return;
    // Without a copied row it says the same, or that it does not know.
    const seen = outcomeOf(blind);
    if (seen !== null) expect(seen.sqlstate).toBe(happens?.sqlstate);
    else if (happens !== null) expect(blind.unknown, 'unknown').not.toEqual([]);
  });
});

function outcomeOf({ failure }: Rehearsal): RealRun['error'] {
  return failure === null ? null : { message: failure.message, sqlstate: failure.sqlstate };
}

/** Rehearses, then lets the real migrator do it in the same database: each case has its own schema. */
async function bothFor(
  one: Case,
): Promise<{ said: Rehearsal; blind: Rehearsal | null; real: RealRun }> {
  const folder = join(root, 'drizzle');
  await writeFolder(folder, filesOf(one.files));
  const url = new URL(base.url);
  url.searchParams.set('options', `-csearch_path=c${rehearsalCases.indexOf(one)}`);
  const name = url.pathname.slice(1);
  if (one.as !== undefined) {
    await owner.query(`ALTER ROLE ${one.as} LOGIN PASSWORD 'x'`);
    if (one.mayCreate) await owner.query(`GRANT CREATE ON DATABASE ${name} TO ${one.as}`);
    url.username = one.as;
    url.password = 'x';
  }
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    const project = { folder: await readFolderAt(folder), history: await readHistoryAt(client) };
    const given = { ...project, url: url.href, sandbox, dump: async () => dump };
    const [said, blind] = await Promise.all([
      rehearseProject(given),
      deep || one.blind === true ? rehearseProject({ ...given, limits: { rowLimit: 0 } }) : null,
    ]);
    return { said, blind, real: await runMigrator(client, folder) };
  } finally {
    await client.end();
    await dropHistory(owner, defaultTable);
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
