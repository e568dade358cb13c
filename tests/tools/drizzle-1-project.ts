import { join } from 'node:path';
import { drizzle } from 'drizzle-orm-1/node-postgres';
import { migrate } from 'drizzle-orm-1/node-postgres/migrator';
import pg from 'pg';
import type { RealTool } from '../support/tool-project.js';

/** The real drizzle-orm 1.0, in-process. */
export const drizzle1: RealTool = {
  column: 'name',
  table: 'drizzle.__drizzle_migrations',
  async run(dir, url) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    try {
      await migrate(drizzle({ client }), { migrationsFolder: join(dir, 'drizzle') });
      return null;
    } catch (error) {
      const { cause, message } = error as Error;
      return cause instanceof Error ? cause.message : message;
    } finally {
      await client.end();
    }
  },
};

export const sqlOf = (name: string): string => `drizzle/${name}/migration.sql`;

/** A folder of 1.0 with these migrations; statements are parted as drizzle-kit does. */
export function folders(
  migrations: Readonly<Record<string, readonly string[]>>,
): Record<string, string> {
  let prevId = '00000000-0000-0000-0000-000000000000';
  return Object.fromEntries(
    Object.entries(migrations).flatMap(([name, statements]) => {
      const id = `${name.slice(0, 8)}-0000-4000-8000-${name.slice(2, 14)}`;
      const snapshot = { version: '8', dialect: 'postgres', id, prevIds: [prevId], ddl: [] };
      prevId = id;
      return [
        [sqlOf(name), statements.map((one) => `${one};`).join('--> statement-breakpoint\n')],
        [`drizzle/${name}/snapshot.json`, JSON.stringify(snapshot)],
      ];
    }),
  );
}
