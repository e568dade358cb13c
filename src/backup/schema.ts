import type pg from 'pg';
import type { CatalogObject } from '../core/catalog.js';
import { readCatalog } from '../postgres/catalog/read-catalog.js';
import { loadSameDefinition } from '../postgres/catalog/same.js';
import type { Query } from '../tools/contract.js';
import type { Difference } from './compare.js';
import { type Owner, readOwners } from './owners.js';

/** The schema that a dump has to hold. */
export interface DumpedSchema {
  readonly objects: readonly CatalogObject[];
  /** Whose default privileges stand there without a name; see catalog/sql-grants.ts. */
  readonly user: string;
  readonly owners: readonly Owner[];
}

/** Rights are not restored where the sandbox's role may not give them. */
const rights: readonly CatalogObject['kind'][] = ['grant', 'default privilege'];

/**
 * A schema public that was dropped and made anew gives PUBLIC nothing, and has no list of rights that would
 * say so; pg_dump writes this REVOKE for it, and the copy then has the list.
 */
const ofMadeAnewPublic = 'revoke USAGE on schema public from public';

/** In the transaction that is open. */
export async function readSchema(client: pg.Client): Promise<DumpedSchema> {
  const { rows } = await client.query<{ name: string }>('SELECT current_user AS name');
  const user = rows[0]?.name ?? '';
  return { objects: await objects(client, user), user, owners: await readOwners(client) };
}

async function objects(client: pg.Client, user: string): Promise<readonly CatalogObject[]> {
  const version = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  await client.query(`SET LOCAL search_path = pg_catalog, pg_temp`);
  await client.query(`SELECT set_config('pgmedic.live_user', $1, true)`, [user]);
  const query: Query = async (sql, values) =>
    (await client.query<Record<string, string | null>>(sql, values && [...values])).rows;
  try {
    return await readCatalog(query, Number(version.rows[0]?.server_version_num), []);
  } finally {
    await client.query(`SET LOCAL search_path = ''`).catch(() => {});
  }
}

/**
 * In what the restored copy's schema is another one than was dumped. `owners`: whether owners and
 * rights were restored as well. What servers of two versions print differently is the same.
 */
export async function compareSchema(
  client: pg.Client,
  expected: DumpedSchema,
  owners: boolean,
): Promise<Difference[]> {
  const { rows } = await client.query<{ name: string }>('SELECT current_user AS name');
  // Of the role that reads, default privileges stand without its name; it may be another's there.
  const clash = rows[0]?.name !== expected.user && namesRole(expected, rows[0]?.name ?? '');
  const compared = ({ kind }: CatalogObject): boolean =>
    !(rights.includes(kind) && !owners) && !(kind === 'default privilege' && clash);
  const same = await loadSameDefinition();
  const there = new Map(
    (await objects(client, expected.user)).filter(compared).map((one) => [one.key, one]),
  );
  const differences: Difference[] = [];
  for (const one of expected.objects.filter(compared)) {
    const restored = there.get(one.key);
    there.delete(one.key);
    if (restored === undefined) differences.push({ object: one.key, what: 'is missing' });
    else {
      const names = new Set([...Object.keys(one.parts), ...Object.keys(restored.parts)]);
      for (const name of names) {
        const [a, b] = [one.parts[name], restored.parts[name]];
        if (isRebuilt(one, name) || a === b) continue;
        if (a !== undefined && b !== undefined && same(one.kind, name, a, b)) continue;
        differences.push({ object: one.key, what: `its ${name} is not the same` });
      }
    }
  }
  there.delete(ofMadeAnewPublic);
  if (owners) differences.push(...otherOwners(expected.owners, await readOwners(client)));
  for (const key of there.keys()) differences.push({ object: key, what: 'was not dumped' });
  return differences;
}

function otherOwners(expected: readonly Owner[], restored: readonly Owner[]): Difference[] {
  const there = new Map(restored.map(({ object, owner }) => [object, owner]));
  return expected.flatMap(({ object, owner }) => {
    const now = there.get(object);
    return now === owner ? [] : [{ object, what: `its owner is ${now ?? 'nobody'}, not ${owner}` }];
  });
}

/** A restore builds an index anew, so that it is valid whatever it was; and fills no view that was empty. */
function isRebuilt({ kind }: CatalogObject, part: string): boolean {
  return kind === 'index' && part === 'valid';
}

function namesRole({ objects: all }: DumpedSchema, role: string): boolean {
  return all.some(({ kind, key }) => kind === 'default privilege' && key.includes(role));
}
