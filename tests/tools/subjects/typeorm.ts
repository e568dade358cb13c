import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { freshFolder } from '../../support/project-modules.js';
import type { Subject } from '../conformance.js';

export const at = (name: string): string => `migrations/${name}.js`;

/** As `typeorm migration:generate --outputJs` writes it. */
export function migration(name: string, up: readonly string[], down: readonly string[]): string {
  const body = (all: readonly string[]): string =>
    all.map((sql) => `        await queryRunner.query(\`${sql}\`);\n`).join('');
  return `/**
 * @typedef {import('typeorm').MigrationInterface} MigrationInterface
 * @typedef {import('typeorm').QueryRunner} QueryRunner
 */

/**
 * @class
 * @implements {MigrationInterface}
 */
module.exports = class ${name} {
    name = '${name}'

    /**
     * @param {QueryRunner} queryRunner
     */
    async up(queryRunner) {
${body(up)}    }

    /**
     * @param {QueryRunner} queryRunner
     */
    async down(queryRunner) {
${body(down)}    }
}
`;
}

/** As `typeorm migration:run` does. */
export async function run(
  dir: string,
  url: string,
  migrationsTransactionMode: 'all' | 'each' = 'all',
): Promise<string | null> {
  const folder = await freshFolder(dir, 'migrations');
  const migrations = [join(folder, '*.js')];
  const source = new DataSource({ type: 'postgres', url, migrations, migrationsTransactionMode });
  try {
    await source.initialize();
    await source.runMigrations();
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    if (source.isInitialized) await source.destroy();
  }
}

export const typeorm: Subject = {
  name: 'typeorm',
  judge: 'real',
  folder: 'migrations',
  column: 'name',
  table: 'migrations',
  run,
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => {
        const stamp = `170000000${place}000`;
        const name = `${slug.charAt(0).toUpperCase()}${slug.slice(1)}${stamp}`;
        return [at(`${stamp}-${slug}`), migration(name, up, down)];
      }),
    ),
};
