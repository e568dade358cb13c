import type { CatalogObject, ObjectKind } from '../../core/catalog.js';
import type { TableRef } from '../../core/facts.js';
import type { Query } from '../../tools/contract.js';
import { catalogSql } from './sql.js';

/**
 * All objects of the database that pgmedic knows kinds of, sorted by key. Not: the system's schemas,
 * temporary objects, what extensions own, and the tables to leave out (the history table) with all that
 * is theirs; nor the schema of such a table, unless it is public or something else stands in it.
 *
 * `query` has to run with `search_path = pg_catalog, pg_temp`, as in readingTransaction, or
 * names are printed without their schema. Definitions come as the server prints them; see
 * loadSameDefinition. Reading one takes a short ACCESS SHARE lock on its table.
 */
export async function readCatalog(
  query: Query,
  serverVersionNum: number,
  leaveOut: readonly TableRef[],
): Promise<readonly CatalogObject[]> {
  // To compile so large a plan takes longer than to run it; for the reading's transaction only.
  await query(`SELECT set_config('jit', 'off', true)`);
  const rows = await query(catalogSql('all', serverVersionNum));
  const objects = rows.map(objectOf);
  const names: Quoted[] = [];
  // One after the other: a connection takes one query at a time.
  for (const table of leaveOut) names.push(await quoted(query, table));
  return without(objects, names).sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Names as the keys have them: only the server knows its keywords. */
async function quoted(query: Query, { schema, table }: TableRef): Promise<Quoted> {
  const [row] = await query(
    'SELECT quote_ident($1::text) AS schema, quote_ident($2::text) AS table',
    [schema, table],
  );
  return { name: schema, schema: row?.['schema'] ?? '', table: row?.['table'] ?? '' };
}

interface Quoted {
  /** Of the schema, not quoted. */
  readonly name: string;
  readonly schema: string;
  readonly table: string;
}

function objectOf(row: Readonly<Record<string, string | null>>): CatalogObject {
  return {
    key: row['key'] ?? '',
    kind: row['kind'] as ObjectKind,
    schema: row['schema'] ?? null,
    parent: row['parent'] ?? null,
    parts: JSON.parse(row['parts'] ?? '{}') as Readonly<Record<string, string>>,
    ...(row['position'] == null ? {} : { position: Number(row['position']) }),
  };
}

function without(objects: readonly CatalogObject[], tables: readonly Quoted[]): CatalogObject[] {
  const gone = new Set(tables.map(({ schema, table }) => `table ${schema}.${table}`));
  const rest = withoutChildren(objects, gone);
  const used = new Set(rest.map(({ schema }) => schema));
  const empty = tables.filter(({ name }) => name !== 'public' && !used.has(name));
  return empty.length === 0
    ? rest
    : withoutChildren(rest, new Set(empty.map(({ schema }) => `schema ${schema}`)));
}

/** A column goes with its table, the comment on a column with that, and so on. */
function withoutChildren(objects: readonly CatalogObject[], gone: Set<string>): CatalogObject[] {
  const parents = new Map(objects.map(({ key, parent }) => [key, parent]));
  return objects.filter(({ key }) => {
    for (let at: string | null = key; at !== null; at = parents.get(at) ?? null) {
      if (gone.has(at)) return false;
    }
    return true;
  });
}
