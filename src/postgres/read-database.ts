import type { DatabaseGrant, DatabaseSetting, LiveDatabase } from '../core/restore.js';
import type { Query } from '../tools/contract.js';

/** What the database one is connected to is made of; columns that a version does not have are null. */
export async function readLiveDatabase(query: Query): Promise<LiveDatabase> {
  const [row = {}] = await query(`
    SELECT d.oid::text AS oid, pg_catalog.pg_get_userbyid(d.datdba) AS owner,
      pg_catalog.pg_encoding_to_char(d.encoding) AS encoding,
      d.datcollate AS collate, d.datctype AS ctype, d.datconnlimit::text AS connection_limit,
      pg_catalog.to_jsonb(d) ->> 'datlocprovider' AS provider,
      coalesce(pg_catalog.to_jsonb(d) ->> 'datlocale', pg_catalog.to_jsonb(d) ->> 'daticulocale') AS locale,
      pg_catalog.to_jsonb(d) ->> 'daticurules' AS rules,
      (SELECT spcname FROM pg_catalog.pg_tablespace t WHERE t.oid = d.dattablespace AND spcname <> 'pg_default') AS tablespace,
      pg_catalog.shobj_description(d.oid, 'pg_database') AS comment,
      (d.datacl IS NULL)::text AS default_acl
    FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()`);
  const providers = { c: 'libc', i: 'icu', b: 'builtin' } as const;
  const provider = row['provider'] as keyof typeof providers | null | undefined;
  return {
    oid: row['oid'] ?? '',
    owner: row['owner'] ?? '',
    encoding: row['encoding'] ?? '',
    provider: provider == null ? null : providers[provider],
    collate: row['collate'] ?? '',
    ctype: row['ctype'] ?? '',
    locale: row['locale'] ?? null,
    rules: row['rules'] ?? null,
    tablespace: row['tablespace'] ?? null,
    connectionLimit: Number(row['connection_limit']),
    comment: row['comment'] ?? null,
    grants: row['default_acl'] === 'true' ? null : await grants(query),
    settings: await settings(query),
  };
}

async function grants(query: Query): Promise<readonly DatabaseGrant[]> {
  const rows = await query(`
    SELECT CASE WHEN a.grantee = 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(a.grantee) END AS grantee,
      a.privilege_type AS privilege, bool_or(a.is_grantable)::text AS grantable
    FROM pg_catalog.pg_database d, pg_catalog.aclexplode(d.datacl) a
    WHERE d.datname = pg_catalog.current_database()
    GROUP BY 1, 2 ORDER BY 1 NULLS FIRST, 2`);
  return rows.map((row) => ({
    grantee: row['grantee'] ?? null,
    privilege: row['privilege'] ?? '',
    grantable: row['grantable'] === 'true',
  }));
}

async function settings(query: Query): Promise<readonly DatabaseSetting[]> {
  const rows = await query(`
    SELECT CASE WHEN s.setrole = 0 THEN NULL ELSE pg_catalog.pg_get_userbyid(s.setrole) END AS role,
      pg_catalog.split_part(c.text, '=', 1) AS name,
      pg_catalog.substr(c.text, pg_catalog.strpos(c.text, '=') + 1) AS value
    FROM pg_catalog.pg_db_role_setting s
      JOIN pg_catalog.pg_database d ON d.oid = s.setdatabase
      CROSS JOIN LATERAL pg_catalog.unnest(s.setconfig) WITH ORDINALITY AS c (text, position)
    WHERE d.datname = pg_catalog.current_database() ORDER BY 1 NULLS FIRST, c.position`);
  return rows.map((row) => ({
    role: row['role'] ?? null,
    name: row['name'] ?? '',
    value: row['value'] ?? '',
  }));
}
