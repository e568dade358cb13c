import type { CatalogObject } from '../catalog.js';
import type { LiveNames } from './live-names.js';
import { identsOf, nameOf, ownName, relationOf, says } from './names.js';
import { isForeignKey } from './order.js';
import { keyColumns, referencedBy } from './rebuild.js';
import type { Catalog } from './states.js';
import type { Draft, Step } from './step.js';

/** What an object takes with it for good when it is dropped; nothing where the live database does not have it. */
export function lossOf(
  object: CatalogObject,
  { now, live }: Pick<Step, 'now' | 'live'>,
): Draft['losses'] {
  if (object.kind === 'table') {
    const name = live.table(nameOf(object));
    // A partitioned table's rows are those of its partitions, which go by themselves.
    if (name === null || object.parts['partition key'] !== undefined) return [];
    const from = `FROM ONLY ${name}`;
    return [
      {
        type: 'goes',
        what: `table ${name}`,
        count: `SELECT pg_catalog.count(*) ${from}`,
        rows: `SELECT ${putBack(object.key, { now, live })} ${from}`,
        table: name,
      },
    ];
  }
  if (object.kind === 'column' && object.parts['generated'] === undefined) {
    const table = live.table(relationOf(object));
    const name = live.column(relationOf(object), ownName(object));
    if (table === null || name === null) return [];
    const from = `FROM ${table} WHERE ${name} IS NOT NULL`;
    const select = withKey(object, name, { now, live });
    return [
      {
        type: 'goes',
        what: `column ${table}.${name}`,
        count: `SELECT pg_catalog.count(*) ${from}`,
        rows: `SELECT ${select} ${from}`,
        table,
      },
    ];
  }
  if (
    object.kind === 'sequence' &&
    object.parts['owned by'] === undefined &&
    live.has(object.key)
  ) {
    const count = `SELECT pg_catalog.count(*) FROM ${nameOf(object)} WHERE is_called`;
    return [{ type: 'goes', what: `where ${object.key} stands`, count, rows: null }];
  }
  return [];
}

/** A column with the key of its row; without a key nothing but the whole row tells which one it was. */
export function withKey(
  column: CatalogObject,
  name: string,
  { now, live }: Pick<Step, 'now' | 'live'>,
): string {
  const key = keyOf(column, now, live);
  return key.length === 0 ? putBack(column.parent ?? '', { now, live }) : [...key, name].join(', ');
}

/** The columns of a table that rows can be given with: what is generated, COPY ... FROM refuses. */
function putBack(table: string, { now, live }: Pick<Step, 'now' | 'live'>): string {
  const columns = [...now.values()]
    .filter(({ kind, parent, parts }) => {
      return kind === 'column' && parent === table && parts['generated'] === undefined;
    })
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0))
    .flatMap((column) => live.column(relationOf(column), ownName(column)) ?? []);
  return columns.length === 0 ? '*' : columns.join(', ');
}

/** The columns of the primary key of the table that a column is in, without itself, as they are called now. */
function keyOf(column: CatalogObject, catalog: Catalog, live: LiveNames): readonly string[] {
  for (const object of catalog.values()) {
    if (object.parent !== column.parent || object.kind !== 'constraint') continue;
    if (!(object.parts['definition'] ?? '').startsWith('PRIMARY KEY')) continue;
    return keyColumns(object)
      .filter((name) => name !== ownName(column))
      .flatMap((name) => live.column(relationOf(column), name) ?? []);
  }
  return [];
}

/** A column that may not be empty comes back to a table with rows. */
export function lossOfNewColumn(column: CatalogObject, { live }: Step): Draft['losses'] {
  const { nullable, default: value, identity, generated } = column.parts;
  if (
    nullable !== 'false' ||
    value !== undefined ||
    identity !== undefined ||
    generated !== undefined
  )
    return [];
  const table = live.table(relationOf(column));
  if (table === null) return [];
  const what = `rows of ${table}, which have no value for ${ownName(column)}: it comes back, and may not be empty`;
  return [{ type: 'stops', what, count: `SELECT pg_catalog.count(*) FROM ${table}`, rows: null }];
}

/** Rows that a key or check which comes back does not allow; of an exclusion nothing is counted. */
export function lossOfKey(object: CatalogObject, { live, prior }: Step): Draft['losses'] {
  const definition = object.parts['definition'] ?? '';
  if (object.kind !== 'constraint' || object.parts['validated'] === 'false') return [];
  const relation = relationOf(object);
  const table = live.table(relation);
  if (table === null) return [];
  const back = `against ${ownName(object)}, which comes back`;
  const check = /^CHECK \((.*)\)(?: NO INHERIT)?$/s.exec(definition);
  if (check !== null) {
    // Its text has the names of that time.
    if (table !== relation || !sameNames(object, check[1] ?? '', prior, live)) return [];
    const from = `FROM ${table} WHERE NOT (${check[1]})`;
    return [
      {
        type: 'stops',
        what: `rows of ${table} ${back}`,
        count: `SELECT pg_catalog.count(*) ${from}`,
        rows: `SELECT * ${from}`,
      },
    ];
  }
  const columns = keyColumns(object).map((name) => live.column(relation, name));
  if (columns.includes(null)) return [];
  if (isForeignKey(object)) return ofForeignKey(object, table, columns as string[], live, back);
  if (!/^(?:UNIQUE|PRIMARY KEY) \(/.test(definition)) return [];
  const list = columns.join(', ');
  const given = columns.map((name) => `${name} IS NOT NULL`).join(' AND ');
  const grouped = `FROM ${table} WHERE ${given} GROUP BY ${list} HAVING pg_catalog.count(*) > 1`;
  return [
    {
      type: 'stops',
      what: `values of ${table} (${list}) that are there more than once, ${back}`,
      count: `SELECT pg_catalog.count(*) FROM (SELECT ${grouped}) AS twice`,
      rows: `SELECT ${list}, pg_catalog.count(*) ${grouped}`,
    },
  ];
}

function ofForeignKey(
  object: CatalogObject,
  table: string,
  own: readonly string[],
  live: LiveNames,
  back: string,
): Draft['losses'] {
  const target = referencedBy(object);
  const to = target === null ? null : live.table(target.table);
  const columns = target?.columns.map((name) => live.column(target.table, name)) ?? [];
  if (to === null || columns.includes(null)) return [];
  const joined = own
    .map((name, index) => {
      // Since then one of them may have become another.
      const alike = live.type(to, columns[index] ?? '') === live.type(table, name);
      const as = alike ? '' : '::pg_catalog.text';
      return `r.${columns[index]}${as} = t.${name}${as}`;
    })
    .join(' AND ');
  const given = own.map((name) => `t.${name} IS NOT NULL`).join(' AND ');
  const from = `FROM ${table} AS t WHERE ${given} AND NOT EXISTS (SELECT FROM ${to} AS r WHERE ${joined})`;
  const what = `rows of ${table} that point nowhere, ${back}`;
  return [
    {
      type: 'stops',
      what,
      count: `SELECT pg_catalog.count(*) ${from}`,
      rows: `SELECT t.* ${from}`,
    },
  ];
}

/** Whether what a text names is called so in the live database: the table's columns, types, functions. */
function sameNames(object: CatalogObject, text: string, prior: Catalog, live: LiveNames): boolean {
  return [...prior.values()].every((other) => {
    if (other.kind === 'column' && other.parent === object.parent) {
      const name = ownName(other);
      return !says(text, name) || live.column(relationOf(object), name) === name;
    }
    if (!['function', 'enum', 'domain', 'type'].includes(other.kind)) return true;
    return !says(text, identsOf(nameOf(other)).join('.')) || live.has(other.key);
  });
}
