import knexClient from 'knex';
import { freshFolder } from '../../support/project-modules.js';
import type { Subject } from '../conformance.js';

export const at = (name: string): string => `migrations/${name}.js`;
export const program = (table: string): string =>
  `exports.up = (knex) => knex.schema.createTable('${table}', (t) => t.increments());
exports.down = (knex) => knex.schema.dropTable('${table}');
`;

/** As `knex migrate:make` writes it, with SQL of one's own. */
export function migration(up: readonly string[], down: readonly string[]): string {
  const body = (all: readonly string[]): string =>
    all.map((sql) => `  await knex.raw(\`${sql}\`);\n`).join('');
  return `/**
 * @param { import("knex").Knex } knex
 * @returns { Promise<void> }
 */
exports.up = async function(knex) {
${body(up)}};

/**
 * @param { import("knex").Knex } knex
 * @returns { Promise<void> }
 */
exports.down = async function(knex) {
${body(down)}};
`;
}

export const knex: Subject = {
  name: 'knex',
  judge: 'real',
  folder: 'migrations',
  column: 'name',
  table: 'knex_migrations',
  async run(dir, connection) {
    const log = { warn: () => {}, error: () => {}, debug: () => {}, deprecate: () => {} };
    const client = knexClient({ client: 'pg', connection, log });
    try {
      await client.migrate.latest({ directory: await freshFolder(dir, 'migrations') });
      return null;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.destroy();
    }
  },
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => [
        at(`2025010${place}000000_${slug}`),
        migration(up, down),
      ]),
    ),
};
