import { join } from 'node:path';
import { drizzle as orm } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import type { Sample, Subject } from '../conformance.js';

const tag = ({ place, slug }: Sample): string => `000${place}_${slug}`;
const snapshotId = (place = 0): string =>
  `00000000-0000-${place === 0 ? '0' : '4'}000-${place === 0 ? '0' : '8'}000-00000000000${place}`;

/** The real migrator of drizzle-orm 0.x. */
export const drizzle: Subject = {
  name: 'drizzle',
  judge: 'real',
  folder: 'drizzle',
  column: 'hash',
  table: 'drizzle.__drizzle_migrations',
  markOf: ({ file }) => file?.hash ?? null,
  async run(dir, connectionString) {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      await migrate(orm(client), { migrationsFolder: join(dir, 'drizzle') });
      return null;
    } catch (error) {
      const { cause, message } = error as Error;
      return cause instanceof Error ? cause.message : message;
    } finally {
      await client.end();
    }
  },
  files: (samples) => ({
    'drizzle/meta/_journal.json': JSON.stringify({
      version: '7',
      dialect: 'postgresql',
      entries: samples.map((sample, idx) => ({
        idx,
        version: '7',
        when: 1_700_000_000_000 + sample.place,
        tag: tag(sample),
        breakpoints: true,
      })),
    }),
    ...Object.fromEntries(
      samples.flatMap((sample, at) => [
        [`drizzle/${tag(sample)}.sql`, sample.up.join(';\n--> statement-breakpoint\n')],
        [
          `drizzle/meta/000${sample.place}_snapshot.json`,
          JSON.stringify({
            id: snapshotId(sample.place),
            prevId: snapshotId(samples[at - 1]?.place),
            version: '7',
            dialect: 'postgresql',
            ...{ tables: {}, enums: {}, schemas: {}, sequences: {}, roles: {}, policies: {} },
            views: {},
            _meta: { columns: {}, schemas: {}, tables: {} },
          }),
        ],
      ]),
    ),
  }),
};
