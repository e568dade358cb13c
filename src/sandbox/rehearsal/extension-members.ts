import type { Query } from '../../tools/contract.js';

/**
 * Names of what these extensions brought to the live database: functions, types, tables, schemas and so
 * on. In a copy that lacks the extension these are missing, which says nothing of the live one.
 */
export async function membersOf(
  query: Query,
  extensions: readonly string[],
): Promise<readonly string[]> {
  const rows = await query(
    `SELECT DISTINCT coalesce(p.proname, c.relname, t.typname, n.nspname, l.lanname, f.fdwname, a.amname, o.opcname) AS name
     FROM pg_catalog.pg_extension e
     JOIN pg_catalog.pg_depend d ON d.refclassid = 'pg_catalog.pg_extension'::regclass AND d.refobjid = e.oid
       AND d.deptype = 'e'
     LEFT JOIN pg_catalog.pg_proc p ON d.classid = 'pg_catalog.pg_proc'::regclass AND p.oid = d.objid
     LEFT JOIN pg_catalog.pg_class c ON d.classid = 'pg_catalog.pg_class'::regclass AND c.oid = d.objid
     LEFT JOIN pg_catalog.pg_type t ON d.classid = 'pg_catalog.pg_type'::regclass AND t.oid = d.objid
     LEFT JOIN pg_catalog.pg_namespace n ON d.classid = 'pg_catalog.pg_namespace'::regclass AND n.oid = d.objid
     LEFT JOIN pg_catalog.pg_language l ON d.classid = 'pg_catalog.pg_language'::regclass AND l.oid = d.objid
     LEFT JOIN pg_catalog.pg_foreign_data_wrapper f
       ON d.classid = 'pg_catalog.pg_foreign_data_wrapper'::regclass AND f.oid = d.objid
     LEFT JOIN pg_catalog.pg_am a ON d.classid = 'pg_catalog.pg_am'::regclass AND a.oid = d.objid
     LEFT JOIN pg_catalog.pg_opclass o ON d.classid = 'pg_catalog.pg_opclass'::regclass AND o.oid = d.objid
     WHERE e.extname = ANY ($1::text[])`,
    [extensions],
  );
  return rows.flatMap((row) => row['name'] ?? []);
}
