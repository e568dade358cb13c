import { quoteIdent, quoteTable, tableName } from '../../core/tool.js';
import type { FindingCode } from '../../core/finding.js';
import type { ProbeSchema, ProbeTable } from './schema.js';
import type { PlannedProbe } from './types.js';

/** A table's rows as the statement's own other commands would leave them. */
export interface Rows {
  readonly table: ProbeTable;
  /** Columns whose type changes or that are new: their values, as expressions over the old row. */
  readonly replaced: ReadonlyMap<string, string>;
  /** Generated columns that are new or made anew, as expressions over the new row. */
  readonly generated: ReadonlyMap<string, string>;
}

export const asTheyAre = (table: ProbeTable): Rows => ({
  table,
  replaced: new Map(),
  generated: new Map(),
});

/** What stands behind FROM. `only`: without the rows of children; a partitioned table has no other. */
export function from({ table, replaced, generated }: Rows, only: boolean, as?: string): string {
  const plain = `${only && table.kind !== 'partitioned' ? 'ONLY ' : ''}${quoteTable(table)}`;
  if (replaced.size + generated.size === 0) return as === undefined ? plain : `${plain} AS ${as}`;
  const alias = `AS ${as ?? quoteIdent(table.table)}`;
  const first = `(SELECT ${list(table, replaced, generated)} FROM ${plain}) ${alias}`;
  if (generated.size === 0) return first;
  const made = [...generated].map(([name, value]) => `(${value}) AS ${quoteIdent(name)}`);
  return `(SELECT *, ${made.join(', ')} FROM ${first}) ${alias}`;
}

function list(table: ProbeTable, replaced: Rows['replaced'], left: Rows['generated']): string {
  const names = table.columns.map(({ name }) => name).filter((name) => !left.has(name));
  const all = [...names, ...[...replaced.keys()].filter((name) => !names.includes(name))];
  const columns = all.map((name) => {
    const value = replaced.get(name);
    return value === undefined ? quoteIdent(name) : `${value} AS ${quoteIdent(name)}`;
  });
  return ['tableoid', ...columns].join(', ');
}

/** Counts the rows for which the condition is true. */
export function countWhere(rows: Rows, only: boolean, condition: string): string {
  const source = from(rows, only);
  const bad = `count(*) FILTER (WHERE ${condition}) AS bad, count(*) AS total`;
  if (only || !rows.table.parent) return `SELECT ${bad}, NULL AS relation FROM ${source}`;
  return `SELECT bad, total, (SELECT relname FROM pg_catalog.pg_class WHERE oid = at) AS relation FROM (SELECT ${bad}, min(tableoid) FILTER (WHERE ${condition}) AS at FROM ${source}) AS counted`;
}

/** Works the expression out for each row; what it raises is what the statement would raise. */
export function evaluate(rows: Rows, only: boolean, value: string, where: string | null): string {
  const filter = where === null ? '' : ` WHERE ${where}`;
  return `SELECT 0 AS bad, count(*) AS total, NULL AS relation, count(value) AS worked FROM (SELECT ${value} AS value FROM ${from(rows, only)}${filter} OFFSET 0) AS each`;
}

/** Whether there is a row at all; a count of them all would be dear. */
export function anyRow(rows: Rows, only: boolean): string {
  return `SELECT count(*) AS bad, NULL AS total, NULL AS relation FROM (SELECT FROM ${from(rows, only)} LIMIT ${ENOUGH}) AS first`;
}

/** As far as rows are counted where one is enough. */
export const ENOUGH = 10_001;

interface Asked {
  readonly question: string;
  readonly sql: string;
  readonly code: FindingCode;
  readonly sqlstate: string;
  readonly message: string;
  readonly doubt?: string | null;
}

/** With the schemas of the table's own types on the path: their operators are found by it. */
export function probe(
  schema: ProbeSchema,
  table: ProbeTable,
  asked: Asked,
  ...others: readonly ProbeTable[]
): PlannedProbe {
  const types = [table, ...others].flatMap((one) => one.columns.map(({ type }) => schemaOf(type)));
  const path = [...schema.searchPath, ...types.filter((name) => name !== null)];
  return {
    doubt: null,
    ...asked,
    table: { schema: table.schema, table: table.table },
    searchPath: [...new Set(path)],
  };
}

export const shown = (table: ProbeTable): string => tableName(table);

/** "ext" of "ext.citext", null of "integer". */
function schemaOf(type: string): string | null {
  const found = /^(?:"((?:[^"]|"")+)"|([^".( ]+))\./.exec(type);
  return found === null ? null : (found[1]?.replaceAll('""', '"') ?? found[2] ?? null);
}
