import { join } from 'node:path';
import { expect, test } from 'vitest';
import { withConnection } from '../../src/postgres/connect.js';
import { tellApart } from '../../src/postgres/tell-apart.js';
import { resolveSettings, type CommonOptions, type Resolved } from '../../src/files/settings.js';
import { createTestDatabase } from '../support/server.js';
import { emptyJournal, failure, tempProject } from './temp-project.js';

const dbmateFile = '-- migrate:up\nSELECT 1;\n-- migrate:down\n';
const dbmate = { 'db/migrations/20250101_users.sql': dbmateFile };
const drizzle = { 'drizzle/meta/_journal.json': emptyJournal };
const runner = { 'migrations/001_users.up.sql': 'SELECT 1;' };
const settings = (text: string): Record<string, string> => ({ 'pgmedic.config.yaml': text });

async function resolve(
  files: Readonly<Record<string, string>>,
  { variables = {}, ...options }: CommonOptions & { variables?: Record<string, string> } = {},
): Promise<Resolved & { dir: string }> {
  const dir = await tempProject(files);
  const given: CommonOptions = { dir, offline: true, ...options };
  return { ...(await resolveSettings(given, variables)), dir };
}

test.each([
  ['a journal', drizzle, 'drizzle', 'drizzle', 'drizzle.__drizzle_migrations'],
  ['the markers of dbmate', dbmate, 'dbmate', 'db/migrations', 'public.schema_migrations'],
  [
    "imports of Payload's packages",
    { 'src/migrations/20250101_000000_a.ts': "import { sql } from '@payloadcms/db-postgres'" },
    'payload',
    'src/migrations',
    'public.payload_migrations',
  ],
  ['.up.sql alone', runner, 'hand-rolled', 'migrations', 'public.schema_migrations'],
])('%s tells the tool, the folder and the table', async (_, files, tool, folder, table) => {
  const resolved = await resolve(files);
  expect(resolved.tool.name).toBe(tool);
  expect(resolved.migrations).toBe(join(resolved.dir, folder));
  expect(`${resolved.historyTable.ref.schema}.${resolved.historyTable.ref.table}`).toBe(table);
  expect(resolved.historyTable.configured).toBe(false);
});

test("dbmate's own variables name its folder and its table", async () => {
  const variables = { DBMATE_MIGRATIONS_DIR: './sql', DBMATE_MIGRATIONS_TABLE: 'app.applied' };
  const { dir, migrations, historyTable } = await resolve(
    { 'sql/1_users.sql': dbmateFile },
    { variables },
  );
  expect(migrations).toBe(join(dir, 'sql'));
  expect(historyTable).toEqual({ ref: { schema: 'app', table: 'applied' }, configured: true });
});

test('where several fit, it is asked which; an option or the settings say it', async () => {
  const both = { ...drizzle, ...dbmate };
  const asked = await failure(resolve(both));
  expect(asked.message).toBe('Several migration tools fit this project.');
  expect(asked.next).toEqual([
    'Say which one is meant:',
    'Drizzle (drizzle): --tool drizzle',
    'dbmate (found db/migrations): --tool dbmate --migrations db/migrations',
  ]);
  for (const tool of ['drizzle', 'dbmate']) {
    expect((await resolve(both, { tool })).tool.name).toBe(tool);
    const named = { ...both, ...settings(`tool: ${tool}`) };
    expect((await resolve(named)).tool.name).toBe(tool);
  }
  // The folder that is pointed at says it, too.
  expect((await resolve(both, { migrations: 'db/migrations' })).tool.name).toBe('dbmate');
  expect((await resolve(both, { migrations: 'drizzle' })).tool.name).toBe('drizzle');
});

test('files of golang-migrate and of a runner made at home are told apart by go.mod', async () => {
  const golang = { ...runner, 'go.mod': 'require github.com/golang-migrate/migrate/v4 v4.19.0\n' };
  expect((await resolve(golang)).tool.name).toBe('golang-migrate');
  expect((await resolve({ ...runner, 'go.mod': 'module shop\n' })).tool.name).toBe('hand-rolled');
  // It says nothing of another tool's folder.
  const asked = await failure(resolve({ ...golang, ...dbmate }));
  expect(asked.next.join()).toMatch(/dbmate.*golang-migrate/);
  expect(asked.next.join()).not.toContain('hand-rolled');
});

test('a runner is described by a few lines; what is wrong there is said with its line', async () => {
  const { tool, migrations, dir } = await resolve({
    'sql/7.sql': 'SELECT 1;',
    ...settings(
      `tool: hand-rolled\nmigrations: sql\nhistory-table: app.done\nrunner:\n  files: '^\\d+\\.sql$'\n  records: number\n`,
    ),
  });
  expect(migrations).toBe(join(dir, 'sql'));
  expect(['7.sql', '7.up.sql', 'x.sql'].map((path) => tool.fits(path, ''))).toEqual([
    true,
    false,
    false,
  ]);
  const wrong = await failure(
    resolve(settings('tool: hand-rolled\nrunner:\n  files: "("\n  later: run\n')),
  );
  expect(wrong.message).toContain('pgmedic.config.yaml:3: runner.files: is no regular expression');
  expect(wrong.message).toContain('pgmedic.config.yaml:4: runner.later: unknown key later');
});

test('the database tells them apart by the shape of what stands there', async () => {
  const dir = await tempProject({ ...drizzle, ...dbmate });
  const { url, drop } = await createTestDatabase();
  const run = (sql: string): Promise<unknown> =>
    withConnection(url, { purpose: 'test' }, ({ client }) => client.query(sql));
  const named = async (): Promise<string> =>
    resolveSettings({ dir, databaseUrl: url }, {}, tellApart).then(
      ({ tool }) => tool.name,
      ({ message }: Error) => message,
    );
  try {
    expect(await named()).toContain('the history table of none');
    // Of golang-migrate, which has the same name for it.
    await run('CREATE TABLE schema_migrations (version bigint PRIMARY KEY, dirty boolean)');
    expect(await named()).toContain('the history table of none');
    await run(
      'DROP TABLE schema_migrations; CREATE TABLE schema_migrations (version varchar PRIMARY KEY)',
    );
    expect(await named()).toBe('dbmate');
    await run(
      'CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text, created_at bigint)',
    );
    expect(await named()).toContain('the history table of each');
  } finally {
    await drop();
  }
});
