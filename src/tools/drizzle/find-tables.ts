import type { TableRef } from '../../core/facts.js';
import { quoteTable } from '../../core/tool.js';
import type { Query } from '../contract.js';

export interface FoundTable extends TableRef {
  /** This role may select from it. */
  readonly readable: boolean;
  /** It has id, hash and a numeric created_at. */
  readonly shaped: boolean;
  /** Its name says that it is Drizzle's. */
  readonly named: boolean;
}

/** Tables of the system, and what hosted platforms put beside an application's. */
const notSystem = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;
const platformSchemas = [
  'auth',
  'storage',
  'realtime',
  '_realtime',
  'vault',
  'graphql',
  'graphql_public',
  'extensions',
  'pgbouncer',
  'pgsodium',
  'net',
  'cron',
  'supabase_functions',
  'supabase_migrations',
  'neon_auth',
  'neon',
  'hdb_catalog',
  'partman',
  'topology',
  'tiger',
];

const describe = `SELECT n.nspname AS schema, c.relname AS "table",
    (pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT'))::text AS readable,
    pg_catalog.json_object_agg(a.attname, pg_catalog.format_type(a.atttypid, NULL))::text AS columns
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

/** The relation with exactly this name; null when there is none. */
export async function tableAt(query: Query, ref: TableRef): Promise<FoundTable | null> {
  const [row] = await query(
    `${describe} WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
     GROUP BY n.oid, n.nspname, c.oid, c.relname`,
    [ref.schema, ref.table],
  );
  return row === undefined ? null : describeTable(row);
}

/**
 * Every table with the columns of Drizzle's history table and no others (1.0 adds name and
 * applied_at). One that does not carry its name has to hold hashes, too: an application may have a
 * table of this shape.
 */
export async function findTables(query: Query): Promise<FoundTable[]> {
  const rows = await query(
    `${describe} WHERE c.relkind IN ('r', 'p') AND ${notSystem}
     GROUP BY n.oid, n.nspname, c.oid, c.relname
     HAVING count(*) FILTER (WHERE a.attname IN ('id', 'hash', 'created_at')) = 3
        AND count(*) FILTER (WHERE a.attname NOT IN ('id', 'hash', 'created_at', 'name', 'applied_at')) = 0
     ORDER BY n.nspname, c.relname`,
  );
  const found: FoundTable[] = [];
  for (const table of rows.map(describeTable).filter(({ shaped }) => shaped)) {
    if (table.named || (table.readable && (await holdsHashes(query, table)))) found.push(table);
  }
  return found.toSorted((a, b) => Number(b.named) - Number(a.named));
}

/** How many ordinary tables an application has besides these. */
export async function otherTables(query: Query, except: readonly TableRef[]): Promise<number> {
  const rows = await query(
    `SELECT n.nspname AS schema, c.relname AS "table"
       FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND ${notSystem}
        AND n.nspname <> ALL ($1::text[])
        AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
              WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')`,
    [platformSchemas],
  );
  return rows.filter(
    (row) => !except.some((ref) => ref.schema === row['schema'] && ref.table === row['table']),
  ).length;
}

async function holdsHashes(query: Query, table: TableRef): Promise<boolean> {
  const [row] = await query(
    `SELECT (count(*) > 0 AND bool_and(hash ~ '^[0-9a-f]{64}$'))::text AS all
       FROM (SELECT "hash"::text AS hash FROM ${quoteTable(table)} LIMIT 100) AS few`,
  );
  return row?.['all'] === 'true';
}

function describeTable(row: Readonly<Record<string, string | null>>): FoundTable {
  const columns = JSON.parse(row['columns'] ?? '{}') as Record<string, string>;
  const table = row['table'] ?? '';
  return {
    schema: row['schema'] ?? '',
    table,
    readable: row['readable'] === 'true',
    shaped:
      columns['id'] !== undefined &&
      /^(text|character varying|character)$/.test(columns['hash'] ?? '') &&
      /^(bigint|numeric|integer)$/.test(columns['created_at'] ?? ''),
    named: table.includes('drizzle_migrations'),
  };
}
