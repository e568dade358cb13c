import type pg from 'pg';
import { quoteTable } from '../core/tool.js';

/** A table whose rows the dump holds: ordinary ones and partitions; materialised views are rebuilt by a restore. */
export interface DumpedTable {
  readonly schema: string;
  readonly table: string;
  readonly kind: 'table' | 'materialised view';
  /** False for a materialised view that was made WITH NO DATA. */
  readonly populated: boolean;
  /** An estimate from the planner's statistics; 0 where there is none. */
  readonly estimate: number;
  readonly pages: number;
  /** The stored columns as one row expression ("ROW(id, name)"): generated ones are left out, a restore computes them anew. */
  readonly row: string;
}

export interface TableCount extends DumpedTable {
  readonly rows: number;
  /** A sum of hashes over all rows, order does not matter; null where contents are not compared. */
  readonly content: string | null;
}

/** Schemas and members of extensions that pg_dump leaves out. */
export const dumpedRelation = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/** Every table whose rows are in a dump, by schema and name. */
export async function listTables(client: pg.Client): Promise<DumpedTable[]> {
  const { rows } = await client.query<Record<string, string>>(`
    SELECT n.nspname, c.relname, c.relkind, c.relispopulated,
      greatest(c.reltuples, 0)::bigint AS estimate, c.relpages,
      'ROW(' || coalesce((SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0
          AND NOT a.attisdropped AND a.attgenerated = ''), '') || ')' AS row
    FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'm') AND ${dumpedRelation}
    ORDER BY n.nspname, c.relname`);
  return rows.map((row) => ({
    schema: row['nspname'] ?? '',
    table: row['relname'] ?? '',
    kind: row['relkind'] === 'm' ? 'materialised view' : 'table',
    populated: row['relispopulated'] === 't',
    estimate: Number(row['estimate']),
    pages: Number(row['relpages']),
    row: row['row'] ?? 'ROW()',
  }));
}

/** Makes rows print the same on every server, so that their hashes can be compared. */
export const sameText = `SET LOCAL search_path = ''; SET LOCAL DateStyle = 'ISO, MDY';
  SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex';
  SET LOCAL extra_float_digits = 1; SET LOCAL lc_monetary = 'C'; SET LOCAL xmlbinary = 'base64'`;

/**
 * Counts every table exactly, in the transaction that is open; with `content`, hashes the
 * rows too. Small tables share a query, so that a far server is not asked a thousand times.
 * `onTable` is told of each before and after.
 */
export async function countTables(
  client: pg.Client,
  tables: readonly DumpedTable[],
  content: boolean,
  onTable: (table: DumpedTable, done: number, rows: number) => void,
): Promise<TableCount[]> {
  const counts: TableCount[] = [];
  let rows = 0;
  for (const group of groups(tables)) {
    const first = group[0];
    if (first) onTable(first, counts.length, rows);
    const parts = group.map((table, index) => countSql(table, index, content));
    const result = await client.query<Record<string, string | null>>(parts.join(' UNION ALL '));
    const byIndex = new Map(result.rows.map((row) => [Number(row['i']), row]));
    for (const [index, table] of group.entries()) {
      const row = byIndex.get(index);
      const count = { ...table, rows: Number(row?.['n']), content: row?.['content'] ?? null };
      counts.push(count);
      rows += count.rows;
      onTable(table, counts.length, rows);
    }
  }
  return counts;
}

function countSql(table: DumpedTable, index: number, content: boolean): string {
  // Nothing may be read from a materialised view that was never filled.
  if (!table.populated) return `SELECT ${index} AS i, 0::bigint AS n, NULL::text AS content`;
  // The comparison of a rebuilt view would tell of its query, not of the dump.
  const hash =
    content && table.kind === 'table'
      ? `sum(hashtextextended(${table.row}::text COLLATE "C", 0))::text`
      : 'NULL::text';
  return `SELECT ${index} AS i, count(*) AS n, ${hash} AS content FROM ONLY ${quoteTable(table)}`;
}

function groups(tables: readonly DumpedTable[]): DumpedTable[][] {
  const all: DumpedTable[][] = [];
  let pages = Infinity;
  for (const table of tables) {
    const last = all.at(-1);
    pages += table.pages;
    if (last && last.length < 50 && pages <= 1000) last.push(table);
    else {
      all.push([table]);
      pages = table.pages;
    }
  }
  return all;
}
