import { createHash } from 'node:crypto';
import type { Catalog, ColumnRow, ConstraintRow, IndexRow } from './catalog.js';

/**
 * A Drizzle snapshot (version 7, drizzle-kit 0.31) of a catalog. The drills' snapshots are read
 * back from the database after each migration, so they cannot disagree with the SQL.
 */
export interface SnapshotFile {
  id: string;
  prevId: string;
  version: '7';
  dialect: 'postgresql';
  tables: Record<string, SnapshotTable>;
  enums: Record<string, { name: string; schema: string; values: readonly string[] }>;
  schemas: Record<string, never>;
  sequences: Record<string, never>;
  roles: Record<string, never>;
  policies: Record<string, never>;
  views: Record<string, never>;
  _meta: {
    columns: Record<string, never>;
    schemas: Record<string, never>;
    tables: Record<string, never>;
  };
}

export interface SnapshotTable {
  name: string;
  schema: string;
  columns: Record<string, object>;
  indexes: Record<string, SnapshotIndex>;
  foreignKeys: Record<string, object>;
  compositePrimaryKeys: Record<string, object>;
  uniqueConstraints: Record<string, object>;
  policies: Record<string, never>;
  checkConstraints: Record<string, object>;
  isRLSEnabled: boolean;
}

export interface SnapshotIndex {
  name: string;
  columns: { expression: string; isExpression: boolean; asc: boolean; nulls: 'last' }[];
  isUnique: boolean;
  where?: string;
  concurrently: boolean;
  method: string;
  with: object;
}

/** The id before the first snapshot. */
export const noSnapshot = '00000000-0000-0000-0000-000000000000';

/** The same tag has the same id in every drill, so that two runs of one can be compared. */
export function snapshotId(tag: string): string {
  const hex = createHash('sha256').update(`pgmedic drill ${tag}`).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** @param prevId the id of the snapshot before, or `noSnapshot`. */
export function snapshotOf(catalog: Catalog, tag: string, prevId: string): SnapshotFile {
  const tables: Record<string, SnapshotTable> = {};
  for (const column of catalog.columns.filter((c) => c.schema === 'public')) {
    const key = `public.${column.table}`;
    tables[key] ??= table(catalog, column.table);
    tables[key].columns[column.name] = columnOf(column, catalog.constraints);
  }
  return {
    id: snapshotId(tag),
    prevId,
    version: '7',
    dialect: 'postgresql',
    tables,
    enums: Object.fromEntries(
      catalog.enums.map((e) => [
        `${e.schema}.${e.name}`,
        { name: e.name, schema: e.schema, values: e.values },
      ]),
    ),
    schemas: {},
    sequences: {},
    roles: {},
    policies: {},
    views: {},
    _meta: { columns: {}, schemas: {}, tables: {} },
  };
}

function table(catalog: Catalog, name: string): SnapshotTable {
  const constraints = catalog.constraints.filter((c) => c.schema === 'public' && c.table === name);
  const indexes = catalog.indexes.filter((i) => i.schema === 'public' && i.table === name);
  const byName = (kind: string, make: (c: ConstraintRow) => object): Record<string, object> =>
    Object.fromEntries(constraints.filter((c) => c.kind === kind).map((c) => [c.name, make(c)]));
  return {
    name,
    schema: '',
    columns: {},
    indexes: Object.fromEntries(indexes.map((i) => [i.name, indexOf(i)])),
    foreignKeys: byName('f', foreignKey),
    compositePrimaryKeys: Object.fromEntries(
      constraints
        .filter((c) => c.kind === 'p' && c.columns.length > 1)
        .map((c) => [c.name, { name: c.name, columns: c.columns }]),
    ),
    uniqueConstraints: byName('u', (c) => ({
      name: c.name,
      nullsNotDistinct: false,
      columns: c.columns,
    })),
    policies: {},
    checkConstraints: byName('c', (c) => ({
      name: c.name,
      value: c.definition.replace(/^CHECK \(\((.*)\)\)$/s, '$1'),
    })),
    isRLSEnabled: false,
  };
}

function columnOf(column: ColumnRow, constraints: readonly ConstraintRow[]): object {
  const serial = column.default?.startsWith('nextval(') === true;
  const primary = constraints.find((c) => c.kind === 'p' && c.table === column.table)?.columns;
  return {
    name: column.name,
    type: serial ? (column.type === 'bigint' ? 'bigserial' : 'serial') : typeOf(column.type),
    ...(column.enumSchema === null ? {} : { typeSchema: column.enumSchema }),
    primaryKey: primary?.length === 1 && primary[0] === column.name,
    notNull: column.notNull,
    ...(column.default === null || serial ? {} : { default: defaultOf(column) }),
  };
}

/** Types as drizzle-kit writes them. */
function typeOf(type: string): string {
  return type
    .replace('character varying', 'varchar')
    .replace(/^timestamp without time zone$/, 'timestamp')
    .replace(/^numeric\((\d+),(\d+)\)$/, 'numeric($1, $2)');
}

/** drizzle-kit keeps true, false and numbers as JSON, and a cast only for JSON types. */
function defaultOf(column: ColumnRow): unknown {
  const text = column.default ?? '';
  if (/^(true|false|-?\d+(\.\d+)?)$/.test(text)) return JSON.parse(text);
  return column.type === 'jsonb' ? text : text.replace(/^('(?:[^']|'')*')::[\w ."]+$/, '$1');
}

function foreignKey(constraint: ConstraintRow): object {
  return {
    name: constraint.name,
    tableFrom: constraint.table,
    tableTo: constraint.toTable,
    columnsFrom: constraint.columns,
    columnsTo: constraint.toColumns,
    onDelete: actions[constraint.onDelete],
    onUpdate: actions[constraint.onUpdate],
  };
}

/** pg_constraint.confdeltype and confupdtype. */
const actions: Readonly<Record<string, string>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

function indexOf(index: IndexRow): SnapshotIndex {
  return {
    name: index.name,
    columns: index.columns.map(({ expression, isExpression }) => ({
      expression,
      isExpression,
      asc: true,
      nulls: 'last',
    })),
    isUnique: index.unique,
    ...(index.where === null ? {} : { where: index.where.replace(/^\((.*)\)$/s, '$1') }),
    concurrently: false,
    method: index.method,
    with: {},
  };
}
