import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { expectRefusal, json, makeHome, type Home } from './program.js';

let home: Home;
beforeAll(() => {
  home = makeHome();
});
afterAll(() => home.remove());

const entries = ['0000_users', '0001_orders'].map((tag, idx) => ({
  ...{ idx, version: '7', when: 1_750_000_000_000 + idx, tag, breakpoints: true },
}));

const files: Readonly<Record<string, string>> = {
  'drizzle/meta/_journal.json': JSON.stringify({
    version: '7',
    dialect: 'postgresql',
    entries,
  }),
  'drizzle/0000_users.sql': 'CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL);',
  'drizzle/0001_orders.sql':
    'CREATE TABLE orders (id int PRIMARY KEY);--> statement-breakpoint\nCREATE TABLE lines (id int);',
  // What the variable below names: whoever reads that does not know which tool is meant.
  'elsewhere/001_a.sql':
    '-- migrate:up\nCREATE TABLE a (id int);\n-- migrate:down\nDROP TABLE a;\n',
  // Whoever evaluates it leaves a trace.
  'drizzle.config.ts': `import { writeFileSync } from 'node:fs';
writeFileSync(new URL('evaluated', import.meta.url), '');
export default { dialect: 'postgresql', schema: './schema.ts', out: './drizzle', dbCredentials: { url: process.env.DATABASE_URL! } };
`,
};

async function project(name: string): Promise<string> {
  const dir = join(home.path, name);
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, path)), { recursive: true });
    await writeFile(join(dir, path), text);
  }
  return dir;
}

/** A port on which somebody listens, and how often it was called. */
async function listening(): Promise<{ readonly url: string; readonly calls: () => number }> {
  let calls = 0;
  const server = createServer((socket) => {
    calls += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => new Promise<void>((resolve) => server.close(() => resolve())));
  const { port } = server.address() as AddressInfo;
  return { url: `postgresql://app:secret@127.0.0.1:${port}/shop`, calls: () => calls };
}

test('--from leaves the team alone: their database, their variables, their config and their files', async () => {
  const dir = await project('team');
  const theirs = await listening();
  const names = [
    ...['PGMEDIC_DATABASE_URL', 'DATABASE_URL', 'DATABASE_URL_UNPOOLED', 'DIRECT_URL'],
    'POSTGRES_URL',
  ];
  const { port } = new URL(theirs.url);
  const env = {
    ...Object.fromEntries(names.map((name) => [name, theirs.url])),
    ...{
      DBMATE_MIGRATIONS_DIR: 'elsewhere',
      PGHOST: '127.0.0.1',
      PGPORT: port,
      PGUSER: 'app',
      PGDATABASE: 'shop',
    },
  };
  const other = 'DBMATE_MIGRATIONS_DIR=elsewhere\n';
  await writeFile(join(dir, '.env'), `DATABASE_URL=${theirs.url}\n${other}`);
  await cp(dir, join(home.path, 'as-it-was'), { recursive: true });
  const running = home.start(['drill', '--from', '.', '--seed', '42', '--serve'], {
    cwd: dir,
    env,
  });
  const served = JSON.parse(await running.line()) as { databaseUrl: string; dir: string };
  await running.said(/The same drill again: pgmedic drill --from \. --seed 42/);
  // Whoever plays it elsewhere gets to the drill's database, by its own .env.
  const found = await home.run(['diagnose', '--json', '--database-url', served.databaseUrl], {
    cwd: served.dir,
    env,
  });
  expect(found.code).toBe(1);
  expect((json(found) as { findings: unknown[] }).findings).not.toEqual([]);
  running.child.stdin?.end();
  expect(await running.ended).toMatchObject({ code: 0 });
  expect(theirs.calls()).toBe(0);
  const listed = async (at: string): Promise<string[]> =>
    (await readdir(at, { recursive: true })).toSorted();
  expect(await listed(dir)).toEqual(await listed(join(home.path, 'as-it-was')));
  for (const [path, text] of Object.entries(files)) {
    expect(await readFile(join(dir, path), 'utf8')).toBe(text);
  }
});

test('where nothing can be made of them it says why, and exits with 2', async () => {
  const dir = await project('broken');
  await writeFile(join(dir, 'drizzle/0001_orders.sql'), 'ALTER TABLE nowhere ADD COLUMN a int;');
  const ended = await home.run(['drill', '--from', 'broken', '--seed', '1'], { cwd: home.path });
  expectRefusal(ended, 2, '0001_orders does not run on an empty database', 'nowhere');
  expectRefusal(await home.run(['drill', '--seed', '1']), 2, '--seed is for drills');
  expectRefusal(await home.run(['drill', 'journal-gap', '--from', '.']), 2, 'goes with no name');
  expectRefusal(await home.run(['drill', '--from', '.', '--seed', 'x']), 2, 'no whole number');
});
