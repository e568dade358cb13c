import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.js';
import { resolveSettings, type CommonOptions } from '../../src/files/settings.js';
import { emptyJournal, failure, tempProject } from './temp-project.js';

const journal = 'drizzle/meta/_journal.json';
const url = (host: string): string => `postgresql://app:s3cret@${host}:5432/shop`;

/** Resolves with nothing in the environment but what is given. */
async function resolve(
  files: Record<string, string>,
  env: Record<string, string> = {},
  options: CommonOptions = {},
): Promise<Awaited<ReturnType<typeof resolveSettings>>> {
  return resolveSettings({ dir: await tempProject(files), ...options }, { ...env });
}

async function hostAndOrigin(
  files: Record<string, string>,
  env: Record<string, string>,
  options: CommonOptions = {},
): Promise<string> {
  const { settings, databaseUrl } = await resolve(
    { [journal]: emptyJournal, ...files },
    env,
    options,
  );
  const shown = settings.find(({ name }) => name === 'database-url');
  expect(shown?.value).toContain('***');
  expect(JSON.stringify(settings)).not.toContain('s3cret');
  expect(databaseUrl).toContain('s3cret');
  return `${new URL(databaseUrl ?? '').hostname} from ${shown?.origin}`;
}

describe('the database URL', () => {
  const all = {
    PGMEDIC_DATABASE_URL: url('pgmedic'),
    DATABASE_URL_UNPOOLED: url('unpooled'),
    DIRECT_URL: url('direct'),
    DATABASE_URL: url('plain'),
    PGHOST: 'pghost',
    PGUSER: 'app',
    PGPASSWORD: 's3cret',
    PGDATABASE: 'shop',
  };
  const config = {
    'drizzle.config.json': JSON.stringify({
      dialect: 'postgresql',
      dbCredentials: { url: url('config') },
    }),
    '.env.local': `DATABASE_URL=${url('local')}`,
    '.env': `DIRECT_URL=${url('dotenv')}`,
  };
  const without = (...names: string[]): Record<string, string> =>
    Object.fromEntries(Object.entries(all).filter(([name]) => !names.includes(name)));

  test('is taken from the nearest place, and says from where', async () => {
    const names = Object.keys(all);
    expect(await hostAndOrigin(config, all, { databaseUrl: url('option') })).toBe(
      'option from option --database-url',
    );
    for (const [index, [name, host]] of [
      ['PGMEDIC_DATABASE_URL', 'pgmedic'],
      ['DATABASE_URL_UNPOOLED', 'unpooled'],
      ['DIRECT_URL', 'direct'],
      ['DATABASE_URL', 'plain'],
    ].entries()) {
      expect(await hostAndOrigin(config, without(...names.slice(0, index)))).toBe(
        `${host} from environment ${name}`,
      );
    }
    expect(await hostAndOrigin(config, without(...names.slice(0, 4)))).toBe(
      'pghost from environment PGHOST, PGDATABASE, PGUSER, PGPASSWORD',
    );
    expect(await hostAndOrigin(config, {})).toBe('local from .env.local DATABASE_URL');
    const { '.env.local': _, ...shared } = config;
    expect(await hostAndOrigin(shared, {})).toBe('dotenv from .env DIRECT_URL');
    const { '.env': __, ...alone } = shared;
    expect(await hostAndOrigin(alone, {})).toBe('config from drizzle.config.json dbCredentials');
  });

  test('ignores empty variables, and PG* variables that name no target', async () => {
    const env = { PGMEDIC_DATABASE_URL: '', DIRECT_URL: ' ', PGUSER: 'someone', PGPORT: '6000' };
    expect(await hostAndOrigin(config, env)).toBe('local from .env.local DATABASE_URL');
  });

  test('may be made of other variables of the files', async () => {
    const files = {
      '.env.local': 'PASSWORD=s3cret',
      '.env': 'HOST=db-1\nDATABASE_URL=postgresql://app:${PASSWORD}@${HOST}/${NO_SUCH}',
    };
    expect(await hostAndOrigin(files, {})).toBe('db-1 from .env DATABASE_URL');
  });

  test('is put together from PG* variables in two files', async () => {
    const files = {
      '.env.local': 'PGPASSWORD=s3cret',
      '.env': 'PGHOST=db-2\nPGPORT=6543\nPGDATABASE=shop\nPGUSER=app',
    };
    const { databaseUrl } = await resolve({ [journal]: emptyJournal, ...files });
    expect(databaseUrl).toBe('postgresql://app:s3cret@db-2:6543/shop');
  });

  test('leaves process.env as it was', async () => {
    await hostAndOrigin({ '.env': `PGMEDIC_TEST_ONLY=1\nDATABASE_URL=${url('x')}` }, {});
    expect(process.env['PGMEDIC_TEST_ONLY']).toBeUndefined();
  });

  test('when there is none, the places are named', async () => {
    const error = await failure(resolve({ [journal]: emptyJournal }));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toBe('No database URL was found.');
    expect(error.next.join('\n')).toMatch(/--database-url[^]*DIRECT_URL[^]*PGHOST[^]*--offline/);
  });

  test('is not needed offline', async () => {
    const resolved = await resolve({ [journal]: emptyJournal }, {}, { offline: true });
    expect(resolved.databaseUrl).toBeNull();
    expect(resolved.settings.map(({ name }) => name)).toEqual([
      'tool',
      'migrations',
      'history-table',
    ]);
  });

  test('that cannot be read is refused with its origin, without its password', async () => {
    const env = { DATABASE_URL: 'postgresql://app:s3cret@db 7/shop' };
    const error = await failure(resolve({ [journal]: emptyJournal }, env));
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('contains a space');
    expect(error.next.join('\n')).toContain('environment DATABASE_URL');
    expect(`${error.message}${error.next.join()}`).not.toContain('s3cret');
  });

  test('a direct one beside a pooled one is found, another database is not', async () => {
    const env = {
      PGMEDIC_DATABASE_URL: 'postgresql://app:s3cret@pooler:6432/shop',
      DATABASE_URL_UNPOOLED: 'postgresql://app:s3cret@pooler:6432/shop',
      DIRECT_URL: 'postgresql://app:s3cret@db-7:5432/other',
      DATABASE_URL: 'postgresql://app:s3cret@db-7:5432/shop',
    };
    const { directUrl } = await resolve({ [journal]: emptyJournal }, env);
    expect(directUrl).toEqual({ value: env.DATABASE_URL, origin: 'environment DATABASE_URL' });
  });
});

describe('the migrations folder', () => {
  const offline = { offline: true };
  const chosen = async (
    files: Record<string, string>,
    options: CommonOptions = {},
  ): Promise<string> => {
    const { settings } = await resolve(files, {}, { ...offline, ...options });
    const { value, origin } = settings.find(({ name }) => name === 'migrations') ?? {};
    return `${value}: ${origin}`;
  };
  const refused = (
    files: Record<string, string>,
    options: CommonOptions = {},
  ): ReturnType<typeof failure> => failure(resolve(files, {}, { ...offline, ...options }));
  const config = (out?: string): Record<string, string> => ({
    'drizzle.config.json': JSON.stringify({ dialect: 'postgresql', ...(out ? { out } : {}) }),
  });

  test('is the option, the config, or the only one there', async () => {
    const two = { 'a/meta/_journal.json': emptyJournal, 'b/0000_x.sql': '' };
    expect(await chosen({ ...two, ...config('./a') }, { migrations: 'b' })).toBe(
      'b: option --migrations',
    );
    expect(await chosen({ ...two, ...config('./b') })).toBe('b: drizzle.config.json out');
    expect(await chosen(two)).toBe('a: found in the project');
    expect(await chosen({ ...two, ...config('./gone') })).toBe(
      'a: found in the project; drizzle.config.json says gone, which is not it',
    );
    expect(await chosen({ 'drizzle/0000_x.sql': '' })).toBe("drizzle: Drizzle's default");
    expect(await chosen({ 'drizzle/0000_x.sql': '', ...config() })).toBe(
      'drizzle: default of drizzle.config.json',
    );
    expect(
      await chosen({ 'drizzle/schema.ts': '', 'a/meta/_journal.json': '{', ...config() }),
    ).toBe('a: found in the project; drizzle.config.json says drizzle, which is not it');
  });

  test('is searched five folders deep, not in dependencies, output or for other dialects', async () => {
    expect(await chosen({ 'a/b/c/d/e/meta/_journal.json': emptyJournal })).toContain('a/b/c/d/e:');
    const error = await refused({
      'a/b/c/d/e/f/meta/_journal.json': emptyJournal,
      'node_modules/x/meta/_journal.json': emptyJournal,
      'dist/meta/_journal.json': emptyJournal,
      '.git/meta/_journal.json': emptyJournal,
      'lite/meta/_journal.json': '{"version":"6","dialect":"sqlite","entries":[]}',
    });
    expect(error.message).toContain('No migrations folder was found');
    expect(error.next.join()).toContain('meta/_journal.json');
  });

  test('is one of Drizzle 1.0 by a migration in a folder of its own, and no other tool’s', async () => {
    const snapshot = (dialect: string): string => JSON.stringify({ version: '8', dialect });
    const of = (name: string, dialect: string): Record<string, string> => ({
      [`${name}/20250101120000_init/migration.sql`]: '',
      [`${name}/20250101120000_init/snapshot.json`]: snapshot(dialect),
    });
    const others = {
      ...of('lite', 'sqlite'),
      'prisma/migrations/20250101120000_init/migration.sql': '',
    };
    expect(await chosen({ ...others, ...of('a/db', 'postgres') })).toBe(
      'a/db: found in the project',
    );
    expect(await chosen({ 'db/20250101120000_init/migration.sql': '', ...config('db') })).toBe(
      'db: drizzle.config.json out',
    );
    expect((await refused(others)).message).toContain('No migrations folder was found');
  });

  test.each([
    ['journal', null, 'Drizzle'],
    ['journal', '1.0.0', 'Drizzle'],
    ['folders', null, 'Drizzle 1.0'],
    ['folders', '^1.0.0-rc.5', 'Drizzle 1.0'],
    ['folders', '0.45.4', 'Drizzle'],
    ['both', null, 'Drizzle'],
    ['both', '0.45.4', 'Drizzle'],
    ['both', '1.0.0', 'Drizzle 1.0'],
  ])('of %s, with drizzle-orm %s, is read as of %s', async (what, version, title) => {
    const orm = JSON.stringify({ dependencies: { 'drizzle-orm': version } });
    const { tool } = await resolve(
      {
        ...(what === 'folders' ? {} : { 'drizzle/meta/_journal.json': emptyJournal }),
        ...(what === 'journal' ? {} : { 'drizzle/20250101120000_init/migration.sql': '' }),
        ...(version === null ? {} : { 'package.json': orm }),
      },
      {},
      offline,
    );
    expect([tool.name, tool.title]).toEqual(['drizzle', title]);
  });

  test('must be named when there are several', async () => {
    const error = await refused({
      'apps/web/db/meta/_journal.json': emptyJournal,
      'apps/api/db/meta/_journal.json': emptyJournal,
    });
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain('has 2 migrations folders');
    expect(error.next).toEqual([
      'Say which one is meant:',
      'apps/api/db (Drizzle): --migrations apps/api/db --tool drizzle',
      'apps/web/db (Drizzle): --migrations apps/web/db --tool drizzle',
    ]);
  });

  test.each([
    ['gone', 'does not exist'],
    ['file', 'is a file'],
    ['empty', 'holds no migrations'],
  ])('%s is refused: it %s', async (name, message) => {
    const error = await refused(
      {
        file: '',
        'empty/notes.txt': '',
        'real/meta/_journal.json': emptyJournal,
      },
      { migrations: name },
    );
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(name);
    expect(error.message).toContain(message);
    expect(error.next.join()).toContain('Folders with a journal in this project: real');
  });

  test('has siblings, which it is not itself, by whatever name', async () => {
    const project = await tempProject({
      'a/meta/_journal.json': emptyJournal,
      'b/meta/_journal.json': emptyJournal,
    });
    await symlink(join(project, 'a'), join(project, 'link'));
    const { siblings } = await resolveSettings(
      { dir: project, migrations: 'link', offline: true },
      {},
    );
    expect(siblings).toEqual([join(project, 'b')]);
  });
});

test('the history table: option, config, default', async () => {
  const config = { schema: 'public', table: 'Rows' };
  const files = {
    [journal]: emptyJournal,
    'drizzle.config.json': JSON.stringify({ migrations: config }),
  };
  const offline = { offline: true };
  expect((await resolve(files, {}, offline)).historyTable).toEqual({
    ref: config,
    configured: true,
  });
  const option = await resolve(files, {}, { ...offline, historyTable: 'a.b' });
  expect(option.historyTable).toEqual({ ref: { schema: 'a', table: 'b' }, configured: true });
  expect((await resolve({ [journal]: emptyJournal }, {}, offline)).historyTable).toEqual({
    ref: { schema: 'drizzle', table: '__drizzle_migrations' },
    configured: false,
  });
  const half = { ...files, 'drizzle.config.json': '{"migrations":{"schema":"public"}}' };
  expect((await resolve(half, {}, offline)).historyTable.ref).toEqual({
    schema: 'public',
    table: '__drizzle_migrations',
  });
});

test('an unknown tool, a missing project and a file in its place are refused', async () => {
  const project = await tempProject({ file: '' });
  const tool = await failure(resolveSettings({ dir: project, tool: 'flyway' }, {}));
  expect(tool.message).toContain('flyway');
  expect(tool.next).toEqual([
    expect.stringMatching(/^Known: drizzle, payload, .*, hand-rolled\.$/),
  ]);
  const missing = await failure(resolveSettings({ dir: join(project, 'no') }, {}));
  expect(missing.message).toContain('does not exist');
  const file = await failure(resolveSettings({ dir: join(project, 'file') }, {}));
  expect(file.message).toContain('is not a folder');
});

test('a config is not evaluated when nothing is needed of it', async () => {
  const project = await tempProject({
    [journal]: emptyJournal,
    'drizzle.config.ts': "throw new Error('evaluated');",
  });
  const options = { dir: project, migrations: 'drizzle', historyTable: 'a.b' };
  const resolved = await resolveSettings({ ...options, databaseUrl: url('x') }, {});
  expect(resolved.databaseUrl).toBe(url('x'));
  const error = await failure(resolveSettings({ dir: project, databaseUrl: url('x') }, {}));
  expect(error.message).toBe('drizzle.config.ts cannot be evaluated: evaluated.');
  expect(error.next.join()).toContain('--migrations');
});

test('an .env that is a folder is passed over', async () => {
  const project = await tempProject({ [journal]: emptyJournal });
  await mkdir(join(project, '.env'));
  await writeFile(join(project, '.env.local'), `DATABASE_URL=${url('local')}`);
  const { databaseUrl } = await resolveSettings({ dir: project }, {});
  expect(databaseUrl).toBe(url('local'));
});
