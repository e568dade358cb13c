import type { TableRef } from '../core/facts.js';
import type { Query } from './contract.js';

/** A relation as the catalog has it. */
export interface TableSeen extends TableRef {
  /** This role may select from it. */
  readonly readable: boolean;
  /** Types by column, as format_type prints them without their modifiers: "character varying". */
  readonly columns: Readonly<Record<string, string>>;
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
export async function tableAt(query: Query, ref: TableRef): Promise<TableSeen | null> {
  const [row] = await query(
    `${describe} WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
     GROUP BY n.oid, n.nspname, c.oid, c.relname`,
    [ref.schema, ref.table],
  );
  return row === undefined ? null : seen(row);
}

/** Every table that has all columns of `required`, and beside them none but those of `optional`, or any. */
export async function tablesWith(
  query: Query,
  required: readonly string[],
  optional: readonly string[] | 'any' = [],
): Promise<TableSeen[]> {
  const rows = await query(
    `${describe} WHERE c.relkind IN ('r', 'p') AND ${notSystem}
     GROUP BY n.oid, n.nspname, c.oid, c.relname
     HAVING count(*) FILTER (WHERE a.attname = ANY ($1::text[])) = $2
        AND ($4::boolean OR count(*) FILTER (WHERE a.attname <> ALL ($3::text[])) = 0)
     ORDER BY n.nspname, c.relname`,
    [
      required,
      required.length,
      [...required, ...(optional === 'any' ? [] : optional)],
      optional === 'any',
    ],
  );
  return rows.map(seen);
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

function seen(row: Readonly<Record<string, string | null>>): TableSeen {
  return {
    schema: row['schema'] ?? '',
    table: row['table'] ?? '',
    readable: row['readable'] === 'true',
    columns: JSON.parse(row['columns'] ?? '{}') as Record<string, string>,
  };
}

export function sameTable(a: TableRef, b: TableRef): boolean {
  return a.schema === b.schema && a.table === b.table;
}

/** The sequence behind a column, with the value that it would give next; null where there is none or it may not be read. */
export async function readSequence(
  query: Query,
  quoted: string,
  column: string,
): Promise<{ readonly name: string; readonly next: number } | null> {
  // Reading a sequence takes a privilege of its own, which a role that may only look often lacks.
  const [owned] = await query(
    `SELECT seq AS name, has_sequence_privilege(seq, 'SELECT')::text AS readable,
            (SELECT s.seqincrement FROM pg_catalog.pg_sequence s WHERE s.seqrelid = seq::regclass) AS step
       FROM (SELECT pg_catalog.pg_get_serial_sequence($1, $2) AS seq) AS owned WHERE seq IS NOT NULL`,
    [quoted, column],
  );
  const name = owned?.['name'];
  if (name == null || owned?.['readable'] !== 'true') return null;
  const [state] = await query(`SELECT last_value, is_called::text AS called FROM ${name}`);
  const last = Number(state?.['last_value']);
  const next = state?.['called'] === 'true' ? last + Number(owned['step']) : last;
  return { name, next };
}
