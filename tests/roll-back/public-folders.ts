/**
 * Public folders of Drizzle migrations, there and back: the real migrator applies all of them, pgmedic
 * takes them back one by one, the newest first, and the real migrator applies them again.
 *
 *   npm run folders -- DIR...
 *
 * DIR has meta/_journal.json, or drizzle/meta/_journal.json. Each folder gets a database on a server of
 * the run's own. What is taken back goes the way of `pgmedic plan roll-back` and its steps; after each
 * the live catalog must be the one that the real migrator makes of the migrations before it, in a second
 * database. What is refused is told with its reason, and the database is made anew up to there, so that
 * the rest can go on. Prints a table; exits 1 where anything is wrong.
 */
import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import pg from 'pg';
import type { CatalogObject } from '../../src/core/catalog.js';
import { makeDatabase, removeDatabase } from '../../src/sandbox/databases.js';
import type { Sandbox } from '../../src/sandbox/sandbox.js';
import { startSandbox } from '../../src/sandbox/start.js';
import { openGround } from '../../src/runtime/ground.js';
import { catalogOf, difference } from '../evidence/support.js';
import { closeFolder, openFolder, type PublicFolder } from './folder.js';
import { proven, seen, takeBack } from './take-back.js';

interface Row {
  readonly name: string;
  readonly migrations: number;
  readonly how: string;
  readonly exact: number;
  readonly stopped: number;
  readonly refused: number;
  readonly wrong: number;
  /** Whether the real migrator made of the start what it had made before. */
  readonly again: boolean;
  readonly seconds: number;
}

const live = 'live';

async function connected<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('SET client_min_messages = error');
    return await use(client);
  } finally {
    await client.end();
  }
}

function differing(is: readonly CatalogObject[], wanted: readonly CatalogObject[] = []): string {
  return [...difference(wanted, is)].map(([key, what]) => `${what}: ${key}`).join(', ');
}

/** The live database made anew, forward to the first so many. */
async function anew(server: Sandbox, folder: PublicFolder, count: number): Promise<string> {
  await removeDatabase(server.adminUrl, live);
  const url = await makeDatabase(server.adminUrl, live);
  return connected(url, (client) => folder.forward(client, count));
}

async function thereAndBack(given: string, server: Sandbox, dir: string): Promise<Row> {
  const began = performance.now();
  const name = basename(given);
  const say = (text: string): void => console.log(`${name}: ${text}`);
  const second = await server.createDatabase();
  const folder = await connected(second, (client) => openFolder(given, dir, client));
  await server.dropDatabase(second);
  const { tags, frames } = folder;
  const how = await anew(server, folder, tags.length);
  const url = Object.assign(new URL(server.adminUrl), { pathname: `/${live}` }).href;
  const ground = await openGround({ dir, databaseUrl: url }, process.env);
  const count = { exact: 0, stopped: 0, refused: 0, wrong: 0 };
  const wrong = (text: string): void => {
    count.wrong++;
    say(`WRONG ${text}`);
  };
  try {
    const first = await connected(url, catalogOf);
    const odd = differing(first, frames.at(-1));
    if (odd !== '') wrong(`forward, ${how}: ${odd}`);
    let diagnosis = await seen(ground);
    const proof = await proven(ground, diagnosis);
    for (const [left, tag] of [...tags.entries()].toReversed()) {
      const taken = await takeBack(ground, diagnosis, tag, proof);
      const differs = differing(
        await connected(url, catalogOf),
        frames[taken.state === 'done' ? left : left + 1],
      );
      if (differs !== '') wrong(`${tag} ${taken.state}, and then ${differs}`);
      else if (taken.state === 'failed') wrong(`${tag}: ${taken.why}`);
      else if (taken.state === 'done') count.exact++;
      else {
        count[taken.state === 'refused' ? 'refused' : 'stopped']++;
        say(`${tag} ${taken.state}, so restored: ${taken.why}`);
      }
      if (taken.state !== 'done' || differs !== '') await anew(server, folder, left);
      diagnosis = await seen(ground);
      const state = diagnosis.evidence?.migrations.get(tag)?.schema ?? 'not known';
      if (!['absent', 'unprovable', 'unknown'].includes(state))
        wrong(`${tag} is ${state} afterwards`);
      if (process.env['PGMEDIC_TALK'] !== undefined) {
        say(`${tag} ${taken.state} ${((performance.now() - began) / 1000).toFixed(0)} s`);
      }
    }
    const [again, last] = await connected(
      url,
      async (client) =>
        [await folder.forward(client, tags.length), await catalogOf(client)] as const,
    );
    const other = differing(last, first);
    if (other !== '') wrong(`forward again, ${again}: ${other}`);
    const seconds = (performance.now() - began) / 1000;
    return { name, migrations: tags.length, how, ...count, again: other === '', seconds };
  } finally {
    await ground.close();
  }
}

const widths = [26, 11, 12, 7, 16, 8, 6, 14, 8];
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
    .join(' ');

async function main(given: readonly string[]): Promise<void> {
  if (given.length === 0) throw new Error('npm run folders -- DIR...');
  const home = await realpath(await mkdtemp(join(tmpdir(), 'pgmedic-folders-')));
  // Nothing of the caller's own is read or written.
  Object.assign(process.env, {
    XDG_STATE_HOME: join(home, 'state'),
    XDG_CACHE_HOME: join(home, 'cache'),
  });
  const server = await startSandbox({});
  const rows: Row[] = [];
  const unbuilt: string[] = [];
  try {
    for (const one of given) {
      const dir = join(home, basename(one));
      try {
        rows.push(await thereAndBack(resolve(one), server, dir));
      } catch (error) {
        const why = `${basename(one)}: ${(error as Error).message}`;
        unbuilt.push(why);
        console.log(`not tried: ${why}`);
      }
      await closeFolder(dir);
    }
  } finally {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  }
  console.log(
    [
      '',
      line([
        'folder',
        'migrations',
        'forward',
        'exact',
        'stopped by rows',
        'refused',
        'wrong',
        'forward again',
        'time',
      ]),
      ...rows.map((row) =>
        line([
          row.name,
          `${row.migrations}`,
          row.how,
          `${row.exact}`,
          `${row.stopped}`,
          `${row.refused}`,
          `${row.wrong}`,
          row.again ? 'equal' : 'NOT equal',
          `${row.seconds.toFixed(0)} s`,
        ]),
      ),
      ...unbuilt.map((text) => `not tried: ${text}`),
    ].join('\n'),
  );
  process.exitCode = unbuilt.length > 0 || rows.some(({ wrong }) => wrong > 0) ? 1 : 0;
}

await main(process.argv.slice(2));
