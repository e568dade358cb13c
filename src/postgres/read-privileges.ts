import type { TableRef } from '../core/facts.js';
import { tableName } from '../core/tool.js';
import type { Query } from '../tools/contract.js';

/** How many names a sentence carries before it only counts. */
const namesShown = 5;

/**
 * What the role may not do and needs: for the migrator's next run, for pgmedic's writes to
 * the history table, and for a backup. Each is a whole sentence. Owners and superusers lack
 * nothing. `title` is the migration tool's name.
 */
export async function readMissingPrivileges(
  query: Query,
  history: TableRef,
  title: string,
): Promise<readonly string[]> {
  return [
    ...(await readOnlyByDefault(query)),
    ...(await missingForHistory(query, history, title)),
    ...(await missingForBackup(query)),
  ];
}

/** Whence pg_settings has a value, in an operator's words. */
const setBy: Readonly<Record<string, string>> = {
  user: 'ALTER ROLE ... SET',
  database: 'ALTER DATABASE ... SET',
  'database user': 'ALTER ROLE ... IN DATABASE ... SET',
  client: 'the database URL, or PGOPTIONS',
  'configuration file': "the server's configuration",
  'command line': "the server's command line",
};

/** Asked in a transaction that is READ ONLY itself, which leaves the default as a new session has it. */
async function readOnlyByDefault(query: Query): Promise<readonly string[]> {
  const [row] = await query(
    `SELECT setting, source FROM pg_settings WHERE name = 'default_transaction_read_only'`,
  );
  if (row?.['setting'] !== 'on') return [];
  const source = row['source'] ?? '';
  return [
    `No writing by default: default_transaction_read_only is on, set by ${setBy[source] ?? source}, and every write fails with 25006.`,
  ];
}

/**
 * CREATE is needed on the database and on the schema although both exist: PostgreSQL checks
 * the right before IF NOT EXISTS (42501, observed on 15). LOCK TABLE in SHARE ROW EXCLUSIVE
 * mode needs one of UPDATE, DELETE and TRUNCATE.
 */
async function missingForHistory(
  query: Query,
  history: TableRef,
  title: string,
): Promise<readonly string[]> {
  const [row] = await query(
    `SELECT current_database() AS database,
            has_database_privilege(current_database(), 'CREATE') AS on_database,
            has_schema_privilege(n.oid, 'CREATE') AS on_schema,
            has_schema_privilege(n.oid, 'USAGE') AS schema_usage,
            has_table_privilege(c.oid, 'SELECT') AS read,
            has_table_privilege(c.oid, 'INSERT') AS insert,
            has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE') AS lock,
            s.relname AS sequence,
            has_sequence_privilege(s.oid, 'USAGE, UPDATE') AS next_value
       FROM (SELECT 1) AS one
       LEFT JOIN pg_namespace n ON n.nspname = $1
       LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $2 AND c.relkind IN ('r', 'p')
       LEFT JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
             AND d.classid = 'pg_class'::regclass AND d.deptype = 'a'
             AND EXISTS (SELECT FROM pg_class WHERE oid = d.objid AND relkind = 'S')
       LEFT JOIN pg_class s ON s.oid = d.objid
      LIMIT 1`,
    [history.schema, history.table],
  );
  const table = tableName(history);
  const lacks = (column: string, sentence: string): readonly string[] =>
    row?.[column] === 'f' ? [sentence] : [];
  return [
    ...lacks(
      'on_database',
      `No CREATE on database ${row?.['database']}: ${title}'s migrator runs CREATE SCHEMA IF NOT EXISTS each time and fails with 42501, also where the schema exists.`,
    ),
    ...lacks(
      'on_schema',
      `No CREATE on schema ${history.schema}: ${title}'s migrator runs CREATE TABLE IF NOT EXISTS in it each time and fails with 42501, also where the table exists.`,
    ),
    ...lacks('schema_usage', `No USAGE on schema ${history.schema}: ${table} cannot be reached.`),
    ...lacks('read', `No SELECT on ${table}: what was applied cannot be read.`),
    ...lacks('insert', `No INSERT on ${table}: what was applied cannot be recorded.`),
    ...lacks(
      'lock',
      `None of UPDATE, DELETE and TRUNCATE on ${table}: pgmedic cannot lock it before it writes.`,
    ),
    ...lacks(
      'next_value',
      `No USAGE on sequence ${history.schema}.${row?.['sequence']}: a new row gets no id.`,
    ),
  ];
}

/** pg_dump reads every table and sequence that is no extension's, and refuses filtered rows. */
async function missingForBackup(query: Query): Promise<readonly string[]> {
  const rows = await query(`
    SELECT n.nspname AS schema, c.relname AS table,
           has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS readable
      FROM pg_class c
      JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relkind IN ('r', 'p', 'S')
       AND c.relpersistence <> 't'
       AND n.nspname <> 'information_schema'
       AND n.nspname !~ '^pg_'
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
       AND (NOT has_schema_privilege(n.oid, 'USAGE')
            OR NOT has_table_privilege(c.oid, 'SELECT')
            OR row_security_active(c.oid))
     ORDER BY n.nspname, c.relname`);
  const names = (readable: string): readonly string[] =>
    rows
      .filter((row) => row['readable'] === readable)
      .map((row) => tableName({ schema: row['schema'] ?? '', table: row['table'] ?? '' }));
  const hidden = names('f');
  const filtered = names('t');
  return [
    ...(hidden.length > 0 ? [`No SELECT on ${list(hidden)}: a backup cannot be complete.`] : []),
    ...(filtered.length > 0
      ? [`Row-level security filters ${list(filtered)} for this role: pg_dump refuses them.`]
      : []),
  ];
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, namesShown).join(', ');
  const more = names.length - namesShown;
  return more > 0 ? `${shown} and ${more} more` : shown;
}
