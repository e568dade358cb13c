import type { History, HistoryRow } from '../facts.js';
import { tableName } from '../tool.js';
import { stampText } from './input.js';

/** A row, as evidence names it. */
export function rowText(history: History, row: HistoryRow): string {
  const table = tableName(history.table ?? history.expected);
  if (row.name !== undefined) return `${table} records ${row.name}`;
  return `${table} row ${row.id}: created_at ${stampText(row.stamp)}, hash ${row.hash.slice(0, 12)}...`;
}

export function newestRow(history: History): HistoryRow | null {
  return history.rows.reduce<HistoryRow | null>(
    (best, row) =>
      row.stamp != null && (best === null || Number(row.stamp) > Number(best.stamp)) ? row : best,
    null,
  );
}
