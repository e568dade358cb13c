import { join } from 'node:path';
import { expect } from 'vitest';
import type { TableRef } from '../../src/core/facts.js';
import { runMigrator } from '../../src/drill/migrator.js';
import { withConnection } from '../../src/postgres/connect.js';
import { entriesOf, one } from '../drill/support.js';

/** A drill's project: where it is, and where its tool keeps what. */
export interface Project {
  readonly databaseUrl: string;
  readonly dir: string;
  /** The migrations folder, relative to `dir`. */
  readonly migrations: string;
  readonly table: TableRef;
}

type Place = Pick<Project, 'databaseUrl' | 'dir'>;

export function journalGap({ databaseUrl, dir }: Place): Project {
  const table = { schema: 'drizzle', table: '__drizzle_migrations' };
  return { databaseUrl, dir, migrations: 'lib/db/migrations', table };
}

export function pushThenMigrate({ databaseUrl, dir }: Place): Project {
  const table = { schema: 'public', table: 'drizzle_migrations' };
  return { databaseUrl, dir, migrations: 'drizzle/migrations', table };
}

/** What was written so far: history rows, tables of the newest migrations, entries of the journal. */
export async function written(project: Project): Promise<{ rows: number; entries: number }> {
  return { rows: await historyRows(project), entries: (await entriesOf(folderOf(project))).length };
}

/** drizzle-orm's own migrate() has nothing to run and records nothing; each entry has its row. */
export async function expectMigratorAgrees(project: Project, migrations: number): Promise<void> {
  const before = await written(project);
  expect(before).toEqual({ rows: migrations, entries: migrations });
  const tables = 'SELECT count(*) FROM pg_class';
  await withConnection(project.databaseUrl, { purpose: 'test' }, async ({ client }) => {
    const objects = await one(client, tables);
    await runMigrator(client, folderOf(project), project.table);
    expect(await one(client, tables)).toBe(objects);
  });
  expect(await written(project)).toEqual(before);
}

function folderOf({ dir, migrations }: Project): string {
  return join(dir, migrations);
}

async function historyRows({ databaseUrl, table }: Project): Promise<number> {
  return withConnection(databaseUrl, { purpose: 'test' }, async ({ client }) =>
    Number(await one(client, `SELECT count(*) FROM "${table.schema}"."${table.table}"`)),
  );
}
