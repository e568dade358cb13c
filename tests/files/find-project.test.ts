import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findProject, SeveralProjects } from '../../src/files/find-project.js';
import { findPlaces } from '../../src/files/places.js';
import { resolveSettings, type CommonOptions, type Resolved } from '../../src/files/settings.js';
import { emptyJournal, failure, tempProject } from './temp-project.js';

const knex = 'exports.up = (knex) => knex.raw("SELECT 1")';
const dbmate = '-- migrate:up\nSELECT 1;\n';
const journal = 'drizzle/meta/_journal.json';
const snapshot = '{"version":"8","dialect":"postgres"}';
const url = (database: string): string => `DATABASE_URL=postgres://me@localhost:5432/${database}\n`;

/** As of a workspace: three packages, each with a tool. */
const workspace = {
  'package.json': '{ "workspaces": ["apps/*", "packages/*"] }',
  'apps/web/package.json': '{}',
  [`apps/web/${journal}`]: emptyJournal,
  'packages/shop/package.json': '{}',
  'packages/shop/src/db/migrations/1_a.js': knex,
  'services/pay/go.mod': '',
  'services/pay/db/migrations/1_a.sql': dbmate,
  'services/pay/sql/migrations/.keep': '',
};
const passedOver = {
  'node_modules/a/migrations/1_a.js': knex,
  '.git/migrations/1_a.js': knex,
  'apps/web/dist/migrations/1_a.js': knex,
  'apps/web/tests/fixtures/migrations/1_a.js': knex,
  'a/b/c/d/e/migrations/1_a.js': knex,
};

async function resolve(options: CommonOptions): Promise<Resolved> {
  return resolveSettings({ offline: true, ...options }, {});
}

const typedOf = (error: Error): readonly string[] =>
  error instanceof SeveralProjects ? error.choices.map(({ typed }) => typed) : [error.message];

test('several are named, each with the options that are taken as they stand', async () => {
  const dir = await tempProject({ ...workspace, ...passedOver });
  const error = await failure(resolve({ dir }));
  expect(error.message).toBe(`${dir} has 3 migrations folders.`);
  expect(error.next.map((line) => line.replaceAll(dir, '.'))).toEqual([
    'Say which one is meant:',
    'apps/web/drizzle (Drizzle): --dir ./apps/web',
    'packages/shop/src/db/migrations (Knex): --dir ./packages/shop',
    'services/pay/db/migrations (dbmate): --dir ./services/pay',
  ]);
  const resolved = await Promise.all(
    typedOf(error).map(async (typed) => resolve({ dir: typed.replace('--dir ', '') })),
  );
  expect(resolved.map(({ tool }) => tool.name)).toEqual(['drizzle', 'knex', 'dbmate']);
  // The tool may say it, too.
  expect((await resolve({ dir, tool: 'dbmate' })).project).toBe(join(dir, 'services/pay'));
});

test('the only one below is used, with its own .env before that of the workspace', async () => {
  const dir = await tempProject({
    '.env': url('root'),
    'apps/web/package.json': '{}',
    'apps/web/migrations/1_a.js': knex,
    'tests/migrations/1_a.js': knex,
  });
  const look = async (): Promise<Resolved> => resolveSettings({ dir }, {});
  const shared = await look();
  expect(shared.project).toBe(join(dir, 'apps/web'));
  expect(shared.databaseUrl).toContain('/root');
  const said = Object.fromEntries(shared.settings.map(({ name, origin }) => [name, origin]));
  expect(said).toMatchObject({
    'database-url': `${dir}/.env DATABASE_URL`,
    migrations: 'found in the project, in apps/web',
  });
  const own = await tempProject({
    '.env': url('root'),
    'apps/web/.env': url('web'),
    [`apps/web/${journal}`]: emptyJournal,
  });
  expect((await resolveSettings({ dir: own }, {})).databaseUrl).toContain('/web');
});

test('settings of the whole repository hold in its package, but for what that says itself', async () => {
  const dir = await tempProject({
    'pgmedic.config.yaml': 'playbooks: [ops]\ntimeouts: { lock: 7 }\nhistory-table: app.done\n',
    'api/package.json': '{}',
    'api/migrations/1_a.js': knex,
    'api/pgmedic.config.yaml': 'history-table: api.done\n',
  });
  const { project, settings } = await findProject({ dir }, {});
  expect(project).toBe(join(dir, 'api'));
  expect(settings).toEqual({
    playbooks: [join(dir, 'ops')],
    timeouts: { lock: 7 },
    'history-table': 'api.done',
  });
});

test('two in one package are named with tool and path; so is one within another', async () => {
  const dir = await tempProject({
    'api/package.json': '{}',
    'api/migrations/1_a.js': knex,
    'api/db/migrations/2_b.js': knex,
    'api/inner/package.json': '{}',
    [`api/inner/${journal}`]: emptyJournal,
  });
  const typed = typedOf(await failure(resolve({ dir }))).map((one) => one.replace(dir, '.'));
  expect(typed).toEqual([
    '--dir ./api --migrations db/migrations --tool knex',
    '--dir ./api/inner',
    '--dir ./api --migrations migrations --tool knex',
  ]);
  const named = { dir: join(dir, 'api'), tool: 'knex', migrations: 'db/migrations' };
  expect(await resolve(named)).toMatchObject({ migrations: join(dir, 'api/db/migrations') });
});

test('files that look like those of two tools are one choice, told apart in its package', async () => {
  const up = { 'pay/migrations/1_a.up.sql': 'SELECT 1', 'pay/migrations/1_a.down.sql': 'SELECT 1' };
  const dir = await tempProject({
    'api/package.json': '{}',
    'api/migrations/1_a.js': knex,
    'pay/go.mod': 'module pay\n',
    ...up,
  });
  const error = await failure(resolve({ dir }));
  expect(error.next.at(-1)?.replace(dir, '.')).toBe(
    'pay/migrations (golang-migrate or the hand-rolled runner): --dir ./pay',
  );
  expect((await resolve({ dir: join(dir, 'pay') })).tool.name).toBe('hand-rolled');
});

test.each([
  ['a config', { 'drizzle.config.json': '{"dialect":"postgresql","out":"drizzle"}' }, {}],
  ['the settings', { 'pgmedic.config.yaml': 'tool: drizzle\nmigrations: drizzle\n' }, {}],
  ['an option', {}, { migrations: 'drizzle' }],
])('what %s names is meant, whatever lies below', async (_, files, options) => {
  const dir = await tempProject({ ...workspace, ...files, [journal]: emptyJournal });
  const { project, migrations, siblings } = await resolve({ dir, ...options });
  expect([project, migrations]).toEqual([dir, join(dir, 'drizzle')]);
  expect(siblings).toEqual([join(dir, 'apps/web/drizzle')]);
});

test('migrations of the same tool in other packages are siblings of what was chosen', async () => {
  const dir = await tempProject({
    ...workspace,
    'apps/admin/package.json': '{}',
    'apps/admin/migrations/1_b.js': knex,
  });
  const found = await failure(findProject({ dir }, {}));
  const shop = (found as unknown as SeveralProjects).choices.find(({ name }) =>
    name.startsWith('packages/shop'),
  );
  const { siblings, project } = await resolve({ dir, ...shop?.options });
  expect(project).toBe(join(dir, 'packages/shop'));
  expect(siblings).toEqual([join(dir, 'apps/admin/migrations')]);
});

test('folders of Drizzle 1.0 are places, those of one migration are not looked into', async () => {
  const of = '20250101120000_init';
  const dir = await tempProject({
    [`a/db/${of}/migration.sql`]: '',
    [`a/db/${of}/snapshot.json`]: snapshot,
    [`a/db/${of}/migrations/1_a.js`]: knex,
  });
  expect((await findPlaces(dir)).map(({ path }) => path)).toEqual([join(dir, 'a/db')]);
});

test('the config of a tool is read for its folder, from itself or from its project', async () => {
  const adapter = (dir: string): string =>
    `import { postgresAdapter } from '@payloadcms/db-postgres'\nexport default { db: postgresAdapter({ migrationDir: ${dir} }) }\n`;
  const up = "import { sql } from '@payloadcms/db-postgres'";
  const dir = await tempProject({
    'cms/package.json': '{}',
    'cms/src/payload.config.ts': adapter(`path.resolve(dirname, 'db', "steps")`),
    'cms/src/db/steps/20250101_a.ts': up,
    'cms/src/migrations/20240101_old.ts': up,
  });
  const found = async (): Promise<string[]> =>
    (await findPlaces(dir)).map(({ path, tool, project }) =>
      [tool.name, path, project].join(' ').replaceAll(`${dir}/`, ''),
    );
  expect(await found()).toEqual(['payload cms/src/db/steps cms']);
  const write = (text: string): Promise<void> =>
    writeFile(join(dir, 'cms/src/payload.config.ts'), text);
  await write(adapter(`'./src/db/steps'`));
  expect(await found()).toEqual(['payload cms/src/db/steps cms']);
  // What is computed is not guessed; nor is what another database is migrated with.
  for (const text of [
    adapter('dirs[0]'),
    adapter(`'src/db'`).replace('db-postgres', 'db-mongodb'),
  ]) {
    await write(text);
    expect(await found()).toEqual(['payload cms/src/migrations cms']);
  }
});
