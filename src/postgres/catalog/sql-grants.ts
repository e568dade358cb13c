import { CLASS, type Wanted, onlyTouched } from './sql-parts.js';

const COLUMNS = ['owner', 'key', 'kind', 'schema', 'parent', 'parts'] as const;

/** The output columns of the whole SELECT, in their order. */
const output = (columns: Readonly<Record<(typeof COLUMNS)[number], string>>): string =>
  `SELECT ${COLUMNS.map((name) => `${columns[name]} AS ${name}`).join(', ')}, NULL::int AS position`;

/** What a comment or grant goes with: the object, or, for what is none of its own, that which it is a part of. */
const carrier = 'CASE WHEN o.kind IS NULL THEN o.parent ELSE o.key END';

/**
 * Left out: those of extensions, which come from their control file and change with their version,
 * and the one that every schema public has from the start.
 */
export const comments = `${output({
  owner: 'o.owner',
  key: `'comment on ' || o.key`,
  kind: `'comment'`,
  schema: 'o.schema',
  parent: carrier,
  parts: `json_build_object('text', d.description)`,
})}
FROM objects AS o JOIN pg_catalog.pg_description AS d ON d.classoid = o.class AND d.objoid = o.object AND d.objsubid = o.sub
WHERE o.class <> ${CLASS.pg_extension} AND NOT (o.key = 'schema public' AND d.description = 'standard public schema')`;

const grantee = `CASE g.grantee WHEN 0 THEN 'public' ELSE quote_ident(pg_get_userbyid(g.grantee)) END`;

/**
 * Rights that a type of object gives PUBLIC where nobody said otherwise (acldefault); they count for
 * granted, and it is shown where they were revoked. Of the schema public: USAGE. Its CREATE is neither
 * a default (since 15) nor not one (until 14, and in databases upgraded from there), so nobody is told of it.
 */
const builtIn = `CASE o.acl_type WHEN 'f' THEN 'EXECUTE' WHEN 'T' THEN 'USAGE'
  WHEN 'n' THEN CASE o.key WHEN 'schema public' THEN 'USAGE' END END`;

/**
 * Rights of others than the owner. MAINTAIN, which GRANT ALL includes since 17, is shown only where
 * the role has not all the others.
 */
export const grants = `${output({
  owner: 'o.owner',
  key: `'grant ' || g.privilege || ' on ' || o.key || ' to ' || ${grantee}`,
  kind: `'grant'`,
  schema: 'o.schema',
  parent: carrier,
  parts: `json_build_object('with grant option', g.grantable::text)`,
})}
FROM objects AS o CROSS JOIN LATERAL (
  SELECT x.grantee, x.privilege_type AS privilege, bool_or(x.is_grantable) AS grantable,
    count(*) OVER (PARTITION BY x.grantee) AS rights
  FROM aclexplode(o.acl) AS x WHERE x.grantee <> o.role GROUP BY x.grantee, x.privilege_type) AS g
WHERE o.acl IS NOT NULL
  AND NOT (g.grantee = 0 AND (g.privilege IS NOT DISTINCT FROM ${builtIn} OR o.key = 'schema public' AND g.privilege = 'CREATE'))
  AND NOT (g.privilege = 'MAINTAIN' AND g.rights = 8)
UNION ALL
${output({
  owner: 'o.owner',
  key: `'revoke ' || ${builtIn} || ' on ' || o.key || ' from public'`,
  kind: `'grant'`,
  schema: 'o.schema',
  parent: carrier,
  parts: `'{}'::json`,
})}
FROM objects AS o
WHERE o.acl IS NOT NULL AND ${builtIn} IS NOT NULL
  AND NOT EXISTS (SELECT FROM aclexplode(o.acl) AS x WHERE x.grantee = 0 AND x.privilege_type = ${builtIn})`;

/** In a replay, the live session's user: a migration may name the role that runs it. */
export const liveUserSetting = 'pgmedic.live_user';

/**
 * Of the role that reads they are told without its name, since it is another one in the sandbox.
 * Without a schema they stand in place of the built-in rights, so what PUBLIC lost is told.
 */
export function defaultPrivileges(wanted: Wanted): string {
  const things = `CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions'
    WHEN 'T' THEN 'types' WHEN 'n' THEN 'schemas' ELSE 'large objects' END`;
  const place = `' on ' || ${things} || coalesce(' in schema ' || quote_ident(n.nspname), '')
    || CASE WHEN d.defaclrole IN (current_user::regrole, to_regrole(nullif(current_setting('${liveUserSetting}', true), '')))
      THEN '' ELSE ' of role ' || quote_ident(pg_get_userbyid(d.defaclrole)) END`;
  const builtInRight = `CASE d.defaclobjtype WHEN 'f' THEN 'EXECUTE' WHEN 'T' THEN 'USAGE' END`;
  const from = `FROM pg_catalog.pg_default_acl AS d LEFT JOIN pg_catalog.pg_namespace AS n ON n.oid = d.defaclnamespace`;
  const touched = onlyTouched(wanted, 'pg_default_acl', 'd.oid');
  const common = {
    owner: `'${CLASS.pg_default_acl}/' || d.oid`,
    kind: `'default privilege'`,
    schema: 'n.nspname::text',
    parent: `'schema ' || quote_ident(n.nspname)`,
  };
  return `${output({
    ...common,
    key: `'default privilege ' || g.privilege || ${place} || ' to ' || ${grantee}`,
    parts: `json_build_object('with grant option', g.grantable::text)`,
  })}
${from} CROSS JOIN LATERAL (
  SELECT x.grantee, x.privilege_type AS privilege, bool_or(x.is_grantable) AS grantable,
    count(*) OVER (PARTITION BY x.grantee) AS rights
  FROM aclexplode(d.defaclacl) AS x WHERE x.grantee <> d.defaclrole GROUP BY x.grantee, x.privilege_type) AS g
WHERE NOT (d.defaclnamespace = 0 AND g.grantee = 0 AND g.privilege IS NOT DISTINCT FROM ${builtInRight})
  AND NOT (g.privilege = 'MAINTAIN' AND g.rights = 8)${touched}
UNION ALL
${output({
  ...common,
  key: `'default privilege without ' || ${builtInRight} || ${place} || ' to public'`,
  parts: `'{}'::json`,
})}
${from}
WHERE d.defaclnamespace = 0 AND ${builtInRight} IS NOT NULL
  AND NOT EXISTS (SELECT FROM aclexplode(d.defaclacl) AS x WHERE x.grantee = 0 AND x.privilege_type = ${builtInRight})${touched}`;
}
