import { createRequire } from 'node:module';
import { Sequelize, type QueryInterface } from 'sequelize';
import { SequelizeStorage, Umzug } from 'umzug';
import { freshFolder } from '../../support/project-modules.js';
import type { Subject } from '../conformance.js';

export const at = (name: string): string => `migrations/${name}.js`;

/** As `sequelize-cli migration:generate` writes it. */
export function migration(up: readonly string[], down: readonly string[]): string {
  const body = (all: readonly string[]): string =>
    all.map((sql) => `    await queryInterface.sequelize.query(\`${sql}\`);\n`).join('');
  return `'use strict';

/** @type {import('sequelize-cli').Migration} */
module.exports = {
  async up (queryInterface, Sequelize) {
${body(up)}  },

  async down (queryInterface, Sequelize) {
${body(down)}  }
};
`;
}

interface Loaded {
  readonly up: (queryInterface: QueryInterface, sequelize: typeof Sequelize) => Promise<unknown>;
}
const load = createRequire(import.meta.url) as (path: string) => Loaded;

/** umzug, as Sequelize's command line has it. */
async function run(dir: string, url: string): Promise<string | null> {
  const folder = await freshFolder(dir, 'migrations');
  const sequelize = new Sequelize(url, { logging: false });
  const umzug = new Umzug({
    migrations: {
      glob: ['*.js', { cwd: folder }],
      resolve: ({ name, path = '', context }) => ({
        name,
        up: async () => load(path).up(context, Sequelize),
      }),
    },
    context: sequelize.getQueryInterface(),
    storage: new SequelizeStorage({ sequelize }),
    logger: undefined,
  });
  try {
    await umzug.up();
    return null;
  } catch (error) {
    return (error as Error).message;
  } finally {
    await sequelize.close();
  }
}

export const sequelize: Subject = {
  name: 'sequelize',
  judge: 'real',
  folder: 'migrations',
  column: 'name',
  table: '"SequelizeMeta"',
  run,
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => [
        at(`2025010${place}000000-${slug}`),
        migration(up, down),
      ]),
    ),
};
