import { execFile } from 'node:child_process';
import { mkdir, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { start } from '../drill/support.js';
import { runMigrator } from '../support/drizzle-project.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { diagnosis } from './contract.js';
import { json, makeHome, type Home } from './program.js';
import { deepTest } from '../support/deep-test.js';

let home: Home;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

/** The object alone, as DESIGN.md has it, and not a word beside it. */
async function diagnose(dir: string, ...more: string[]) {
  const ended = await home.run(['diagnose', '--json', ...more], { cwd: dir });
  expect(ended.stderr).toBe('');
  return { code: ended.code, ...diagnosis.parse(json(ended)) };
}

test('journal-gap: the contract, with the three that the migrator cannot see', async () => {
  const drill = await start('journal-gap');
  const found = await diagnose(drill.dir);
  const unlisted = ['0019_webauthn_mfa', '0020_add_icon_columns', '0021_add_dashboard_default'];
  expect(found.code).toBe(1);
  expect(found.target).toMatchObject({ role: 'primary', pooler: false });
  expect(found.historyTable).toBe('drizzle.__drizzle_migrations');
  expect(found.migrations).toHaveLength(19);
  for (const row of found.migrations) {
    const gap = unlisted.includes(row.id);
    expect(row).toMatchObject({
      file: 'present',
      journal: gap ? 'unlisted' : 'listed',
      history: gap ? 'absent' : 'recorded',
    });
  }
  expect(found.findings).toMatchObject([
    {
      code: 'file-not-in-journal',
      severity: 'error',
      migrations: unlisted,
      playbooks: ['reconcile-journal'],
    },
  ]);
  expect(found.nextRun).toEqual({ runs: [], skips: [], fails: null });
});

deepTest(
  'push-then-migrate: the contract, with the configured history table and the spoiled snapshots',
  async () => {
    const drill = await start('push-then-migrate');
    const found = await diagnose(drill.dir);
    expect(found.code).toBe(1);
    expect(found.historyTable).toBe('public.drizzle_migrations');
    expect(found.migrations.map(({ history }) => history)).toEqual([
      'recorded',
      ...Array<string>(4).fill('absent'),
    ]);
    expect(found.nextRun.runs).toHaveLength(4);
    expect(found.findings.map(({ code }) => code)).toContain('snapshot-malformed');
  },
);

const kit = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');
const modules = dirname(dirname(kit));
const schemas = [
  `export const users = pgTable('users', { id: serial().primaryKey(), name: text().notNull() });`,
  `export const users = pgTable('users', { id: serial().primaryKey(), name: text().notNull() });
   export const notes = pgTable('notes', { id: serial().primaryKey(), user: integer().references(() => users.id) });`,
  `export const users = pgTable('users', { id: serial().primaryKey(), name: text().notNull(), icon: text() });
   export const notes = pgTable('notes', { id: serial().primaryKey(), user: integer().references(() => users.id) });`,
];

/** A project made by the real drizzle-kit, its database empty. */
async function healthyProject(database: TestDatabase): Promise<string> {
  const dir = join(home.path, 'healthy');
  await mkdir(dir);
  await symlink(modules, join(dir, 'node_modules'));
  await writeFile(
    join(dir, 'drizzle.config.ts'),
    `import { defineConfig } from 'drizzle-kit';
export default defineConfig({ dialect: 'postgresql', schema: './schema.ts', out: './migrations',
  dbCredentials: { url: process.env.DATABASE_URL! } });`,
  );
  await writeFile(join(dir, '.env'), `DATABASE_URL="${database.url}"\n`);
  for (const schema of schemas) {
    const imports = `import { integer, pgTable, serial, text } from 'drizzle-orm/pg-core';\n`;
    await writeFile(join(dir, 'schema.ts'), `${imports}${schema}`);
    const env = { ...process.env, DATABASE_URL: database.url };
    await promisify(execFile)(process.execPath, [kit, 'generate'], { cwd: dir, env });
  }
  return dir;
}

test('a healthy project has no finding: fresh, migrated, and looked at offline', async () => {
  const database = await createTestDatabase();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const dir = await healthyProject(database);
    const fresh = await diagnose(dir);
    expect([fresh.code, fresh.findings]).toEqual([0, []]);
    expect(fresh.nextRun.runs).toEqual(fresh.migrations.map(({ id }) => id));
    expect(fresh.migrations).toHaveLength(3);

    const real = await runMigrator(client, join(dir, 'migrations'));
    expect(real.wrote).toHaveLength(3);
    const done = await diagnose(dir);
    expect([done.code, done.findings]).toEqual([0, []]);
    expect(done.nextRun).toEqual({ runs: [], skips: [], fails: null });
    for (const row of done.migrations) {
      expect(row).toMatchObject({
        file: 'present',
        journal: 'listed',
        snapshot: 'present',
        history: 'recorded',
      });
    }

    await rm(join(dir, '.env'));
    const offline = await diagnose(dir, '--offline');
    expect([offline.code, offline.findings]).toEqual([0, []]);
    expect([offline.target, offline.historyTable]).toEqual([null, null]);
    expect(offline.nextRun.runs).toHaveLength(3);

    const words = await home.run(['diagnose', '--offline'], { cwd: dir });
    expect(words).toMatchObject({ code: 0, stderr: '' });
    expect(words.stdout).toContain('No finding.');
    expect(await readdir(dir)).not.toContain('.pgmedic');
  } finally {
    await client.end();
    await database.drop();
  }
});
