import type { CatalogObject } from '../catalog.js';
import type { Check } from '../plan.js';
import { quoteLiteral } from '../tool.js';

/** What a step rests on: an object that is there, or is not. */
export interface Expected {
  /** As in the catalog: "column public.users.email". */
  readonly key: string;
  readonly there: boolean;
  /** Parts of its definition; only those that read the same in every session are looked at (`readable`). */
  readonly parts?: CatalogObject['parts'];
}

/** Where objects of a kind stand, their name as src/postgres/catalog writes it, and which rows count. */
interface Place {
  readonly from: string;
  readonly name: string;
  readonly only?: string;
  /** The parts that do not depend on search_path or the server's version, as text. */
  readonly readable?: Readonly<Record<string, string>>;
}

const id = (column: string): string => `pg_catalog.quote_ident(${column})`;
const qualified = (column: string): string => `${id('n.nspname')} || '.' || ${id(column)}`;
const table = qualified('c.relname');
const onTable = (column: string): string => `${table} || '.' || ${id(column)}`;
const namespace = (column: string): string => `JOIN pg_catalog.pg_namespace n ON n.oid = ${column}`;
const ofRelation = (from: string, column: string): string =>
  `${from} JOIN pg_catalog.pg_class c ON c.oid = ${column} ${namespace('c.relnamespace')}`;
const relation = (...kinds: readonly string[]): Place => ({
  from: `pg_catalog.pg_class c ${namespace('c.relnamespace')}`,
  name: table,
  only: `c.relkind IN (${kinds.map((kind) => `'${kind}'`).join(', ')})`,
});
const type = (only?: string): Place => ({
  from: `pg_catalog.pg_type t ${namespace('t.typnamespace')}`,
  name: qualified('t.typname'),
  ...(only !== undefined && { only }),
});

const values = `(SELECT pg_catalog.string_agg(pg_catalog.quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_catalog.pg_enum e WHERE e.enumtypid = t.oid)`;

const places: Readonly<Record<string, Place>> = {
  'foreign table': relation('f'),
  'materialized view': relation('m'),
  table: relation('r', 'p'),
  view: relation('v'),
  sequence: relation('S'),
  index: relation('i', 'I'),
  column: {
    from: ofRelation('pg_catalog.pg_attribute a', 'a.attrelid'),
    name: onTable('a.attname'),
    only: 'a.attnum > 0 AND NOT a.attisdropped',
    readable: { nullable: '(NOT a.attnotnull)::text' },
  },
  constraint: {
    // Of a table, or of a domain.
    from: `pg_catalog.pg_constraint k LEFT JOIN pg_catalog.pg_class c ON c.oid = k.conrelid LEFT JOIN pg_catalog.pg_type t ON t.oid = k.contypid ${namespace('coalesce(c.relnamespace, t.typnamespace)')}`,
    name: `${qualified('coalesce(c.relname, t.typname)')} || '.' || ${id('k.conname')}`,
    readable: { validated: 'k.convalidated::text' },
  },
  trigger: {
    from: ofRelation('pg_catalog.pg_trigger g', 'g.tgrelid'),
    name: onTable('g.tgname'),
  },
  policy: {
    from: ofRelation('pg_catalog.pg_policy y', 'y.polrelid'),
    name: onTable('y.polname'),
  },
  enum: { ...type(`t.typtype = 'e'`), readable: { values } },
  domain: type(`t.typtype = 'd'`),
  type: type(),
  schema: { from: 'pg_catalog.pg_namespace n', name: id('n.nspname') },
  extension: { from: 'pg_catalog.pg_extension x', name: id('x.extname') },
};

/** A SQL condition: this object is there, and is like this. Null for kinds that no short look tells (grants, comments, functions by their arguments). */
function isThere({ key, there, parts = {} }: Expected): string | null {
  const kind = Object.keys(places).find((one) => key.startsWith(`${one} `));
  const place = kind === undefined ? undefined : places[kind];
  if (kind === undefined || place === undefined) return null;
  const { from, name, only, readable = {} } = place;
  const like = Object.entries(readable).flatMap(([part, sql]) => {
    const value = parts[part];
    return there && value !== undefined ? [`${sql} = ${quoteLiteral(value)}`] : [];
  });
  const where = [
    `${name} = ${quoteLiteral(key.slice(kind.length + 1))}`,
    ...(only === undefined ? [] : [only]),
    ...like,
  ];
  return `EXISTS (SELECT FROM ${from} WHERE ${where.join(' AND ')})`;
}

/** One check that all of them are as expected; a broken one is named. Null: none of them can be looked at. */
export function asExpected(expected: readonly Expected[]): Check | null {
  const told = expected.flatMap((one) => {
    const sql = isThere(one);
    return sql === null ? [] : [{ ...one, sql }];
  });
  if (told.length === 0) return null;
  const rows = told.map(
    ({ key, there, sql }) => `  (${quoteLiteral(key)}, ${there ? sql : `NOT ${sql}`})`,
  );
  const names = (there: boolean): string[] =>
    told.filter((one) => one.there === there).map(({ key }) => key);
  const parts = [...listed('there', names(true)), ...listed('not there', names(false))];
  return {
    type: 'sql',
    title: `as the plan has it (${parts.join('; ')})`,
    sql: `SELECT key FROM (VALUES\n${rows.join(',\n')}\n) AS seen (key, holds) WHERE NOT holds ORDER BY 1`,
    expect: [],
  };
}

function listed(word: string, keys: readonly string[]): readonly string[] {
  if (keys.length === 0) return [];
  const more = keys.length > 4 ? ` and ${keys.length - 3} more` : '';
  return [`${word}: ${keys.slice(0, more === '' ? 4 : 3).join(', ')}${more}`];
}

/** The live objects by key; what a plan saw. */
export type Seen = ReadonlyMap<string, CatalogObject>;

/** These keys, as the plan sees them. */
export function seenNow(keys: readonly string[], seen: Seen): readonly Expected[] {
  return [...new Set(keys)].sort().map((key) => {
    const live = seen.get(key);
    return live === undefined ? { key, there: false } : { key, there: true, parts: live.parts };
  });
}
