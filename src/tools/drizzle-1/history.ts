import type { History, HistoryRow, TableRef } from '../../core/facts.js';
import { quoteTable } from '../../core/tool.js';
import type { Query } from '../contract.js';
import type { FoundTable } from '../drizzle/find-tables.js';
import { readHistory as readTable, readStampedRows, stampedRow } from '../drizzle/history.js';

/** As 0.x finds and reads it, with names where the table has them. Sends SELECTs only. */
export function readHistory(
  query: Query,
  expected: TableRef,
  configured: boolean,
): Promise<History> {
  return readTable(query, expected, configured, readRows);
}

async function readRows(
  query: Query,
  table: FoundTable,
): Promise<Pick<History, 'rows' | 'outdated'>> {
  if (table.columns['name'] === undefined) {
    return { ...(await readStampedRows(query, table)), outdated: true };
  }
  const hasTime = table.columns['applied_at'] !== undefined;
  const rows = await query(
    `SELECT "id"::text AS id, coalesce("hash"::text, '') AS hash, "created_at"::text AS stamp,
            "name"::text AS name${hasTime ? ', "applied_at"::text AS applied_at' : ''}
       FROM ${quoteTable(table)} ORDER BY "id"`,
  );
  return {
    rows: rows.map((row): HistoryRow => {
      const { id, hash, stamp } = stampedRow(row);
      const name = row['name'] ?? null;
      // 0.x writes no name into a table that 1.0 has brought up to date.
      if (name === null) return { id, hash, stamp };
      const time = hasTime ? { applied_at: row['applied_at'] ?? null } : {};
      return { id, name, columns: { hash, created_at: stamp, ...time }, checksum: hash };
    }),
  };
}
