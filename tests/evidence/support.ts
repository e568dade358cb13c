import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import type { CatalogObject } from '../../src/core/catalog.js';
import { readCatalog } from '../../src/postgres/catalog/read-catalog.js';
import { makeDatabase, removeDatabase } from '../../src/sandbox/databases.js';
import type { Query } from '../../src/tools/contract.js';
import { defaultTable } from '../support/drizzle-project.js';
import { ensureRoles, type GeneratedFolder, writeGenerated } from '../support/generate/folder.js';
import type { LiveServer } from './live-server.js';

/** A database of its own for one generated case, gone afterwards. */
export async function withDatabase<T>(
  server: LiveServer,
  use: (client: pg.Client, url: string) => Promise<T>,
): Promise<T> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  const url = await makeDatabase(server.adminUrl, name);
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    await client.query('SET client_min_messages = error');
    await ensureRoles(client);
    return await use(client, url);
  } finally {
    await client.end();
    await removeDatabase(server.adminUrl, name);
  }
}

/** The generated folder on the disk, for the real migrator. */
export async function onDisk<T>(
  made: Pick<GeneratedFolder, 'files'>,
  use: (root: string) => Promise<T>,
): Promise<T> {
  const root = await mkdtemp(join(tmpdir(), 'pgmedic-generated-'));
  try {
    await writeGenerated(root, made);
    return await use(root);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

/** Queries as the program sends them: values as text. */
export function queryOf(client: pg.Client): Query {
  const types = { getTypeParser: () => (value: string) => value };
  return async (text, values = []) => {
    // Planning the large one takes far longer than running it: its plan is kept.
    const name = text.length > 5000 ? { name: 'catalog' } : {};
    return (await client.query({ text, values: [...values], types, ...name })).rows as never;
  };
}

/** The catalog as the program reads it: names printed in full. */
export async function catalogOf(client: pg.Client): Promise<readonly CatalogObject[]> {
  const query = queryOf(client);
  const [setting] = await query(
    `SELECT current_setting('search_path') AS path, current_setting('server_version_num') AS version`,
  );
  await client.query('SET search_path = pg_catalog, pg_temp');
  try {
    return await readCatalog(query, Number(setting?.['version']), [defaultTable]);
  } finally {
    await client.query(`SELECT set_config('search_path', $1, false)`, [setting?.['path']]);
  }
}

/** The catalog before the first statement, and after each, when all are run in autocommit. */
export interface Film {
  readonly frames: readonly (readonly CatalogObject[])[];
  /** By frame, from 1: the statement that made it. */
  readonly places: readonly { readonly migration: number; readonly statement: number }[];
}

export async function film(client: pg.Client, made: GeneratedFolder): Promise<Film> {
  const frames = [await catalogOf(client)];
  const places: Film['places'][number][] = [];
  for (const [migration, { statements }] of made.migrations.entries()) {
    for (const [index, sql] of statements.entries()) {
      await client.query(sql);
      frames.push(await catalogOf(client));
      places.push({ migration, statement: index + 1 });
    }
  }
  return { frames, places };
}

/** Definitions by key. */
function byKey(catalog: readonly CatalogObject[]): Map<string, string> {
  return new Map(catalog.map(({ key, parts }) => [key, JSON.stringify(parts)]));
}

/** What is another after than before: the oracle, which knows no migration. */
export function difference(
  before: readonly CatalogObject[],
  after: readonly CatalogObject[],
): Map<string, 'missing' | 'extra' | 'changed'> {
  const [was, is] = [byKey(before), byKey(after)];
  const result = new Map<string, 'missing' | 'extra' | 'changed'>();
  for (const [key, parts] of was) {
    if (!is.has(key)) result.set(key, 'missing');
    else if (is.get(key) !== parts) result.set(key, 'changed');
  }
  for (const key of is.keys()) if (!was.has(key)) result.set(key, 'extra');
  return result;
}

/** Without what came or went along with the object it stands in. */
export function roots(
  found: ReadonlyMap<string, string>,
  ...catalogs: readonly (readonly CatalogObject[])[]
): Map<string, string> {
  const objects = catalogs.flat();
  const schemas = new Set(objects.flatMap(({ key, kind }) => (kind === 'schema' ? [key] : [])));
  const within = (schema: string | null): string | null =>
    [`schema ${schema}`, `schema "${schema?.replaceAll('"', '""')}"`].find((key) =>
      schemas.has(key),
    ) ?? null;
  const parents = new Map(
    objects.map(({ key, parent, kind, schema }) => [
      key,
      parent ?? (kind === 'schema' ? null : within(schema)),
    ]),
  );
  const result = new Map(found);
  for (const [key, type] of found) {
    if (type === 'changed') continue;
    for (let at = parents.get(key); at; at = parents.get(at)) {
      if (found.get(at) === type) result.delete(key);
    }
  }
  return result;
}

/** A deep run takes as long as it takes, ms. */
export const deepLimit = 3_600_000;

/** Shares and counts, printed by a deep run only. */
export function tell(line: string): void {
  if (process.env['PGMEDIC_DEEP']) process.stdout.write(`${line}\n`);
}

/** "23505 7, through 5", the most frequent first. */
export function counted(counts: ReadonlyMap<string, number>): string {
  const sorted = [...counts].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([what, count]) => `${what} ${count}`).join(', ');
}
