import type pg from 'pg';
import { quoteTable } from '../core/tool.js';

/** A table whose rows the dump holds: ordinary ones and partitions; materialised views are rebuilt by a restore. */
export interface DumpedTable {
  readonly schema: string;
  readonly table: string;
  readonly kind: 'table' | 'materialised view';
  /** False for a materialised view that was made WITH NO DATA, and for an unlogged table on a replica, which has no rows of it. */
  readonly populated: boolean;
  /** An estimate from the planner's statistics; 0 where there is none. */
  readonly estimate: number;
  readonly pages: number;
  /** On the disk, with what is kept out of line; 0 where the whole database is too small to ask. */
  readonly bytes: number;
  /** The primary key as a row expression; null where there is none. */
  readonly key: string | null;
  /** The stored columns as one row expression ("ROW(id, name)"): generated ones are left out, a restore computes them anew. */
  readonly row: string;
}

export interface TableCount extends DumpedTable {
  readonly rows: number;
  /** A sum of hashes over its rows, or those of its sample; order does not matter. null where contents are not compared. */
  readonly content: string | null;
}

/** Which rows are hashed and not only counted. */
export interface Hashing {
  /** Tables above this size (bytes) are hashed by a sample. */
  readonly wholeUpTo: number;
}

/** A table of this size is hashed in a few seconds. */
export const WHOLE_UP_TO = 1024 ** 3;

/** Of a large table one row in so many is hashed. */
export const SAMPLE = 64;

/** A sample goes by the hash of the primary key: the restored copy has the same rows in it, wherever they lie. */
export function isSampled(table: DumpedTable, { wholeUpTo }: Hashing): boolean {
  return table.kind === 'table' && table.key !== null && table.bytes > wholeUpTo;
}

/** Schemas and members of extensions that pg_dump leaves out. */
export const dumpedRelation = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND c.relpersistence <> 't'
  AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
    WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/** Every table whose rows are in a dump, by schema and name. To ask for `sizes` waits for whoever holds a table in ACCESS EXCLUSIVE mode. */
export async function listTables(client: pg.Client, sizes = false): Promise<DumpedTable[]> {
  const { rows } = await client.query<Record<string, string>>(`
    SELECT n.nspname, c.relname, c.relkind,
      c.relispopulated AND NOT (c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery()) AS populated,
      greatest(c.reltuples, 0)::bigint AS estimate, c.relpages,
      ${sizes ? 'pg_catalog.pg_table_size(c.oid)' : '0'} AS bytes,
      (SELECT 'ROW(' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) || ')'
        FROM pg_catalog.pg_index i JOIN pg_catalog.pg_attribute a
          ON a.attrelid = c.oid AND a.attnum = ANY (i.indkey)
        WHERE i.indrelid = c.oid AND i.indisprimary) AS key,
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
    populated: row['populated'] === 't',
    estimate: Number(row['estimate']),
    pages: Number(row['relpages']),
    bytes: Number(row['bytes']),
    key: row['key'] ?? null,
    row: row['row'] ?? 'ROW()',
  }));
}

/** Makes rows print the same on every server, so that their hashes can be compared. */
export const sameText = `SET LOCAL search_path = ''; SET LOCAL DateStyle = 'ISO, MDY';
  SET LOCAL IntervalStyle = 'postgres'; SET LOCAL TimeZone = 'UTC'; SET LOCAL bytea_output = 'hex';
  SET LOCAL extra_float_digits = 1; SET LOCAL lc_monetary = 'C'; SET LOCAL xmlbinary = 'base64'`;

/**
 * Counts every table exactly, in the transaction that is open; with `hashing`, hashes
 * rows too. Small tables share a query, so that a far server is not asked a thousand times.
 * `onTable` is told of each before and after.
 */
export async function countTables(
  client: pg.Client,
  tables: readonly DumpedTable[],
  hashing: Hashing | null,
  onTable: (table: DumpedTable, done: number, rows: number) => void,
): Promise<TableCount[]> {
  const counts: TableCount[] = [];
  let rows = 0;
  for (const group of groups(tables)) {
    const first = group[0];
    if (first) onTable(first, counts.length, rows);
    const parts = group.map((table, index) => countSql(table, index, hashing));
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

function countSql(table: DumpedTable, index: number, hashing: Hashing | null): string {
  // Nothing may be read from what was never filled.
  if (!table.populated) return `SELECT ${index} AS i, 0::bigint AS n, NULL::text AS content`;
  return `SELECT ${index} AS i, count(*) AS n, ${hashSql(table, hashing)} AS content FROM ONLY ${quoteTable(table)}`;
}

function hashSql(table: DumpedTable, hashing: Hashing | null): string {
  // The comparison of a rebuilt view would tell of its query, not of the dump.
  if (hashing === null || table.kind !== 'table') return 'NULL::text';
  const hash = `hashtextextended(${table.row}::text COLLATE "C", 0)`;
  if (!isSampled(table, hashing)) return `sum(${hash})::text`;
  // How many rows are in the sample speaks too: an empty one has no sum.
  const inSample = `mod(hashtextextended(${table.key}::text COLLATE "C", 1), ${SAMPLE}) = 0`;
  return `concat_ws('/', count(*) FILTER (WHERE ${inSample}), sum(CASE WHEN ${inSample} THEN ${hash} END))`;
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
