import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { deepTest } from '../support/deep-test.js';
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

deepTest('a finished session is written as a drill, and played from its file', async () => {
  const live = home.start(['drill', 'out-of-order', '--serve']);
  const { databaseUrl, dir } = JSON.parse(await live.line()) as {
    databaseUrl: string;
    dir: string;
  };
  const plan = join(home.path, 'plan.json');
  const file = join(home.path, 'incident.json');
  const asDrill = ['report', '--as-drill', file];
  const inside = { cwd: dir, env: { DATABASE_URL: databaseUrl } };
  expectRefusal(await home.run(asDrill, inside), 2, 'no session yet');
  await home.run(['plan', 'reconcile-journal', '--set', 'apply=yes', '--out', plan], inside);
  const { steps } = JSON.parse(await readFile(plan, 'utf8')) as {
    steps: { id: string; kind: string; digest: string }[];
  };
  const confirms = steps.flatMap(({ id, kind, digest }) =>
    kind === 'write' ? ['--confirm', `${id}:${digest}`] : [],
  );
  const applied = await home.run(['apply', plan, ...confirms], inside);
  expect(applied).toMatchObject({ code: 0 });
  const written = await home.run(asDrill, inside);
  expect(written).toMatchObject({ code: 0, stdout: '' });
  expect(written.stderr).toContain('no row of a table, no host, no password');
  expectRefusal(await home.run(asDrill, inside), 2, 'incident.json is there already');
  live.child.stdin?.end();
  await live.ended;
  const text = await readFile(file, 'utf8');
  for (const secret of [new URL(databaseUrl).password, new URL(databaseUrl).host, 'Boat 1']) {
    expect(text).not.toContain(secret);
  }
  expectRefusal(await home.run(['drill', '--from', file, '--seed', '1']), 2, 'goes with no --seed');
  const again = home.start(['drill', '--from', file, '--serve']);
  const served = JSON.parse(await again.line()) as { databaseUrl: string; dir: string };
  const found = await home.run(['diagnose', '--json'], { cwd: served.dir });
  expect((json(found) as { findings: { code: string }[] }).findings).toContainEqual(
    expect.objectContaining({ code: 'silently-skipped' }),
  );
  again.child.stdin?.end();
  expect(await again.ended).toMatchObject({ code: 0 });
  await writeFile(file, text.slice(0, 200));
  expectRefusal(
    await home.run(['drill', '--from', file]),
    2,
    'is no drill that pgmedic has written',
  );
});
