import { mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { deploy } from '../tools/prisma-run.js';
import { at, lockFile } from '../tools/subjects/prisma.js';
import type { Scenario } from './scenarios.js';

const notes = 'CREATE TABLE "notes" ("id" serial PRIMARY KEY NOT NULL);\n';
const rows = (state: string): string =>
  `SELECT count(*) FROM _prisma_migrations WHERE migration_name = '2_notes' AND ${state}`;
const failed = rows('finished_at IS NULL AND rolled_back_at IS NULL');
const applied = rows('finished_at IS NOT NULL AND rolled_back_at IS NULL');

/** Whoever deployed was killed behind the migration's SQL, and before its row was finished. */
export const clearFailed: Scenario = {
  playbook: 'clear-failed',
  migrations: ['2_notes'],
  answers: {},
  break: async (shop) => {
    await rm(shop.folder, { recursive: true });
    await mkdir(shop.folder);
    await shop.client.query('DROP SCHEMA drizzle, public CASCADE; CREATE SCHEMA public');
    const put = async (files: Readonly<Record<string, string>>): Promise<void> => {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(shop.dir, path)), { recursive: true });
        await shop.put({ [relative(shop.folder, join(shop.dir, path))]: text });
      }
    };
    await put({ ...lockFile, [at('1_users')]: 'CREATE TABLE "users" ("id" int PRIMARY KEY);\n' });
    const error = await deploy(shop.dir, shop.url);
    if (error !== null) throw new Error(error);
    await put({ [at('2_notes')]: notes });
    await shop.client.query(`${notes} INSERT INTO _prisma_migrations (id, checksum, migration_name)
      VALUES (gen_random_uuid()::text, repeat('0', 64), '2_notes')`);
  },
  truth: { 'clear:2_notes': `SELECT (${applied}) = 1` },
  always: [`SELECT (${failed}) + (${applied}) = 1`, `SELECT to_regclass('notes') IS NOT NULL`],
  healthy: [`SELECT (${applied}) = 1`],
  migrate: async ({ dir, url }) => ({ wrote: [], error: await deploy(dir, url) }),
};
