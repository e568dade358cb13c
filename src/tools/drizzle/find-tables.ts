import type { TableRef } from '../../core/facts.js';
import { quoteTable } from '../../core/tool.js';
import type { Query } from '../contract.js';
import { tableAt, tablesWith, type TableSeen } from '../tables.js';

export interface FoundTable extends TableSeen {
  /** It has id, hash and a numeric created_at. */
  readonly shaped: boolean;
  /** Its name says that it is Drizzle's. */
  readonly named: boolean;
}

/** The relation with exactly this name; null when there is none. */
export async function drizzleTableAt(query: Query, ref: TableRef): Promise<FoundTable | null> {
  const table = await tableAt(query, ref);
  return table === null ? null : judged(table);
}

/**
 * Every table with the columns of Drizzle's history table and no others (1.0 adds name and
 * applied_at). One that does not carry its name has to hold hashes, too: an application may have a
 * table of this shape.
 */
export async function findTables(query: Query): Promise<FoundTable[]> {
  const tables = await tablesWith(query, ['id', 'hash', 'created_at'], ['name', 'applied_at']);
  const found: FoundTable[] = [];
  for (const table of tables.map(judged).filter(({ shaped }) => shaped)) {
    if (table.named || (table.readable && (await holdsHashes(query, table)))) found.push(table);
  }
  return found.toSorted((a, b) => Number(b.named) - Number(a.named));
}

async function holdsHashes(query: Query, table: TableRef): Promise<boolean> {
  const [row] = await query(
    `SELECT (count(*) > 0 AND bool_and(hash ~ '^[0-9a-f]{64}$'))::text AS all
       FROM (SELECT "hash"::text AS hash FROM ${quoteTable(table)} LIMIT 100) AS few`,
  );
  return row?.['all'] === 'true';
}

function judged(table: TableSeen): FoundTable {
  return {
    ...table,
    shaped: isShaped(table.columns),
    named: table.table.includes('drizzle_migrations'),
  };
}

/** id, hash and a numeric created_at. */
export function isShaped(columns: TableSeen['columns']): boolean {
  return (
    columns['id'] !== undefined &&
    /^(text|character varying|character)$/.test(columns['hash'] ?? '') &&
    /^(bigint|numeric|integer)$/.test(columns['created_at'] ?? '')
  );
}
