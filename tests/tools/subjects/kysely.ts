import { promises as fs } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { FileMigrationProvider, Kysely, Migrator, PostgresDialect } from 'kysely';
import pg from 'pg';
import { freshFolder, freshUrl } from '../../support/project-modules.js';
import type { Subject } from '../conformance.js';

export const at = (name: string): string => `migrations/${name}.mjs`;

/** As its documentation has it, with SQL of one's own. */
export function migration(up: readonly string[], down: readonly string[]): string {
  const body = (all: readonly string[]): string =>
    all.map((sql) => `  await sql\`${sql}\`.execute(db)\n`).join('');
  return `import { sql } from 'kysely'

/** @param {import('kysely').Kysely<any>} db */
export async function up(db) {
${body(up)}}

/** @param {import('kysely').Kysely<any>} db */
export async function down(db) {
${body(down)}}
`;
}

async function run(dir: string, connectionString: string): Promise<string | null> {
  const pool = new pg.Pool({ connectionString });
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const path = { join: (...parts: string[]) => freshUrl(pathToFileURL(join(...parts)).href) };
  const migrationFolder = await freshFolder(dir, 'migrations');
  const provider = new FileMigrationProvider({ fs, path, migrationFolder });
  try {
    const { error } = await new Migrator({ db, provider }).migrateToLatest();
    return error === undefined ? null : (error as Error).message;
  } finally {
    await db.destroy();
  }
}

export const kysely: Subject = {
  name: 'kysely',
  judge: 'real',
  folder: 'migrations',
  column: 'name',
  table: 'kysely_migration',
  run,
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => [
        at(`2025-01-0${place}_${slug}`),
        migration(up, down),
      ]),
    ),
};
