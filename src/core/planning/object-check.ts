import type { CatalogObject } from '../catalog.js';
import type { Check } from '../plan.js';
import { quoteLiteral } from '../tool.js';

/** What a step rests on: an object that is there, or is not. */
export interface Expected {
  /** As in the catalog: "column public.users.email". */
  readonly key: string;
  readonly there: boolean;
  /** For a column: whether it takes NULL; null where that does not matter. */
  readonly nullable?: boolean | null;
}

const RELATION = `pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`;
const TYPE = `pg_catalog.pg_type t JOIN pg_catalog.pg_namespace n ON n.oid = t.typnamespace`;
const PROC = `pg_catalog.pg_proc p JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace`;

const inSchema = (name: string): string => `n.nspname || '.' || ${name}`;
const ofTable = (name: string): string => `n.nspname || '.' || c.relname || '.' || ${name}`;
const kinds = (letters: string): string =>
  `c.relkind IN (${[...letters].map((letter) => `'${letter}'`).join(', ')})`;

/** Where objects of a kind stand, their name as the catalog's keys have it (never quoted), and which rows count. */
const places: Readonly<Record<string, readonly [from: string, name: string, only?: string]>> = {
  'foreign table': [RELATION, inSchema('c.relname'), kinds('f')],
  'materialized view': [RELATION, inSchema('c.relname'), kinds('m')],
  table: [RELATION, inSchema('c.relname'), kinds('rp')],
  view: [RELATION, inSchema('c.relname'), kinds('v')],
  sequence: [RELATION, inSchema('c.relname'), kinds('S')],
  index: [RELATION, inSchema('c.relname'), kinds('iI')],
  column: [
    `pg_catalog.pg_attribute a JOIN pg_catalog.pg_class c ON c.oid = a.attrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    ofTable('a.attname'),
    'a.attnum > 0 AND NOT a.attisdropped',
  ],
  constraint: [
    `pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    ofTable('k.conname'),
  ],
  trigger: [
    `pg_catalog.pg_trigger g JOIN pg_catalog.pg_class c ON c.oid = g.tgrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    ofTable('g.tgname'),
  ],
  policy: [
    `pg_catalog.pg_policy y JOIN pg_catalog.pg_class c ON c.oid = y.polrelid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace`,
    ofTable('y.polname'),
  ],
  enum: [TYPE, inSchema('t.typname'), `t.typtype = 'e'`],
  domain: [TYPE, inSchema('t.typname'), `t.typtype = 'd'`],
  type: [TYPE, inSchema('t.typname')],
  function: [
    PROC,
    inSchema(`p.proname || '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')'`),
  ],
  schema: ['pg_catalog.pg_namespace n', 'n.nspname'],
  extension: ['pg_catalog.pg_extension x', 'x.extname'],
};

/** A SQL condition: this object is there. Null for kinds that no short look tells (grants, comments). */
export function isThere(key: string): string | null {
  const kind = Object.keys(places).find((one) => key.startsWith(`${one} `));
  const place = kind === undefined ? undefined : places[kind];
  if (kind === undefined || place === undefined) return null;
  const [from, name, only] = place;
  const where = `${name} = ${quoteLiteral(key.slice(kind.length + 1))}`;
  return `EXISTS (SELECT FROM ${from} WHERE ${where}${only === undefined ? '' : ` AND ${only}`})`;
}

/** One check that all of them are as expected; a broken one is named. Null: none of them can be looked at. */
export function asExpected(expected: readonly Expected[]): Check | null {
  const told = expected.flatMap((one) => {
    const found = isThere(one.key);
    return found === null ? [] : [{ ...one, sql: withNullable(found, one) }];
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
    title: `as the plan saw it (${parts.join('; ')})`,
    sql: `SELECT key FROM (VALUES\n${rows.join(',\n')}\n) AS seen (key, holds) WHERE NOT holds ORDER BY 1`,
    expect: [],
  };
}

function withNullable(found: string, { key, there, nullable }: Expected): string {
  if (!there || nullable == null || !key.startsWith('column ')) return found;
  return found.replace(/\)$/, ` AND ${nullable ? 'NOT ' : ''}a.attnotnull)`);
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
    const nullable = live?.parts['nullable'];
    return {
      key,
      there: live !== undefined,
      nullable: nullable === undefined ? null : /^(yes|true|t)$/i.test(nullable),
    };
  });
}
