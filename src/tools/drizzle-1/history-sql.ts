import type { History, HistoryRow, Migration, StampedRow } from '../../core/facts.js';
import type { HistorySql, NewRow } from '../../core/tool.js';
import { historySql as stamped } from '../drizzle/history-sql.js';
import { historySqlOf } from '../set-of-names/history-sql.js';
import { stampOf } from './stamp.js';

/** drizzle-orm 1.0 writes hash, created_at (the time in the folder's name) and name. */
const named = historySqlOf({
  table: { schema: 'drizzle', table: '__drizzle_migrations' },
  create: (table) =>
    `CREATE TABLE IF NOT EXISTS ${table} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint, name text, applied_at timestamp with time zone DEFAULT now())`,
  name: 'name',
  id: 'id',
});

/** A row without a name: in a table of 0.x, or written by 0.x. */
const of = ({ name }: NewRow | HistoryRow): HistorySql => (name === undefined ? stamped : named);

export const historySql: HistorySql = {
  create: named.create,
  insert: (table, row) => of(row).insert(table, row),
  remove: (table, row) => of(row).remove(table, row),
  restore: (table, row) => of(row).restore(table, row),
  extent: (table, rows) => stamped.extent(table, rows.map(withoutName)),
  count: (table, row, count) => of(row).count(table, row, count),
  present: (table, row) => of(row).present(table, row),
  missing: named.missing,
};

/** What the migrator would record; into a table of 0.x what its upgrade recognises. */
export function historyRow({ id, file }: Migration, history: History | null): NewRow | null {
  const stamp = stampOf(id);
  if (file?.hash == null || Number.isNaN(stamp)) return null;
  const [hash, created] = [file.hash, String(stamp)];
  return history?.outdated === true
    ? { hash, stamp: created }
    : { name: id, columns: { hash, created_at: created }, checksum: hash };
}

function withoutName(row: HistoryRow): StampedRow {
  if (row.name === undefined) return row;
  const { hash, created_at: stamp } = row.columns;
  return { id: row.id, hash: hash ?? '', stamp: stamp ?? null };
}
