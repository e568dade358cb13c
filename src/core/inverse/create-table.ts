import type { CatalogObject } from '../catalog.js';
import { type Made, optionList } from './made.js';
import { listed, nameOf, ownName, relationOf } from './names.js';
import { reprintable } from './reprint.js';
import type { Catalog } from './states.js';

/** A table with its columns in their order; keys, indexes and the rest are made by themselves. */
export function createTable(table: CatalogObject, prior: Catalog): Made {
  const { parts } = table;
  const name = nameOf(table);
  if (parts['of type'] !== undefined) return { why: `table ${name} is of a type` };
  if (parts['replica identity'] === 'index' && !hasIdentity(table, prior)) {
    return { why: 'which index was its replica identity is not known' };
  }
  const columns = [...prior.values()]
    .filter(({ kind, parent }) => kind === 'column' && parent === table.key)
    .sort((a, b) => (a.position ?? 0) - (b.position ?? 0));
  const words = parts['persistence'] === 'unlogged' ? 'CREATE UNLOGGED TABLE' : 'CREATE TABLE';
  const lines = columns.map((column) => `\n  ${columnSql(column)}`).join(',');
  const { 'partition key': key, 'access method': method, options } = parts;
  const sql = [
    `${words} ${name} (${lines}\n)`,
    ...(key === undefined ? [] : [`PARTITION BY ${key}`]),
    ...(method === undefined ? [] : [`USING ${method}`]),
    ...(options === undefined ? [] : [`WITH (${optionList(options)})`]),
  ].join(' ');
  return {
    sql: [sql, ...columns.flatMap((column) => afterwards(column, {})), ...security(table, {})],
    late: parents(table),
    remarks: [
      `table ${name} comes back empty: its rows went when it was dropped, and only a restored backup has them`,
    ],
  };
}

/** The tables it inherits from, or is a partition of. */
function parents({ key, parts }: CatalogObject): string[] {
  const name = nameOf({ key });
  const bound = parts['partition bound'];
  const of = listed(parts['inherits'] ?? '');
  if (bound !== undefined)
    return of.map((parent) => `ALTER TABLE ${parent} ATTACH PARTITION ${name} ${bound}`);
  return of.map((parent) => `ALTER TABLE ${name} INHERIT ${parent}`);
}

/** The column with what of it is said in its line. */
function columnSql(column: CatalogObject): string {
  const { parts } = column;
  const generated = parts['generated'];
  const options = parts['identity options'];
  return [
    ownName(column),
    parts['type'] ?? '',
    ...(parts['collation'] === undefined ? [] : [`COLLATE ${parts['collation']}`]),
    ...(generated === undefined
      ? []
      : [
          `GENERATED ALWAYS AS (${reprintable(generated)}) ${(parts['generation'] ?? 'stored').toUpperCase()}`,
        ]),
    ...(parts['identity'] === undefined
      ? []
      : [
          `GENERATED ${parts['identity'].toUpperCase()} AS IDENTITY${options === undefined ? '' : ` (${options})`}`,
        ]),
    ...(parts['default'] === undefined ? [] : [`DEFAULT ${parts['default']}`]),
    ...(parts['nullable'] === 'false' ? ['NOT NULL'] : []),
  ].join(' ');
}

/** What of a column only ALTER TABLE says, where it is not as it was. */
export function afterwards(column: CatalogObject, from: CatalogObject['parts']): string[] {
  const { parts } = column;
  const alter = (what: string): string =>
    `ALTER TABLE ${relationOf(column)} ALTER COLUMN ${ownName(column)} ${what}`;
  const set = (part: string, say: (value: string) => string, reset: string): string[] => {
    const to = parts[part];
    if (to === from[part]) return [];
    return [alter(to === undefined ? reset : say(to))];
  };
  return [
    ...set('storage', (to) => `SET STORAGE ${to.toUpperCase()}`, 'SET STORAGE DEFAULT'),
    ...set('compression', (to) => `SET COMPRESSION ${to}`, 'SET COMPRESSION default'),
    ...set('statistics', (to) => `SET STATISTICS ${to}`, 'SET STATISTICS -1'),
    ...changeOptions(parts['options'], from['options']).map(alter),
  ];
}

/** "SET (...)" and "RESET (...)" that lead from one list of options to another. */
export function changeOptions(to: string | undefined, from: string | undefined): string[] {
  if (to === from) return [];
  const keys = (options: string | undefined): string[] =>
    (options ?? '').split(/, (?=[\w.]+=)/).flatMap((one) => /^([\w.]+)=/.exec(one)?.[1] ?? []);
  const wanted = keys(to);
  const gone = keys(from).filter((key) => !wanted.includes(key));
  return [
    ...(to === undefined ? [] : [`SET (${optionList(to)})`]),
    ...(gone.length === 0 ? [] : [`RESET (${gone.join(', ')})`]),
  ];
}

/** Row security and replica identity; which index the latter is stands with the index. */
export function security(table: CatalogObject, from: CatalogObject['parts']): string[] {
  const { parts, key } = table;
  const alter = (what: string): string => `ALTER TABLE ${nameOf({ key })} ${what}`;
  const identity = parts['replica identity'];
  return [
    ...(parts['row security'] === from['row security']
      ? []
      : [
          alter(`${parts['row security'] === undefined ? 'DISABLE' : 'ENABLE'} ROW LEVEL SECURITY`),
        ]),
    ...(parts['row security forced'] === from['row security forced']
      ? []
      : [
          alter(
            `${parts['row security forced'] === undefined ? 'NO FORCE' : 'FORCE'} ROW LEVEL SECURITY`,
          ),
        ]),
    ...(identity === from['replica identity'] || identity === 'index'
      ? []
      : [alter(`REPLICA IDENTITY ${(identity ?? 'default').toUpperCase()}`)]),
  ];
}

/** A column of a table that stayed: the last one from now on, with nothing in it. */
export function addColumn(column: CatalogObject, prior: Catalog): Made {
  const relation = relationOf(column);
  const name = ownName(column);
  const { parts } = column;
  if (column.parent !== null && prior.get(column.parent)?.kind !== 'table')
    return { why: `${column.key} is of a foreign table` };
  const derived = parts['generated'] !== undefined;
  return {
    sql: [`ALTER TABLE ${relation} ADD COLUMN ${columnSql(column)}`, ...afterwards(column, {})],
    remarks: [
      `column ${relation}.${name} comes back as the last of its table${
        derived
          ? ''
          : ', without its values: they went when it was dropped, and only a restored backup has them'
      }`,
    ],
  };
}

function hasIdentity(table: CatalogObject, prior: Catalog): boolean {
  return [...prior.values()].some(
    ({ parent, parts }) => parent === table.key && parts['replica identity'] === 'true',
  );
}
