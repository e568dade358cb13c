import { join } from 'node:path';
import knexClient from 'knex';
import type { Subject } from '../conformance.js';

export const at = (name: string): string => `migrations/${name}.js`;
export const program = (table: string): string =>
  `exports.up = (knex) => knex.schema.createTable('${table}', (t) => t.increments());
exports.down = (knex) => knex.schema.dropTable('${table}');
`;

export const knex: Subject = {
  name: 'knex',
  judge: 'real',
  folder: 'migrations',
  opaque: true,
  column: 'name',
  table: 'knex_migrations',
  async run(dir, connection) {
    const log = { warn: () => {}, error: () => {}, debug: () => {}, deprecate: () => {} };
    const client = knexClient({ client: 'pg', connection, log });
    try {
      await client.migrate.latest({ directory: join(dir, 'migrations') });
      return null;
    } catch (error) {
      return (error as Error).message;
    } finally {
      await client.destroy();
    }
  },
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug }) => [at(`2025010${place}000000_${slug}`), program(slug)]),
    ),
};
