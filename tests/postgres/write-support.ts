import type pg from 'pg';
import { createHash } from 'node:crypto';
import type { Check, PlanTarget, Statement, Write } from '../../src/core/plan.js';
import { connect, urlParts } from '../../src/postgres/connect.js';
import { readIdentity } from '../../src/postgres/identity.js';
import { loadParser } from '../../src/postgres/parse.js';
import {
  executeWrite,
  type WriteHooks,
  type WriteOptions,
  type WriteResult,
} from '../../src/postgres/writer.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';

export interface Ground {
  readonly url: string;
  /** A session beside the writer. */
  readonly other: pg.Client;
  count(sql?: string): Promise<string>;
  /** As at the start. */
  reset(): Promise<void>;
  drop(): Promise<void>;
}

/** After `reset`: a history table of one row, and one table of the application. */
export async function prepareGround(
  making: Promise<TestDatabase> = createTestDatabase(),
): Promise<Ground> {
  const database = await making;
  let client: pg.Client | null = null;
  /** Connects again when the server was started again. */
  const connected = async (): Promise<pg.Client> => {
    if (client !== null) return client;
    const made = (await connect(database.url, { purpose: 'test' })).client;
    made.once('end', () => (client = client === made ? null : client));
    client = made;
    return made;
  };
  await connected();
  const name = new URL(database.url).pathname.slice(1);
  return {
    url: database.url,
    get other() {
      if (client === null) throw new Error('the server has ended this session');
      return client;
    },
    count: async (sql = 'SELECT count(*) FROM drizzle.history') =>
      String((await (await connected()).query({ text: sql, rowMode: 'array' })).rows[0]?.[0]),
    reset: async () => {
      const other = await connected();
      await other.query('ROLLBACK; RESET ALL');
      await other.query(`ALTER DATABASE "${name}" RESET ALL`);
      await other.query(`DROP SCHEMA IF EXISTS drizzle, public CASCADE;
        CREATE SCHEMA public; CREATE SCHEMA drizzle;
        CREATE TABLE drizzle.history (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint);
        INSERT INTO drizzle.history (hash, created_at) VALUES ('one', 1);
        CREATE TABLE app (id int PRIMARY KEY, name text)`);
    },
    drop: async () => {
      await client?.end();
      await database.drop();
    },
  };
}

export async function targetOf(url: string): Promise<PlanTarget> {
  const { host, port, database, user } = urlParts(url);
  const { client } = await connect(url, { purpose: 'test' });
  const identity = await readIdentity(async (sql) => (await client.query(sql)).rows);
  await client.end();
  return { host, port, database, user, identity };
}

export const insertTwo: Statement = {
  sql: `INSERT INTO "drizzle"."history" (hash, created_at) VALUES ('two', 2) RETURNING id`,
  source: null,
};

export function rowsOf(hash: string, count: number): Check {
  return {
    type: 'sql',
    title: `history has ${count} rows of ${hash}`,
    sql: `SELECT count(*) FROM "drizzle"."history" WHERE hash = '${hash}'`,
    expect: [[String(count)]],
  };
}

export type TransactionWrite = Extract<Write, { type: 'transaction' }>;

export function transaction(write: Partial<TransactionWrite> = {}): TransactionWrite {
  return {
    type: 'transaction',
    lock: '"drizzle"."history"',
    before: [rowsOf('two', 0)],
    statements: [insertTwo],
    after: [rowsOf('two', 1)],
    undo: { type: 'none', why: 'a test' },
    ...write,
  };
}

export function fromFile(text: string, sql: string, path = '0001_x.sql'): Statement {
  return { sql, source: { path, offset: text.indexOf(sql) } };
}

export interface Noted {
  readonly commits: Parameters<WriteHooks['beforeCommit']>[0][];
  readonly statements: Parameters<WriteHooks['beforeStatement']>[0][];
}

/** Runs a write as the runtime would, with quick timeouts; `files` by path. */
export async function write(
  url: string,
  what: WriteOptions['write'],
  more: Partial<Omit<WriteOptions, 'files' | 'write'>> & {
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): Promise<WriteResult & Noted> {
  const noted: Noted = { commits: [], statements: [] };
  const { files = {}, ...rest } = more;
  const result = await executeWrite({
    url,
    target: await targetOf(url),
    write: what,
    parser: await loadParser(),
    timeouts: { lock: 5000, statement: 20_000 },
    random: () => 0,
    patience: { tries: 3, pause: 50 },
    files: {
      sha: async (path) =>
        files[path] === undefined ? null : createHash('sha256').update(files[path]).digest('hex'),
      text: async (path) => files[path] ?? null,
    },
    hooks: {
      beforeCommit: async (sent) => void noted.commits.push(sent),
      beforeStatement: async (sent) => void noted.statements.push(sent),
    },
    ...rest,
  });
  return { ...result, ...noted };
}

/** Waits until a query of the other session gives a row. */
export async function until(client: pg.Client, sql: string): Promise<void> {
  for (;;) {
    const { rows } = await client.query(sql);
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
