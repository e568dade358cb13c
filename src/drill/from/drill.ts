import { UserError } from '../../core/errors.js';
import type { CommonOptions } from '../../files/settings.js';
import { withConnection } from '../../postgres/connect.js';
import type { Sandbox } from '../../sandbox/sandbox.js';
import type { Drill, Ground } from '../ground.js';
import { type Fault, faultsFor, kinds } from './faults.js';
import { type Given, layOut, readGiven } from './given.js';
import { catalogOf, judge, leftOut, type Truth } from './judge.js';
import { makeHistory, runMigrations } from './run-migrations.js';
import { contentsOf, putRows, type Rows } from './rows.js';
import { type Scene, sceneOf } from './scene.js';

/**
 * A drill out of a team's own migrations: one of the faults that they can suffer, chosen by the
 * seed. Only files are read; all that runs, runs in the sandbox. The same files and the same
 * seed make the same drill.
 *
 * @throws UserError where they cannot be replayed, or no fault applies
 */
export async function drillFromFolder(
  from: string,
  options: CommonOptions,
  { seed, sandbox, signal }: { seed: number; sandbox: Sandbox; signal?: AbortSignal },
): Promise<Drill> {
  const given = await readGiven(from, options);
  const scene = await sceneOf(given, sandbox, signal);
  let last: unknown = nothing(given);
  for (const fault of inTurn(scene, seed)) {
    signal?.throwIfAborted();
    try {
      return await drillOf(scene, fault, { seed, sandbox });
    } catch (error) {
      // Some migrations run together, and not one after the other; some tools want their rows in order.
      if (!(error instanceof UserError)) throw error;
      last = error;
    }
  }
  throw last;
}

function nothing({ name, tool }: Given): UserError {
  return new UserError(`Nothing can be broken in ${name} (${tool.title}) that makes a drill.`, [
    'Each kind of fault wants something of the migrations:',
    ...kinds.map((kind) => `${kind.name}: ${kind.wants}`),
  ]);
}

/** The faults that apply, one of each kind, in the order of the seed: a long folder has many places for some. */
export function inTurn(scene: Scene, seed: number): readonly Fault[] {
  const next = numbers(seed);
  const take = <T>(list: T[]): T[] => list.splice(Math.floor(next() * list.length), 1);
  const left = faultsFor(scene).map((faults) => [...faults]);
  const turns: Fault[] = [];
  while (left.length > 0) turns.push(...take(left).flatMap((faults) => take(faults)));
  return turns;
}

/** Mulberry32: the same numbers, from 0 to 1, for the same seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The drill with this fault. */
export async function drillOf(
  { given, order }: Scene,
  fault: Fault,
  { seed, sandbox }: { readonly seed: number; readonly sandbox: Sandbox },
): Promise<Drill> {
  const { name } = given;
  const { goodRun, hints, goal, happened } = fault;
  const truth = await truthOf(given, { fault, order, sandbox });
  return {
    name: `from ${name}`,
    title: `${name}, with one thing broken (seed ${seed})`,
    project: name.replaceAll(/[^\w.-]/g, '_'),
    incident: null,
    page: `PAGE 04:00  ${name} (${given.tool.title}), drill ${seed}\n${fault.page}`,
    ...{ goodRun, hints, goal, happened },
    make: (ground) => make(ground, given, fault, truth.rows),
    judge: (ground) => judge(ground, given, truth),
  };
}

interface Making {
  readonly fault: Fault;
  readonly order: Scene['order'];
  readonly sandbox: Sandbox;
}

/** What a right run leaves: a database beside the drill's, in which nothing was broken. */
async function truthOf(given: Given, { fault, order, sandbox }: Making): Promise<Truth> {
  const attempt = async (withRows: boolean): Promise<Truth> => {
    const url = await sandbox.createDatabase();
    try {
      const rows = await withConnection(url, { purpose: 'drill' }, async ({ client }) => {
        await makeHistory(client, given);
        await runMigrations(client, given, fault.ran);
        const put = withRows ? await putRows(client, leftOut(given)) : [];
        await runMigrations(client, given, order.slice(fault.ran.length));
        if ((await fault.fits?.(client, given)) === false) throw nothing(given);
        return { rows: put, contents: await contentsOf(client, put, leftOut(given)) };
      });
      return { ...rows, catalog: await catalogOf(url, given), besides: [], edited: [] };
    } finally {
      await sandbox.dropDatabase(url);
    }
  };
  // What is still to run may not stand rows that were made up.
  return attempt(true).catch((error: unknown) => {
    if (fault.ran.length === order.length) throw error;
    return attempt(false);
  });
}

async function make(
  { url, dir }: Ground,
  given: Given,
  fault: Fault,
  rows: readonly Rows[],
): Promise<void> {
  const files = new Map([...given.files, ...(fault.files ?? [])]);
  await layOut({ ...given, files }, dir, url);
  await withConnection(url, { purpose: 'drill' }, async ({ client }) => {
    await makeHistory(client, given);
    await runMigrations(client, given, fault.ran);
    for (const { insert } of rows) await client.query(insert);
    await fault.inject(client, given);
    await client.query('ANALYZE');
  });
}
