import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type pg from 'pg';
import type { TableRef } from '../core/facts.js';
import { withConnection } from '../postgres/connect.js';
import { readCatalog, type Catalog } from './catalog.js';
import type { Ground, Source } from './ground.js';
import { journalText } from './journal.js';
import { runMigrator } from './migrator.js';
import { noSnapshot, snapshotOf, type SnapshotFile } from './snapshot.js';

/** What a drill's project is made of, and what happened to its database. */
export interface Project {
  /** The migrations folder, relative to the project. */
  readonly migrations: string;
  readonly table: TableRef;
  /** In the order of their names; those with a stamp are listed in the journal. */
  readonly sources: readonly Source[];
  /** Other files by their path in the project; `.env` comes from `urlNames`. */
  readonly files: Readonly<Record<string, string>>;
  /** Names in `.env` that hold the database URL. */
  readonly urlNames: readonly string[];
  /** How many listed migrations the migrator ran; the SQL of the others was pushed past it. */
  readonly migrated: number;
  /** What became of a snapshot after it was generated. */
  spoil(snapshot: SnapshotFile, source: Source): object;
  /** INSERTs: the rows of a working app. */
  readonly data: readonly string[];
}

export function listedSources(project: Project): Source[] {
  return project.sources.filter((source) => source.when !== null);
}

/**
 * Writes the project and takes the database through its life, one listed migration after the
 * other. A snapshot is kept of each state, as drizzle-kit does when it generates a migration.
 */
export async function makeProject(ground: Ground, project: Project): Promise<void> {
  const env = project.urlNames.map((name) => `${name}="${ground.url}"\n`).join('');
  for (const [path, text] of Object.entries({ ...project.files, '.env': env })) {
    await put(ground, path, text);
  }
  for (const source of project.sources) {
    await put(ground, `${project.migrations}/${source.tag}.sql`, source.sql);
  }
  await withConnection(ground.url, { purpose: 'drill' }, async ({ client }) => {
    await liveThrough(client, ground, project);
    for (const sql of project.data) await client.query(sql);
    // Estimates of row counts are there, as in any database that has been in use for a day.
    await client.query('ANALYZE');
  });
}

async function liveThrough(client: pg.Client, ground: Ground, project: Project): Promise<void> {
  const listed = listedSources(project);
  let prevId = noSnapshot;
  for (const [index, source] of listed.entries()) {
    await put(
      ground,
      `${project.migrations}/meta/_journal.json`,
      journalText(listed.slice(0, index + 1)),
    );
    if (index < project.migrated) {
      await runMigrator(client, join(ground.dir, project.migrations), project.table);
    } else {
      await client.query(source.sql);
    }
    const catalog = withoutTable(await readCatalog(client), project.table);
    const snapshot = snapshotOf(catalog, source.tag, prevId);
    const path = `${project.migrations}/meta/${source.tag.slice(0, 4)}_snapshot.json`;
    await put(ground, path, JSON.stringify(project.spoil(snapshot, source), null, 2));
    prevId = snapshot.id;
  }
}

/** The history table is the migrator's own, no part of the app's schema. */
function withoutTable(catalog: Catalog, { schema, table }: TableRef): Catalog {
  const keep = (row: { schema: string; table: string }): boolean =>
    row.schema !== schema || row.table !== table;
  return {
    ...catalog,
    columns: catalog.columns.filter(keep),
    constraints: catalog.constraints.filter(keep),
    indexes: catalog.indexes.filter(keep),
  };
}

async function put(ground: Ground, path: string, text: string): Promise<void> {
  const file = join(ground.dir, path);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // .env holds a password.
  await writeFile(file, text, { mode: 0o600 });
}
