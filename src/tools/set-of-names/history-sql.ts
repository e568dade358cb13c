import type { NamedRow } from '../../core/facts.js';
import type { FailedSql, HistorySql, NewNamedRow } from '../../core/tool.js';
import { quoteIdent, quoteLiteral, quoteTable, tableName } from '../../core/tool.js';
import { missingTable } from '../missing-table.js';
import type { HistorySpec, RunsSpec } from './spec.js';

/** Writes what the tool itself would: the name, and what it puts into further columns. */
export function historySqlOf(spec: HistorySpec): HistorySql {
  const key = quoteIdent(spec.name);
  const id = spec.id === null ? null : quoteIdent(spec.id);
  const named = (name: string): string => `${key} = ${quoteLiteral(name)}`;
  const isRow = (row: NamedRow): string =>
    [
      ...(id === null ? [] : [`${id} = ${idOf(row)}`]),
      named(row.name),
      ...Object.entries(row.columns).map(([column, value]) =>
        value === null
          ? `${quoteIdent(column)} IS NULL`
          : `${quoteIdent(column)} = ${quoteLiteral(value)}`,
      ),
    ].join(' AND ');
  const { runs } = spec;
  return {
    create: (table) => [
      ...(table.schema === 'public'
        ? []
        : [`CREATE SCHEMA IF NOT EXISTS ${quoteIdent(table.schema)}`]),
      ...[spec.create(quoteTable(table))].flat(),
    ],
    insert(table, row: NewNamedRow) {
      const more = Object.entries(spec.writes ?? {});
      const own = Object.entries(row.columns);
      const columns = [key, ...[...own, ...more].map(([column]) => quoteIdent(column))].join(', ');
      const values = [
        quoteLiteral(row.name),
        ...own.map(([, value]) => literal(value)),
        ...more.map(([, sql]) => sql(quoteTable(table), row.name)),
      ];
      const returning = id === null ? '' : ` RETURNING ${id} AS "id"`;
      return `INSERT INTO ${quoteTable(table)} (${columns}) VALUES (${values.join(', ')})${returning}`;
    },
    remove: (table, row: NamedRow) => `DELETE FROM ${quoteTable(table)} WHERE ${isRow(row)}`,
    restore(table, row: NamedRow) {
      const more = Object.entries(row.columns);
      const columns = [
        ...(id === null ? [] : [id]),
        key,
        ...more.map(([column]) => quoteIdent(column)),
      ];
      const values = [
        ...(id === null ? [] : [idOf(row)]),
        quoteLiteral(row.name),
        ...more.map(([, value]) => literal(value)),
      ];
      return `INSERT INTO ${quoteTable(table)} (${columns.join(', ')}) VALUES (${values.join(', ')})`;
    },
    extent: (table, rows: readonly NamedRow[]) => ({
      type: 'sql',
      title: `nobody else has written to ${tableName(table)}`,
      sql: `SELECT count(*), max(${key}::text COLLATE "C") FROM ${quoteTable(table)}`,
      expect: [[String(rows.length), greatest(rows.map(({ name }) => name))]],
    }),
    count: (table, row: NewNamedRow, count) => ({
      type: 'sql',
      title:
        count === 0
          ? 'it is not recorded yet'
          : `it is recorded ${count === 1 ? 'once' : `${count} times`}`,
      sql: `SELECT count(*) FROM ${quoteTable(table)} WHERE ${named(row.name)}${runs === undefined ? '' : ` AND ${runs.applied}`}`,
      expect: [[String(count)]],
    }),
    present: (table, row: NamedRow) => ({
      type: 'sql',
      title: `the row of ${row.name} is as it was read`,
      sql: `SELECT count(*) FROM ${quoteTable(table)} WHERE ${isRow(row)}`,
      expect: [['1']],
    }),
    missing: missingTable,
    ...(runs !== undefined && { failed: failedSql(quoteIdent(runs.cleared), runs, isRow) }),
  };
}

/** A time in the column takes a row out of the way; without it, it is as it was. */
function failedSql(
  column: string,
  { cleared }: RunsSpec,
  isRow: (row: NamedRow) => string,
): FailedSql {
  const isCleared = (row: NamedRow): string => {
    const columns = Object.entries(row.columns).filter(([name]) => name !== cleared);
    return `${isRow({ ...row, columns: Object.fromEntries(columns) })} AND ${column} IS NOT NULL`;
  };
  return {
    clear: (table, row: NamedRow) =>
      `UPDATE ${quoteTable(table)} SET ${column} = now() WHERE ${isRow(row)}`,
    cleared: (table, row: NamedRow) => ({
      type: 'sql',
      title: `the failed row of ${row.name} is taken out of the way`,
      sql: `SELECT count(*) FROM ${quoteTable(table)} WHERE ${isCleared(row)}`,
      expect: [['1']],
    }),
    restore: (table, row: NamedRow) =>
      `UPDATE ${quoteTable(table)} SET ${column} = NULL WHERE ${isCleared(row)}`,
  };
}

function literal(value: string | null): string {
  return value === null ? 'NULL' : quoteLiteral(value);
}

/** Digits or a UUID, or the placeholder that stands for an id a later INSERT returns. */
function idOf({ id }: NamedRow): string {
  if (/^-?\d+$/.test(id) || /^\{\{returned:id(:\d+)?\}\}$/.test(id)) return id;
  if (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/.test(id)) return quoteLiteral(id);
  throw new Error(`neither a number nor a UUID: ${id}`);
}

/** As the collation C orders: by bytes. */
function greatest(names: readonly string[]): string | null {
  const sorted = names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return sorted.at(-1) ?? null;
}
