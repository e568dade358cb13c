/** Runs one query; every value is text or null, as with src/postgres/connect.ts. */
export type TextQuery = (
  sql: string,
) => Promise<readonly Readonly<Record<string, string | null>>[]>;

/**
 * "SYSTEM_IDENTIFIER/DATABASE_OID": the cluster's own number, given by initdb, and the
 * database in it. A copy of a server keeps it, another server never has it.
 * @returns null where the role may not call pg_control_system()
 */
export async function readIdentity(query: TextQuery): Promise<string | null> {
  // The privilege is checked when a query starts, so it has to be asked for in one of its own.
  const [allowed] = await query(
    `SELECT pg_catalog.has_function_privilege('pg_catalog.pg_control_system()', 'EXECUTE')::text AS ok`,
  );
  if (allowed?.['ok'] !== 'true') return null;
  const [row] = await query(
    `SELECT c.system_identifier::text || '/' || d.oid::text AS identity
     FROM pg_catalog.pg_control_system() AS c, pg_catalog.pg_database AS d
     WHERE d.datname = pg_catalog.current_database()`,
  );
  return row?.['identity'] ?? null;
}
