/**
 * What a person at the terminal waits for: the first frame, and each key until its picture stands there,
 * with 10 to 10,000 migrations; beside a bare Ink list of the same window and, where TIG names one, tig on as
 * many commits. Prints a table; nothing is a limit here.
 *
 *   npm run bench:terminal [-- SIZE...]      TIG=/usr/bin/tig
 */
import { drizzle } from 'drizzle-orm/node-postgres';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import type { Sandbox } from '../src/sandbox/sandbox.js';
import { startSandbox } from '../src/sandbox/start.js';
import {
  arrows,
  type KeyCost,
  keypad,
  type Listed,
  type ListWindow,
  openList,
  size,
} from './keys.js';
import { type Environment, quantile } from './measure.js';

const given = process.argv.slice(2).map(Number);
const sizes = given.length > 0 ? given : [10, 100, 1000, 10_000];
/** Rows of its list that pgmedic has in sight, and so the bare list. */
const seen = 14;
/** Pressed one by one, and once more held down. */
const pressed = 100;

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const nameOf = (at: number): string => `${String(at).padStart(5, '0')}_migration`;

interface Measured {
  readonly name: string;
  readonly firstFrame: number;
  /** Seconds from the start until it was ready for the keys. */
  readonly ready: number;
  /** Single keys, as a person presses them. */
  readonly single: KeyCost;
  /** A key that is held down: thirty a second. */
  readonly held: KeyCost;
}

/**
 * A healthy folder of many small migrations: a table each hundred, and a column of it each. The
 * snapshots follow on one another and have no tables: what is in them is nothing to the board.
 */
async function writeProject(dir: string, migrations: number): Promise<void> {
  await mkdir(join(dir, 'drizzle', 'meta'), { recursive: true });
  const put = (path: string, value: unknown): Promise<void> =>
    writeFile(join(dir, path), typeof value === 'string' ? value : JSON.stringify(value, null, 2));
  const snapshotId = (at: number): string =>
    `00000000-0000-4000-8000-${String(at).padStart(12, '0')}`;
  for (let at = 0; at < migrations; at += 1) {
    const table = `"table_${Math.floor(at / 100)}"`;
    const sql =
      at % 100 === 0
        ? `CREATE TABLE ${table} ("id" integer PRIMARY KEY);`
        : `ALTER TABLE ${table} ADD COLUMN "column_${at}" text;`;
    await put(`drizzle/${nameOf(at)}.sql`, sql);
    await put(`drizzle/meta/${String(at).padStart(5, '0')}_snapshot.json`, {
      id: snapshotId(at + 1),
      prevId: at === 0 ? '00000000-0000-0000-0000-000000000000' : snapshotId(at),
      version: '7',
      dialect: 'postgresql',
      tables: {},
      enums: {},
      schemas: {},
      sequences: {},
      roles: {},
      policies: {},
      views: {},
      _meta: { columns: {}, schemas: {}, tables: {} },
    });
  }
  const entries = Array.from({ length: migrations }, (_, idx) => ({
    idx,
    version: '7',
    when: Date.UTC(2024, 0, 1) + idx * 60_000,
    tag: nameOf(idx),
    breakpoints: true,
  }));
  await put('drizzle/meta/_journal.json', { version: '7', dialect: 'postgresql', entries });
  await put('drizzle.config.json', { dialect: 'postgresql', out: './drizzle' });
}

/** By the real migrator. */
async function build(databaseUrl: string, dir: string): Promise<void> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await migrate(drizzle(client), { migrationsFolder: join(dir, 'drizzle') });
  } finally {
    await client.end();
  }
}

/** A repository with one line of so many commits. */
async function writeRepository(dir: string, commits: number): Promise<void> {
  await mkdir(dir);
  await run('git', ['init', '--quiet', '-b', 'main'], dir, '');
  const lines = Array.from({ length: commits }, (_, at) => {
    const message = nameOf(at);
    const who = `A <a@example.org> ${1_700_000_000 + at * 60} +0000`;
    return `commit refs/heads/main\ncommitter ${who}\ndata ${message.length}\n${message}\n`;
  });
  await run('git', ['fast-import', '--quiet'], dir, lines.join(''));
}

async function run(command: string, args: string[], cwd: string, input: string): Promise<void> {
  const child = spawn(command, args, { cwd, stdio: ['pipe', 'ignore', 'inherit'] });
  child.stdin.end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}`);
}

/** The migration under the cursor, where the lines beneath the list are of the same one. */
function onBoard(screen: string): number | null {
  const cursor = /^▸ +(\d{5})_/m.exec(screen)?.[1];
  const beneath = /^ (\d{5})_migration: /m.exec(screen)?.[1];
  return cursor !== undefined && cursor === beneath ? Number(cursor) : null;
}

function inBareList(screen: string): number | null {
  const cursor = /^▸ +(\d{5})_/m.exec(screen)?.[1];
  const beneath = /^ row (\d+)$/m.exec(screen)?.[1];
  return cursor !== undefined && Number(cursor) === Number(beneath) ? Number(cursor) : null;
}

function inTig(screen: string): number | null {
  const commit = / commit (\d+) of \d+/.exec(screen)?.[1];
  return commit === undefined ? null : Number(commit) - 1;
}

const someone = (): number => 60 + Math.random() * 60;
const held = (): number => 33;

async function measure(
  name: string,
  listed: Listed,
  rows: number,
  ready: (window: ListWindow) => Promise<void> = () => Promise.resolve(),
): Promise<Measured> {
  const began = performance.now();
  const window = await openList(listed);
  try {
    await ready(window);
    const readyAfter = (performance.now() - began) / 1000;
    const single = await toStart(window, listed, () => window.press(pressed, someone, rows));
    const down = await toStart(window, listed, () => window.press(pressed, held, rows));
    return { name, firstFrame: window.firstFrame, ready: readyAfter, single, held: down };
  } finally {
    await window.close();
  }
}

async function toStart<T>(
  window: ListWindow,
  { keys: { first }, position }: Listed,
  go: () => Promise<T>,
): Promise<T> {
  window.send(first);
  await window.until((shown) => position(shown) === 0, 'the first row');
  return go();
}

const row = (name: string, cells: readonly string[]): string =>
  name.padEnd(58) + cells.map((cell) => cell.padStart(12)).join('');

function told({ name, firstFrame, ready, single, held: down }: Measured, bare: Measured): string {
  const time = ({ times }: KeyCost, share: number): string =>
    `${quantile(times, share).toFixed(1)} ms`;
  const ratio = quantile(single.times, 0.5) / quantile(bare.single.times, 0.5);
  const work = single.work === null ? '-' : `${single.work.toFixed(1)} ms`;
  return row(name, [
    `${firstFrame.toFixed(0)} ms`,
    `${ready.toFixed(1)} s`,
    time(single, 0.5),
    time(single, 0.99),
    time(down, 0.5),
    time(down, 0.99),
    single.bytes.toFixed(0),
    work,
    ratio.toFixed(1),
  ]);
}

const headings = [
  'first frame',
  'ready',
  'key p50',
  'p99',
  'held p50',
  'p99',
  'bytes/key',
  'work/key',
  'to Ink',
];

/** Its last word on the schema. */
const hasEvidence = (screen: string): boolean =>
  screen.includes('no finding') && !screen.includes('Looking at the schema');

async function ofSize(rows: number, home: string, sandbox: Sandbox): Promise<void> {
  const dir = join(home, `project-${rows}`);
  await writeProject(dir, rows);
  const databaseUrl = await sandbox.createDatabase();
  await build(databaseUrl, dir);
  const bare: Environment = { PATH: process.env['PATH'] ?? '', HOME: home, LANG: 'C.UTF-8' };
  const pgmedic: Listed = {
    command: process.execPath,
    args: [here('../bin/pgmedic.js'), '--dir', dir],
    // By the environment: a URL in the arguments could be read by everybody.
    env: { ...bare, PGMEDIC_DATABASE_URL: databaseUrl },
    keys: arrows,
    position: onBoard,
  };
  const list: Listed = {
    command: process.execPath,
    args: [here('bare-list.js'), String(rows), String(seen)],
    env: bare,
    keys: arrows,
    position: inBareList,
  };
  const ink = await measure(`bare Ink, ${rows} rows`, list, rows);
  console.log(told(ink, ink));
  // It looks at the schema meanwhile.
  const early = await measure(
    `pgmedic, ${rows} migrations, from the first frame on`,
    pgmedic,
    rows,
  );
  console.log(told(early, ink));
  // The replay is kept by now, as it is on all days but the first.
  const settled = await measure(`pgmedic, ${rows} migrations, at rest`, pgmedic, rows, (window) =>
    window.until(hasEvidence, 'the evidence'),
  );
  console.log(told(settled, ink));
  const tig = process.env['TIG'];
  if (tig === undefined) return;
  const repository = join(home, `repository-${rows}`);
  await writeRepository(repository, rows);
  const peer: Listed = {
    command: tig,
    args: [],
    cwd: repository,
    env: bare,
    keys: keypad,
    position: inTig,
  };
  console.log(told(await measure(`tig, ${rows} commits`, peer, rows), ink));
}

async function main(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'pgmedic-bench-'));
  const sandbox = await startSandbox({});
  try {
    console.log(
      `A window of ${size.cols} x ${size.rows}; load ${loadavg()[0]?.toFixed(1)} on ${cpus().length} cores; Node ${process.version}`,
    );
    console.log(row('', headings));
    for (const rows of sizes) await ofSize(rows, home, sandbox);
    if (process.env['TIG'] === undefined) console.log('TIG names no tig: it is not compared.');
  } finally {
    await sandbox.stop();
    await rm(home, { recursive: true, force: true });
  }
}

await main();
