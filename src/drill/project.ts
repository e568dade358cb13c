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
  /**
   * What became of each listed migration in this database. A number: the migrator ran the first
   * so many, and the SQL of the others was pushed past it.
   */
  readonly happened: number | Happening;
  /** What became of a snapshot after it was generated. */
  spoil(snapshot: SnapshotFile, source: Source): object;
  /** INSERTs: the rows of a working app. */
  readonly data: readonly string[];
}

/** `migrate`: with the journal up to this migration; without an entry that came in from a branch later. */
export type Happening = (
  source: Source,
  client: pg.Client,
  migrate: (without?: string) => Promise<void>,
) => Promise<void>;

export function listedSources(project: Project): Source[] {
  return project.sources.filter((source) => source.when !== null);
}

/**
 * Writes the project and takes the database through its life, one listed migration after the
 * other.
 *
 * @throws what the migrator throws where a migration should have gone through
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
    if (typeof project.happened === 'number') {
      const keep = snapshots(ground, project);
      await liveThrough(client, ground, project, () => keep(client));
    } else {
      await liveThrough(client, ground, project, async () => {});
      await generate(ground, project);
    }
    for (const sql of project.data) await client.query(sql);
    // Estimates of row counts are there, as in any database that has been in use for a day.
    await client.query('ANALYZE');
  });
}

async function liveThrough(
  client: pg.Client,
  ground: Ground,
  project: Project,
  afterEach: () => Promise<void>,
): Promise<void> {
  const { happened, migrations, table } = project;
  const listed = listedSources(project);
  for (const [index, source] of listed.entries()) {
    const upTo = listed.slice(0, index + 1);
    const writeJournal = (sources: readonly Source[]): Promise<void> =>
      put(ground, `${migrations}/meta/_journal.json`, journalText(sources));
    const migrate = async (without?: string): Promise<void> => {
      await writeJournal(upTo.filter(({ tag }) => tag !== without));
      await runMigrator(client, join(ground.dir, migrations), table);
    };
    await writeJournal(upTo);
    if (typeof happened !== 'number') await happened(source, client, migrate);
    else if (index < happened) await migrate();
    else await client.query(source.sql);
    await afterEach();
  }
}

/** Snapshots from a database beside the drill's, where the drill's own went another way. */
async function generate(ground: Ground, project: Project): Promise<void> {
  const keep = snapshots(ground, project);
  const url = await ground.sandbox.createDatabase();
  try {
    await withConnection(url, { purpose: 'drill' }, async ({ client }) => {
      for (const { sql, runs } of listedSources(project)) {
        await client.query(runs ?? sql);
        await keep(client);
      }
    });
  } finally {
    await ground.sandbox.dropDatabase(url);
  }
}

/** Keeps a snapshot of each state, as drizzle-kit does when it generates a migration. */
function snapshots(ground: Ground, project: Project): (client: pg.Client) => Promise<void> {
  const left = listedSources(project);
  let prevId = noSnapshot;
  return async (client) => {
    const source = left.shift();
    if (source === undefined) return;
    const catalog = withoutTable(await readCatalog(client), project.table);
    const snapshot = snapshotOf(catalog, source.tag, prevId);
    const path = `${project.migrations}/meta/${source.tag.slice(0, 4)}_snapshot.json`;
    await put(ground, path, JSON.stringify(project.spoil(snapshot, source), null, 2));
    prevId = snapshot.id;
  };
}

/** The history table is the migrator's own, no part of the app's schema. */
export function withoutTable(catalog: Catalog, { schema, table }: TableRef): Catalog {
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
