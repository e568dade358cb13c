import type pg from 'pg';
import type { CatalogObject } from '../../src/core/catalog.js';
import type { Evidence } from '../../src/core/evidence/evidence.js';
import { type HandChange, handChanges } from '../support/generate/changes.js';
import type { GeneratedFolder } from '../support/generate/folder.js';
import type { Engine } from './engine.js';
import type { LiveServer } from './live-server.js';
import { catalogOf, difference, type Film, film, roots, withDatabase } from './support.js';

interface Changed {
  readonly change: HandChange;
  readonly catalog: readonly CatalogObject[];
}

/** The first change of the seed's order that PostgreSQL takes and the catalog shows; taken back again. */
async function changeOne(
  client: pg.Client,
  made: GeneratedFolder,
  seed: number,
  before: readonly CatalogObject[],
): Promise<Changed> {
  for (const change of handChanges(made.world, seed)) {
    await client.query('BEGIN');
    try {
      await client.query(change.sql);
      const catalog = await catalogOf(client);
      if (difference(before, catalog).size > 0) return { change, catalog };
    } catch {
      // Refused: a type that does not cast, a name that is taken.
    } finally {
      await client.query('ROLLBACK');
    }
  }
  throw new Error('No change could be made.');
}

/** Migrations whose statements made the object look as it does, the first and the last; `parts`: only these parts of it. */
function settersOf(
  { frames, places }: Film,
  made: GeneratedFolder,
  key: string,
  parts: readonly string[] | null,
): { first: string | null; last: string | null } {
  const of = (at: number): string | undefined => {
    const found = frames[at]?.find((object) => object.key === key)?.parts;
    return found && JSON.stringify(parts === null ? found : parts.map((part) => found[part]));
  };
  const migrations: string[] = [];
  for (let at = frames.length - 1; at > 0 && of(at) !== undefined; at--) {
    if (of(at) === of(at - 1)) continue;
    migrations.push(made.migrations[places[at - 1]?.migration ?? -1]?.id ?? '');
  }
  return { first: migrations.at(-1) ?? null, last: migrations[0] ?? null };
}

/** Parts of the object that differ; null: it is not in both. */
function differing(
  key: string,
  ...catalogs: readonly (readonly CatalogObject[])[]
): readonly string[] | null {
  const [a, b] = catalogs.map((one) => one.find((object) => object.key === key)?.parts);
  if (a === undefined || b === undefined) return null;
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].filter((part) => a[part] !== b[part]);
}

/** What is drift, or is lacking from a migration, which looks as if it had stopped there. */
function namedIn(
  { drift, migrations }: Evidence,
  catalog: readonly CatalogObject[],
): Map<string, Told> {
  const live = new Set(catalog.map(({ key }) => key));
  const told = new Map<string, Told>();
  for (const { id, lacks } of migrations.values()) {
    for (const lack of lacks) {
      const stays = lack.startsWith(dropOf);
      const key = stays ? lack.slice(dropOf.length) : lack;
      // Later ones lack it where they changed it, or made something in it.
      if (told.has(key)) continue;
      const type = stays ? 'extra' : live.has(key) ? 'changed' : 'missing';
      told.set(key, { type, migration: id, by: 'lacks' });
    }
  }
  for (const { key, type, migration } of drift) told.set(key, { type, migration, by: 'drift' });
  return told;
}

interface Told {
  readonly type: 'missing' | 'extra' | 'changed';
  readonly migration: string | null;
  readonly by: 'lacks' | 'drift';
}

const dropOf = 'drop of ';

/**
 * Makes a change by hand for each seed, one at a time, and holds the drift against what the catalog
 * shows. Returns what is wrong: one sentence each. `seen`: how often what was changed.
 */
export async function changeByHand(
  engine: Engine,
  server: LiveServer,
  made: GeneratedFolder,
  seeds: readonly number[],
  seen: Map<string, number>,
): Promise<string[]> {
  return withDatabase(server, async (client) => {
    const taken = await film(client, made);
    const before = taken.frames.at(-1) ?? [];
    const replayed = await engine.replayOf(made, before);
    const wrong: string[] = [];
    for (const seed of seeds) {
      const { change, catalog } = await changeOne(client, made, seed, before);
      const evidence = engine.weighOf(made, replayed, catalog, made.migrations.length);
      const expected = roots(difference(before, catalog), before, catalog);
      const told = namedIn(evidence, catalog);
      const types = new Map([...told].map(([key, { type }]) => [key, type]));
      const found = roots(types, before, catalog);
      const say = (sentence: string): void => void wrong.push(`${change.sql}: ${sentence}`);
      for (const [key, type] of expected) {
        if (found.get(key) !== type) {
          say(`not named: ${type} ${key}; said ${found.get(key) ?? 'nothing'}`);
        } else if (type !== 'extra') {
          // What is lacking is lacking from the migration that made it; what drifted, from its last state.
          const { migration, by } = told.get(key) ?? { migration: null, by: 'drift' };
          const { first, last } = settersOf(taken, made, key, differing(key, before, catalog));
          const right = by === 'lacks' ? [first, last] : [last];
          if (!right.includes(migration)) {
            say(`${type} ${key} is said to be of ${migration}, and is of ${right.join(' or ')}`);
          }
        }
      }
      for (const [key, type] of found) {
        if (!expected.has(key)) say(`named in ${told.get(key)?.by}: ${type} ${key}`);
      }
      const what = `${change.type} ${change.kind}`;
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
    return wrong;
  });
}
