import { join } from 'node:path';
import { drizzle as orm } from 'drizzle-orm-1/node-postgres';
import { migrate } from 'drizzle-orm-1/node-postgres/migrator';
import pg from 'pg';
import { drizzle1 as adapter } from '../../../src/tools/drizzle-1/index.js';
import type { Sample, Subject } from '../conformance.js';

export const nameOf = ({ place, slug }: Pick<Sample, 'place' | 'slug'>): string =>
  `2025010${place}000000_${slug}`;
export const sqlOf = (name: string): string => `drizzle/${name}/migration.sql`;

const idOf = (place = 0): string => `00000000-0000-0000-0000-00000000000${place}`;

/** The real migrator of drizzle-orm 1.0.0-rc.5, and folders as its drizzle-kit makes them. */
export const drizzle1: Subject = {
  name: 'drizzle',
  adapter,
  judge: 'real',
  folder: 'drizzle',
  // No such column in a table of 0.x; no name in a row that 0.x wrote.
  column: "coalesce(pg_catalog.to_jsonb(__drizzle_migrations) ->> 'name', '')",
  table: 'drizzle.__drizzle_migrations',
  async run(dir, connectionString) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      await migrate(orm({ client }), { migrationsFolder: join(dir, 'drizzle') });
      return null;
    } catch (error) {
      const { cause, message } = error as Error;
      return cause instanceof Error ? cause.message : message;
    } finally {
      await client.end();
    }
  },
  files: (samples) =>
    Object.fromEntries(
      samples.flatMap((sample, at) => [
        [sqlOf(nameOf(sample)), sample.up.join(';\n--> statement-breakpoint\n')],
        [
          `drizzle/${nameOf(sample)}/snapshot.json`,
          JSON.stringify({
            version: '8',
            dialect: 'postgres',
            id: idOf(sample.place),
            prevIds: [idOf(samples[at - 1]?.place)],
            ddl: [],
            renames: [],
          }),
        ],
      ]),
    ),
};
