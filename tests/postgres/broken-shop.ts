import { join } from 'node:path';
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import pg from 'pg';
import { onTestFinished } from 'vitest';
import { resolveSettings, type Resolved } from '../../src/files/settings.js';
import { withConnection } from '../../src/postgres/connect.js';
import { tempProject } from '../files/temp-project.js';
import { createTestDatabase } from '../support/server.js';

export interface Shop {
  readonly url: string;
  readonly project: string;
  /** The settings for this project and database, or for another URL of it. */
  settings(url?: string): Promise<Resolved>;
  /** Runs SQL as the superuser. */
  run(sql: string): Promise<void>;
}

const entry = (idx: number, tag: string): object => ({
  idx,
  version: '7',
  when: 1_760_000_000_000 + idx,
  tag,
  breakpoints: true,
});

/** A project of two migrations, both applied by drizzle-orm's own migrator, and a third file it cannot see. */
export async function shop(): Promise<Shop> {
  const database = await createTestDatabase();
  onTestFinished(() => database.drop());
  const project = await tempProject({
    'drizzle.config.ts': `import { defineConfig } from 'drizzle-kit';
      export default defineConfig({ dialect: 'postgresql', out: './db' });`,
    'db/meta/_journal.json': JSON.stringify({
      version: '7',
      dialect: 'postgresql',
      entries: [entry(0, '0000_users'), entry(1, '0001_orders')],
    }),
    'db/0000_users.sql': 'CREATE TABLE "users" ("id" serial PRIMARY KEY);',
    'db/0001_orders.sql': 'CREATE TABLE "orders" ("id" serial PRIMARY KEY);',
    'db/0002_lost.sql': 'CREATE TABLE "lost" ("id" serial PRIMARY KEY);',
  });
  const client = new pg.Client(database.url);
  await client.connect();
  await migrate(drizzle(client), { migrationsFolder: join(project, 'db') });
  await client.end();
  return {
    url: database.url,
    project,
    settings: (url = database.url) => resolveSettings({ dir: project, databaseUrl: url }, {}),
    run: async (sql) => {
      await withConnection(database.url, { purpose: 'test' }, ({ client: admin }) =>
        admin.query(sql),
      );
    },
  };
}

/** A login role of this database's own, and its URL; gone with the test. */
export async function roleOf({ url, run }: Shop, grants: string): Promise<string> {
  const it = new URL(url);
  const role = `reader_${it.pathname.slice(1)}`;
  await run(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'; ${grants.replaceAll('$role', role)}`);
  onTestFinished(() => run(`DROP OWNED BY ${role}; DROP ROLE ${role}`));
  it.username = role;
  it.password = 'secret';
  return it.href;
}
