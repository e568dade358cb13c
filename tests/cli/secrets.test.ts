import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { base, entriesOf, openShop, sqlFiles, type Shop } from '../playbooks/shop.js';
import { commandLines, query } from '../sandbox/support.js';
import { sandboxServer, testServer } from '../support/server.js';
import type { PlanOnPaper } from './contract.js';
import { at, makeHome, type Ended, type Home } from './program.js';

/** In every password here; whatever becomes of the rest of it, this would be seen. */
const mark = randomBytes(8).toString('hex');
const password = `p@ss /w%rd"':${mark}`;
const role = `secretive_${randomBytes(6).toString('hex')}`;

let home: Home;
let shop: Shop;
let url: string;
let admin: pg.Client;
beforeAll(async () => {
  // What is cached is looked through as well.
  home = makeHome({ ownCache: true });
  shop = await openShop();
  admin = new pg.Client({ connectionString: testServer().adminUrl });
  await admin.connect();
  const create = `CREATE ROLE ${role} SUPERUSER LOGIN PASSWORD ${pg.escapeLiteral(password)}`;
  await Promise.all([admin.query(create), query(sandboxServer().adminUrl, create)]);
  const own = new URL(shop.url);
  own.username = role;
  own.password = encodeURIComponent(password);
  url = own.href;
});
afterAll(async () => {
  await shop.close();
  const drop = `DROP ROLE ${role}`;
  await Promise.all([admin.query(drop), query(sandboxServer().adminUrl, drop)]);
  await admin.end();
  await home.remove();
});

/** Files below a folder, the dump itself left out: it holds what the database holds. */
async function artefacts(): Promise<string[]> {
  const names = await readdir(home.path, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.sql'))
    .map((entry) => join(entry.parentPath, entry.name));
}

test('the password is in nothing that is written or shown, nor in a command line', async () => {
  await writeFile(join(shop.dir, '.env'), `DATABASE_URL="${url}"\n`);
  const config = `export default { dialect: 'postgresql', out: './drizzle', dbCredentials: { url: process.env.DATABASE_URL } };`;
  await writeFile(join(shop.dir, 'drizzle.config.ts'), config);
  // Fails on this very database only: no rehearsal can know.
  const bad = `SELECT 1 / (current_database() <> '${new URL(shop.url).pathname.slice(1)}')::int;`;
  await shop.put(sqlFiles({ '0002_notes': 'SELECT 1;', '0003_bad': bad }));
  await shop.list(entriesOf(Object.keys(base)));
  const sandbox = new URL(sandboxServer().adminUrl);
  sandbox.username = role;
  sandbox.password = encodeURIComponent(password);
  const path = join(home.path, 'plan.json');
  const said: Ended[] = [];
  let lines = '';
  const run = async (...args: string[]): Promise<Ended> => {
    const running = home.start([...args, '--sandbox-url', sandbox.href], { cwd: shop.dir });
    const watch = setInterval(() => {
      // Our own child has the sandbox's URL from this test; all others have what pgmedic gave them.
      lines += commandLines()
        .filter((line) => !line.includes('pgmedic.js'))
        .join('\n');
    }, 50);
    running.child.stdin?.end();
    const ended = await running.ended;
    clearInterval(watch);
    said.push(ended);
    return ended;
  };

  expect(await run('diagnose')).toMatchObject({ code: 1 });
  expect(await run('diagnose', '--json')).toMatchObject({ code: 1 });
  expect(await run('plan', 'reconcile-journal', '--out', path)).toMatchObject({ code: 0 });
  const { steps } = JSON.parse(await readFile(path, 'utf8')) as PlanOnPaper;
  const confirms = steps
    .filter(({ kind }) => kind === 'write')
    .flatMap(({ id, digest }) => ['--confirm', `${id}:${digest}`]);
  expect(await run('apply', path, ...confirms)).toMatchObject({ code: 1 });
  expect(await run('backup')).toMatchObject({ code: 0 });
  expect(await run('resume')).toMatchObject({ code: 0 });
  expect(await run('sessions')).toMatchObject({ code: 0 });
  for (const format of ['md', 'html', 'json']) {
    expect(await run('report', '--format', format)).toMatchObject({ code: 0 });
  }
  // It fails, and the settings say where it came from.
  const wrong = url.replace(mark, `${mark}x`);
  expect(await run('diagnose', '--database-url', wrong)).toMatchObject({ code: 2 });
  expect(await run('diagnose', '--database-url', url.replace('@', ' @'))).toMatchObject({
    code: 2,
  });

  for (const { stdout, stderr } of said) expect(`${stdout}${stderr}`).not.toContain(mark);
  expect(said[0]?.stdout).toContain(':***@');
  expect(lines).not.toContain(mark);
  const files = await artefacts();
  expect(files.some((file) => file.endsWith('run.jsonl'))).toBe(true);
  expect(files.some((file) => file.endsWith('.md'))).toBe(true);
  for (const file of files) {
    const text = await readFile(file, 'latin1');
    expect({ file, holds: text.includes(mark) }).toEqual({ file, holds: false });
    expect({ file, mode: (await stat(file)).mode & 0o077 }).toEqual({ file, mode: 0 });
  }
});

test('what is in the state folder is for its owner alone, whatever the umask', async () => {
  await mkdir(home.state, { recursive: true });
  const names = await readdir(home.state, { recursive: true, withFileTypes: true });
  expect(names.length).toBeGreaterThan(5);
  for (const entry of names) {
    const { mode } = await stat(join(entry.parentPath, entry.name));
    expect({ name: entry.name, open: mode & 0o077 }).toEqual({ name: entry.name, open: 0 });
  }
  expect(await readFile(join(home.state, 'pgmedic/.gitignore'), 'utf8')).toBe('*\n');
});

test('secrets in a migration, a command and a returned row are in nothing; nothing moves the cursor', async () => {
  const own = await openShop();
  const tried = `${role}_app`;
  try {
    const sql = `CREATE /*\r\u001b[2K   SELECT 1 ...*/ ROLE ${tried} LOGIN PASSWORD '${mark}';
DO $$ BEGIN ALTER ROLE ${tried} PASSWORD '${mark}'; END $$;`;
    await own.put({ '0002_role.sql': sql });
    await own.list(entriesOf([...Object.keys(base), '0002_role']));
    await mkdir(join(own.dir, 'pgmedic/playbooks'), { recursive: true });
    const program = `console.log("to postgresql://app:${mark}@db/shop")`;
    const steps = [
      `  - command: [${JSON.stringify(process.execPath)}, -e, ${JSON.stringify(program)}]\n    id: stop\n    title: Stop`,
      `  - write: sql\n    id: token\n    title: Token\n    sql: select '${mark.slice(0, 8)}' || '${mark.slice(8)}' as token, 7 as id\n    risk: ddl`,
      `  - write: migration\n    id: apply\n    title: Apply\n    of: next-run`,
    ];
    await writeFile(
      join(own.dir, 'pgmedic/playbooks/own.yml'),
      `name: own\ntitle: Own\nsummary: Own.\ntreats: []\nmigrations: none\nsteps:\n${steps.join('\n')}\n`,
    );
    const path = join(home.path, 'own.json');
    const said: Ended[] = [];
    const run = async (...args: string[]): Promise<Ended> => {
      const ended = await home.run([...args, ...at(own)]);
      said.push(ended);
      return ended;
    };
    const shown = await run('plan', 'own', '--out', path);
    expect(shown).toMatchObject({ code: 0 });
    expect(shown.stdout).toContain(`CREATE /*\\r\\x1b[2K   SELECT 1 ...*/ ROLE ${tried}`);
    expect(shown.stdout).toContain(`PASSWORD '***'`);
    const { steps: planned } = JSON.parse(await readFile(path, 'utf8')) as PlanOnPaper;
    const confirms = planned.flatMap(({ id, digest }) => ['--confirm', `${id}:${digest}`]);
    expect(await run('apply', path, ...confirms)).toMatchObject({ code: 0 });
    // It is the true password that was set.
    const login = new URL(own.url);
    login.username = tried;
    login.password = mark;
    const client = new pg.Client({ connectionString: login.href });
    await client.connect();
    await client.end();
    expect(await run('report')).toMatchObject({ code: 0 });
    expect(await run('resume')).toMatchObject({ code: 0 });
    for (const { stdout, stderr } of said) {
      expect(`${stdout}${stderr}`).not.toContain(mark);
      // oxlint-disable-next-line no-control-regex -- this is what it is for
      expect(`${stdout}${stderr}`).not.toMatch(/[\r\u001b]/);
    }
    for (const file of await artefacts()) {
      expect({ file, mode: (await stat(file)).mode & 0o077 }).toEqual({ file, mode: 0 });
      // A replay that is kept has the migration's own text in it.
      if (file.startsWith(join(home.path, '.cache'))) continue;
      const text = await readFile(file, 'latin1');
      expect({ file, holds: text.includes(mark) }).toEqual({ file, holds: false });
    }
  } finally {
    await own.close();
    await admin.query(`DROP ROLE IF EXISTS ${tried}`);
  }
});
