import { Migrator } from '@mikro-orm/migrations';
import { MikroORM } from '@mikro-orm/postgresql';
import { freshFolder, freshUrl } from '../../support/project-modules.js';
import type { Subject } from '../conformance.js';

export const at = (name: string): string => `migrations/${name}.js`;

/** As `mikro-orm migration:create` writes it with `emit: 'js'`. */
export function migration(name: string, up: readonly string[], down: readonly string[]): string {
  const body = (all: readonly string[]): string =>
    all.map((sql) => `    this.addSql(\`${sql}\`);\n`).join('');
  return `'use strict';
Object.defineProperty(exports, '__esModule', { value: true });
const { Migration } = require('@mikro-orm/migrations');

class ${name} extends Migration {

  async up() {
${body(up)}  }

  async down() {
${body(down)}  }

}
exports.${name} = ${name};
`;
}

/** As `mikro-orm migration:up` does. */
async function run(dir: string, clientUrl: string): Promise<string | null> {
  const orm = await MikroORM.init({
    clientUrl,
    extensions: [Migrator],
    discovery: { warnWhenNoEntities: false },
    migrations: { path: await freshFolder(dir, 'migrations'), silent: true, snapshot: false },
    dynamicImportProvider: async (url) => import(freshUrl(url)) as Promise<unknown>,
  });
  try {
    await orm.migrator.up();
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await orm.close(true);
  }
}

export const mikroOrm: Subject = {
  name: 'mikro-orm',
  judge: 'real',
  folder: 'migrations',
  column: 'name',
  table: 'mikro_orm_migrations',
  run,
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => {
        const name = `Migration2025010${place}000000_${slug}`;
        return [at(name), migration(name, up, down)];
      }),
    ),
};
