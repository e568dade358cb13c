import type pg from 'pg';
import type { TableRef } from '../core/facts.js';
import { quoteTable } from '../core/tool.js';

/** A row of drizzle's history table, as text. */
export interface HistoryRow {
  readonly hash: string;
  readonly stamp: string | null;
}

/** By id; none where there is no table. */
export async function readHistory(client: pg.Client, table: TableRef): Promise<HistoryRow[]> {
  const { rows: there } = await client.query<{ yes: string }>(
    `SELECT (to_regclass($1) IS NOT NULL)::text AS yes`,
    [quoteTable(table)],
  );
  if (there[0]?.yes !== 'true') return [];
  const { rows } = await client.query<HistoryRow>(
    `SELECT hash, created_at::text AS stamp FROM ${quoteTable(table)} ORDER BY id`,
  );
  return rows;
}

/** For a database of the judge: the table the migrator made, with other rows. */
export async function replaceHistory(
  client: pg.Client,
  table: TableRef,
  rows: readonly HistoryRow[],
): Promise<void> {
  await client.query(`TRUNCATE ${quoteTable(table)}`);
  for (const { hash, stamp } of rows) {
    await client.query(`INSERT INTO ${quoteTable(table)} (hash, created_at) VALUES ($1, $2)`, [
      hash,
      stamp,
    ]);
  }
}

/** Whether the id that the migrator's next row will get is free. No table, or no sequence: nothing in the way. */
export async function sequenceIsAhead(client: pg.Client, table: TableRef): Promise<boolean> {
  const { rows: found } = await client.query<{ name: string | null }>(
    `SELECT pg_get_serial_sequence(to_regclass($1)::text, 'id') AS name`,
    [quoteTable(table)],
  );
  const sequence = found[0]?.name ?? null;
  if (sequence === null) return true;
  const { rows } = await client.query<{ ahead: string }>(
    `SELECT (last_value + is_called::int > coalesce((SELECT max(id) FROM ${quoteTable(table)}), 0))::text AS ahead
     FROM ${sequence}`,
  );
  return rows[0]?.ahead === 'true';
}
