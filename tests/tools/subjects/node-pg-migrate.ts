import { join } from 'node:path';
import { runner } from 'node-pg-migrate';
import type { Subject } from '../conformance.js';

export const at = (name: string): string => `migrations/${name}.sql`;
export const file = (up: string, down: string): string =>
  `-- Up Migration\n${up}\n\n-- Down Migration\n${down}\n`;

/** The real one, with the options of its command line. */
export const nodePgMigrate: Subject = {
  name: 'node-pg-migrate',
  judge: 'real',
  folder: 'migrations',
  column: 'name',
  table: 'pgmigrations',
  async run(dir, databaseUrl) {
    const quiet = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
    return runner({
      migrationsTable: 'pgmigrations',
      singleTransaction: true,
      direction: 'up',
      databaseUrl,
      dir: join(dir, 'migrations'),
      logger: quiet,
    }).then(
      () => null,
      ({ message }: Error) => message,
    );
  },
  files: (samples) =>
    Object.fromEntries(
      samples.map(({ place, slug, up, down }) => [
        at(`170000000${place}000_${slug}`),
        file(up.join(';\n'), down.join(';\n')),
      ]),
    ),
};
