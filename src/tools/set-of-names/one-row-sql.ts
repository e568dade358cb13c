import type { NamedRow, TableRef } from '../../core/facts.js';
import type { Check } from '../../core/plan.js';
import type { HistorySql, NewNamedRow } from '../../core/tool.js';
import { quoteIdent, quoteTable, tableName } from '../../core/tool.js';
import { missingTable } from '../missing-table.js';
import type { HistorySpec, OneRowSpec } from './spec.js';

/** A version, and whether its run failed; null: no row. */
type Place = { readonly version: string; readonly failed: boolean } | null;

/** A table of one row: to record is to move it to another version, and the first one makes it. */
export function oneRowSql(spec: HistorySpec, { failed: flag }: OneRowSpec): HistorySql {
  const version = quoteIdent(spec.name);
  const failed = quoteIdent(flag);
  const is = (place: Exclude<Place, null>): string =>
    `${version} = ${integer(place.version)} AND ${place.failed ? failed : `NOT ${failed}`}`;
  const move = (table: TableRef, from: Place, to: Place): string => {
    const quoted = quoteTable(table);
    if (from === null && to === null) throw new Error('from no row to none');
    if (to === null) return `DELETE FROM ${quoted} WHERE ${is(from as Exclude<Place, null>)}`;
    const [value, state] = [integer(to.version), String(to.failed)];
    return from === null
      ? `INSERT INTO ${quoted} (${version}, ${failed}) VALUES (${value}, ${state})`
      : `UPDATE ${quoted} SET ${version} = ${value}, ${failed} = ${state} WHERE ${is(from)}`;
  };
  const place = ({ name, state }: NamedRow | NewNamedRow): Exclude<Place, null> => ({
    version: name,
    failed: state === 'failed',
  });
  const earlier = ({ follows = null }: NamedRow | NewNamedRow): Place =>
    follows === null ? null : { version: follows, failed: false };
  const counted = (table: TableRef, title: string, where: string, count: number): Check => ({
    type: 'sql',
    title,
    sql: `SELECT count(*) FROM ${quoteTable(table)} WHERE ${where}`,
    expect: [[String(count)]],
  });
  return {
    create: (table) => [spec.create(quoteTable(table))].flat(),
    insert: (table, row: NewNamedRow) => move(table, earlier(row), place(row)),
    remove: (table, row: NamedRow) => move(table, place(row), earlier(row)),
    restore: (table, row: NamedRow) => move(table, earlier(row), place(row)),
    extent: (table, rows: readonly NamedRow[]) => ({
      type: 'sql',
      title: `nobody else has written to ${tableName(table)}`,
      sql: `SELECT count(*), max(${version})::text, coalesce(bool_or(${failed}), false)::text FROM ${quoteTable(table)}`,
      expect: [
        [
          String(rows.length),
          rows[0]?.name ?? null,
          String(rows.some(({ state }) => state === 'failed')),
        ],
      ],
    }),
    count: (table, row: NewNamedRow, count) =>
      counted(
        table,
        count === 0 ? 'it is not recorded yet' : 'it is recorded',
        `${version} >= ${integer(row.name)} AND NOT ${failed}`,
        count,
      ),
    present: (table, row: NamedRow) =>
      counted(table, `the row is of version ${row.name}, as it was read`, is(place(row)), 1),
    missing: missingTable,
    failed: {
      clear: (table, row: NamedRow) => move(table, place(row), earlier(row)),
      cleared: (table, row: NamedRow) =>
        counted(
          table,
          `the row is not of version ${row.name}`,
          `${version} = ${integer(row.name)}`,
          0,
        ),
      restore: (table, row: NamedRow) => move(table, earlier(row), place(row)),
    },
  };
}

function integer(version: string): string {
  if (!/^-?\d+$/.test(version)) throw new Error(`not a version: ${version}`);
  return version;
}
