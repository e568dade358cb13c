import type { Query } from '../tools/contract.js';

/** A role of the live server, without its password. */
export interface LiveRole {
  readonly name: string;
  readonly superuser: boolean;
  readonly bypassRls: boolean;
  readonly inherit: boolean;
  readonly createRole: boolean;
  readonly createDb: boolean;
  /** Names of the roles it is directly a member of, the predefined ones (pg_read_all_data) too. */
  readonly memberOf: readonly string[];
  /** Of ALTER ROLE ... SET, in all databases and in this one (which counts more). */
  readonly settings: Readonly<Record<string, string>>;
}

/** The live session as the migration tool would have it, and what stands around its database. */
export interface LiveSession {
  /** session_user: as whom the tool logs in. */
  readonly user: string;
  readonly database: string;
  /** As SHOW prints it: `"$user", public`. */
  readonly searchPath: string;
  /** What else decides what DDL does, where it differs from PostgreSQL's own default. */
  readonly settings: Readonly<Record<string, string>>;
  readonly databaseOwner: string;
  /** Who may CREATE, CONNECT or TEMPORARY here; `role` '' is PUBLIC. Null: as a new database has it. */
  readonly databasePrivileges:
    | readonly { readonly role: string; readonly privilege: string; readonly grantable: boolean }[]
    | null;
  /** False where someone dropped the schema public. */
  readonly publicSchema: boolean;
}

/** What decides which objects a statement finds, and what it makes of them. */
const deciding = [
  'search_path',
  'default_table_access_method',
  'default_toast_compression',
  'check_function_bodies',
  'standard_conforming_strings',
  'transform_null_equals',
  'default_transaction_isolation',
  'default_transaction_read_only',
  'default_transaction_deferrable',
  'row_security',
  'xmloption',
  'DateStyle',
  'IntervalStyle',
  'TimeZone',
  'array_nulls',
  'quote_all_identifiers',
  'bytea_output',
];

/** Roles that are not predefined, by name. Readable by any role. */
export async function readRoles(query: Query): Promise<readonly LiveRole[]> {
  const rows = await query(`
    SELECT r.rolname AS name, r.rolsuper AS superuser, r.rolbypassrls AS bypass,
      r.rolinherit AS inherit, r.rolcreaterole AS createrole, r.rolcreatedb AS createdb,
      (SELECT pg_catalog.json_agg(DISTINCT g.rolname) FROM pg_catalog.pg_auth_members m
        JOIN pg_catalog.pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid) AS member_of,
      (SELECT pg_catalog.json_agg(s.one ORDER BY s.setdatabase) FROM (
        SELECT d.setdatabase, pg_catalog.unnest(d.setconfig) AS one
        FROM pg_catalog.pg_db_role_setting d
        WHERE d.setrole = r.oid AND (d.setdatabase = 0 OR d.setdatabase = (
          SELECT oid FROM pg_catalog.pg_database WHERE datname = pg_catalog.current_database()))
      ) s) AS settings
    FROM pg_catalog.pg_roles r
    WHERE r.rolname !~ '^pg_'
    ORDER BY r.rolname`);
  return rows.map((row) => ({
    name: row['name'] ?? '',
    superuser: row['superuser'] === 't',
    bypassRls: row['bypass'] === 't',
    inherit: row['inherit'] === 't',
    createRole: row['createrole'] === 't',
    createDb: row['createdb'] === 't',
    memberOf: listOf(row['member_of']),
    settings: settingsOf(listOf(row['settings'])),
  }));
}

/**
 * The session's own settings, also from within a reading transaction that has set some for
 * itself: reset_val is what the session began with. Readable by any role.
 */
export async function readSession(query: Query): Promise<LiveSession> {
  const [row] = await query(
    `SELECT session_user AS name, d.datname AS database, o.rolname AS owner,
      pg_catalog.to_regnamespace('public') IS NOT NULL AS public,
      CASE WHEN d.datacl IS NOT NULL THEN (
        SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
          'role', coalesce(g.rolname, ''), 'privilege', a.privilege_type,
          'grantable', a.is_grantable)), '[]')
        FROM pg_catalog.aclexplode(d.datacl) a
        LEFT JOIN pg_catalog.pg_roles g ON g.oid = a.grantee) END AS privileges,
      (SELECT pg_catalog.json_object_agg(s.name, s.reset_val) FROM pg_catalog.pg_settings s
        WHERE s.name = ANY ($1::text[]) AND (s.name = 'search_path' OR s.reset_val <> s.boot_val))
        AS settings
    FROM pg_catalog.pg_database d JOIN pg_catalog.pg_roles o ON o.oid = d.datdba
    WHERE d.datname = pg_catalog.current_database()`,
    [deciding],
  );
  const { search_path: searchPath, ...settings } = JSON.parse(row?.['settings'] ?? '{}') as Record<
    string,
    string
  >;
  return {
    user: row?.['name'] ?? '',
    database: row?.['database'] ?? '',
    searchPath: searchPath ?? '"$user", public',
    settings,
    databaseOwner: row?.['owner'] ?? '',
    databasePrivileges: JSON.parse(
      row?.['privileges'] ?? 'null',
    ) as LiveSession['databasePrivileges'],
    publicSchema: row?.['public'] === 't',
  };
}

function listOf(json: string | null | undefined): readonly string[] {
  return (JSON.parse(json ?? 'null') as string[] | null) ?? [];
}

/** "search_path=app, public" */
function settingsOf(lines: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const at = line.indexOf('=');
      return [line.slice(0, at), line.slice(at + 1)];
    }),
  );
}
