import type { TableRef } from '../../core/facts.js';

/** What a probe has to know of the live schema, as plain data; read-schema.ts reads it. */
export interface ProbeSchema {
  /** Schemas in which an unqualified name is looked for, in order. */
  readonly searchPath: readonly string[];
  readonly tables: readonly ProbeTable[];
  readonly domains: readonly ProbeDomain[];
  readonly enums: readonly ProbeEnum[];
}

export interface ProbeTable extends TableRef {
  readonly kind: 'table' | 'partitioned' | 'foreign' | 'materialized view';
  /** It has children or partitions. */
  readonly parent: boolean;
  readonly columns: readonly ProbeColumn[];
  readonly constraints: readonly ProbeConstraint[];
  readonly indexes: readonly ProbeIndex[];
  /** pg_get_partkeydef: "RANGE (a, lower(b))"; null unless partitioned. */
  readonly partitionKey: string | null;
  /** Of a partitioned table, in no order. */
  readonly partitions: readonly ProbePartition[];
}

export interface ProbeColumn {
  readonly name: string;
  /** format_type, with the schema unless in pg_catalog: "character varying(10)", "ext.citext". */
  readonly type: string;
  readonly notNull: boolean;
  /** Generated when read (server 18): its expression is not worked out by DDL. */
  readonly virtual: boolean;
  /** Name of a collation other than the type's own, qualified and quoted; null: the type's. */
  readonly collation: string | null;
}

export interface ProbeConstraint {
  readonly name: string;
  /** pg_get_constraintdef. */
  readonly definition: string;
  readonly type: 'check' | 'foreign key' | 'not null' | 'primary key' | 'unique' | 'exclusion';
  readonly columns: readonly string[];
  readonly validated: boolean;
  /** Of a foreign key: the table it refers to. */
  readonly references: TableRef | null;
  /** Referenced columns, in the order of `columns`. */
  readonly referenced: readonly string[];
}

export interface ProbeIndex {
  readonly name: string;
  /** pg_get_indexdef. */
  readonly definition: string;
  readonly unique: boolean;
  /** All columns it depends on, those in expressions included. */
  readonly columns: readonly string[];
  /** Key columns, without expressions. */
  readonly keys: readonly string[];
}

export interface ProbePartition extends TableRef {
  readonly isDefault: boolean;
  /** pg_get_partition_constraintdef, on its own columns; null: none. */
  readonly constraint: string | null;
}

export interface ProbeDomain {
  readonly schema: string;
  readonly name: string;
  /** The type at the bottom, with its length: "character varying(3)". */
  readonly base: string;
  readonly notNull: boolean;
  readonly default: string | null;
  readonly checks: readonly {
    readonly name: string;
    readonly definition: string;
    readonly validated: boolean;
  }[];
  /** Columns of tables that have it, directly or through a domain over it. */
  readonly columns: readonly (TableRef & { readonly column: string })[];
}

export interface ProbeEnum {
  readonly schema: string;
  readonly name: string;
  readonly labels: readonly string[];
}

/** The thing of that name; without a schema, the first on the search path. */
export function named<T>(
  schema: ProbeSchema,
  items: readonly T[],
  place: string | null,
  matches: (item: T, schema: string) => boolean,
): T | null {
  const places = place === null ? ['pg_temp', ...schema.searchPath] : [place];
  for (const one of places) {
    const found = items.find((item) => matches(item, one));
    if (found !== undefined) return found;
  }
  return null;
}

export function tableNamed(
  schema: ProbeSchema,
  place: string | null,
  name: string,
): ProbeTable | null {
  return named(schema, schema.tables, place, (item, s) => item.schema === s && item.table === name);
}

export function sameTable(a: TableRef, b: TableRef): boolean {
  return a.schema === b.schema && a.table === b.table;
}
