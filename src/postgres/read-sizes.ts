import type { Query } from '../tools/contract.js';

/** Of ordinary and partitioned tables and materialised views, outside the system schemas. */
export interface RelationSizes {
  /** With indexes and TOAST, partitions summed; bytes. */
  readonly bytes: number;
  /** Estimate (reltuples), partitions summed; -1: never analyzed. */
  readonly rows: number;
}

/** Sizes by "public.orders" (never quoted). Reads the catalog and the files' lengths, no rows. Any role may. */
export async function readSizes(query: Query): Promise<Readonly<Record<string, RelationSizes>>> {
  const rows = await query(`
    WITH relation AS (
      SELECT c.oid, c.relkind, n.nspname || '.' || c.relname AS name, c.reltuples, c.relpages
      FROM pg_catalog.pg_class c
      JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    ), leaf AS (
      SELECT name, oid, reltuples, relpages FROM relation WHERE relkind <> 'p'
      UNION ALL
      SELECT r.name, f.oid, f.reltuples, f.relpages
      FROM relation r, pg_catalog.pg_partition_tree(r.oid) t
      JOIN pg_catalog.pg_class f ON f.oid = t.relid
      WHERE r.relkind = 'p' AND t.isleaf
    )
    SELECT name, sum(pg_catalog.pg_total_relation_size(oid)) AS bytes,
      -- An empty table that was never looked at has -1 (14 and later) or 0 rows on 0 pages.
      CASE WHEN bool_or(reltuples > 0 OR relpages > 0)
        THEN sum(greatest(reltuples, 0))::bigint ELSE -1 END AS rows
    FROM leaf GROUP BY name`);
  return Object.fromEntries(
    rows.map((row) => [
      row['name'] ?? '',
      { bytes: Number(row['bytes']), rows: Number(row['rows']) },
    ]),
  );
}
