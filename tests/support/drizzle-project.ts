import { createHash } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { drizzle as connectDrizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type pg from 'pg';
import type { Facts, Folder, History, TableRef } from '../../src/core/facts.js';
import { readFolderContents, readNamed } from '../../src/files/read-folder.js';
import { quoteIdent, quoteTable } from '../../src/core/tool.js';
import type { FolderContents, Query, Tool } from '../../src/tools/contract.js';
import { drizzle } from '../../src/tools/drizzle/index.js';

/** A row to put into the history table; the id is given by the sequence unless it is named. */
export interface SeedRow {
  readonly hash: string;
  readonly stamp: string | null;
  readonly id?: number;
}

export const defaultTable: TableRef = drizzle.defaultHistoryTable;

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** Two rows with hashes of the right shape. */
export const historySeeds: readonly SeedRow[] = [
  { hash: sha256('one'), stamp: '1700000000000' },
  { hash: sha256('two'), stamp: '1700000000001' },
];

/** The bytes of a folder as the program's own reader would hand them over. */
export function contentsOf(
  path: string,
  files: Readonly<Record<string, string>>,
  unreadable: FolderContents['unreadable'] = [],
): FolderContents {
  const sorted = Object.entries(files).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    path,
    root: path,
    files: new Map(sorted.map(([name, text]) => [name, Buffer.from(text, 'utf8')])),
    unreadable,
  };
}

export function folderOf(
  files: Readonly<Record<string, string>>,
  unreadable: FolderContents['unreadable'] = [],
): Folder {
  return drizzle.readFolder(contentsOf('drizzle', files, unreadable), []);
}

/** Replaces what is in the folder. */
export async function writeFolder(
  root: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  await rm(root, { recursive: true, force: true });
  await mkdir(root, { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), text);
  }
}

/** Reads a folder from the disk, under its absolute path: the path the migrator is given, too. */
export async function readFolderAt(root: string): Promise<Folder> {
  const contents = await readFolderContents(root, root, (path) => drizzle.wants(path));
  return drizzle.readFolder(await readNamed(contents, drizzle.names(contents)), []);
}

/** Reads the history as the program does: text values, in a transaction that cannot write. */
export async function readHistoryAt(
  client: pg.Client,
  expected: TableRef = defaultTable,
  configured = false,
  tool: Pick<Tool, 'readHistory'> = drizzle,
): Promise<History> {
  const types = { getTypeParser: () => (value: string) => value };
  const query: Query = async (text, values = []) =>
    (await client.query({ text, values: [...values], types })).rows as never;
  await client.query('BEGIN TRANSACTION READ ONLY ISOLATION LEVEL REPEATABLE READ');
  try {
    return await tool.readHistory(query, expected, configured);
  } finally {
    await client.query('ROLLBACK');
  }
}

/** Makes the history table as the migrator does, with these rows in this order. */
export async function seedHistory(
  client: pg.Client,
  rows: readonly SeedRow[],
  table: TableRef = defaultTable,
): Promise<void> {
  for (const sql of drizzle.historySql.create(table)) await client.query(sql);
  for (const { id, hash, stamp } of rows) {
    await client.query(
      `INSERT INTO ${quoteTable(table)} (id, hash, created_at)
       VALUES (coalesce($1::int, nextval(pg_get_serial_sequence('${quoteTable(table)}', 'id'))), $2, $3)`,
      [id ?? null, hash, stamp],
    );
  }
}

export async function dropHistory(client: pg.Client, table: TableRef): Promise<void> {
  await client.query(`DROP TABLE IF EXISTS ${quoteTable(table)}`).catch(() => {});
  if (table.schema !== 'public') {
    await client.query(`DROP SCHEMA IF EXISTS ${quoteIdent(table.schema)} CASCADE`);
  }
}

export interface RealRun {
  /** The rows it wrote, in order. */
  readonly wrote: readonly { readonly hash: string; readonly stamp: string | null }[];
  /** The message of the innermost error, and its SQLSTATE; null when it reported success. */
  readonly error: { readonly message: string; readonly sqlstate: string | null } | null;
  readonly tableThere: boolean;
}

/** drizzle-orm's own migrator, and what it did to the history table. */
export async function runMigrator(
  client: pg.Client,
  migrationsFolder: string,
  table: TableRef = defaultTable,
): Promise<RealRun> {
  const before = new Set((await rowsOf(client, table))?.map(({ id }) => id));
  let error: RealRun['error'] = null;
  try {
    await migrate(connectDrizzle(client), {
      migrationsFolder,
      migrationsSchema: table.schema,
      migrationsTable: table.table,
    });
  } catch (thrown) {
    const inner = (thrown as Error).cause ?? thrown;
    const { message, code } = inner as Error & { code?: string };
    error = { message, sqlstate: code ?? null };
  }
  const after = await rowsOf(client, table);
  return {
    wrote: (after ?? [])
      .filter(({ id }) => !before.has(id))
      .map(({ hash, stamp }) => ({ hash, stamp })),
    error,
    tableThere: after !== null,
  };
}

async function rowsOf(
  client: pg.Client,
  table: TableRef,
): Promise<{ id: string; hash: string; stamp: string | null }[] | null> {
  const there = await client.query(`SELECT to_regclass($1) IS NOT NULL AS there`, [
    quoteTable(table),
  ]);
  if (!(there.rows[0] as { there: boolean }).there) return null;
  const { rows } = await client.query(
    `SELECT id::text, hash, created_at::text AS stamp FROM ${quoteTable(table)} ORDER BY pg_catalog.int8(id)`,
  );
  return rows as { id: string; hash: string; stamp: string | null }[];
}

/** Facts of a healthy server around a folder and a history. */
export function factsOf(folder: Folder, history: History | null, more: Partial<Facts> = {}): Facts {
  return {
    readAt: '2026-11-21T09:30:00.000Z',
    settings: [],
    tool: 'drizzle',
    folder,
    target: {
      host: 'localhost',
      port: 5432,
      database: 'shop',
      user: 'app',
      serverVersion: '18.4',
      serverVersionNum: 180_004,
      role: 'primary',
      pooler: false,
      identity: '1/5',
      environment: null,
    },
    history,
    schema: { state: 'not read' },
    surroundings: {
      missingPrivileges: [],
      blockers: [],
      dumper: { use: 'wasm', path: null, version: '18.3', rejected: [], named: false },
      directUrl: null,
      databaseSize: 8_000_000,
    },
    ...more,
  };
}
