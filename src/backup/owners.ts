import type pg from 'pg';

export interface Owner {
  /** As the server names it: "table public.users", "large object 16438". */
  readonly object: string;
  readonly owner: string;
}

/** Catalogs whose objects have an owner, the column that holds it, and which rows a dump speaks of. */
const owned: readonly (readonly [catalog: string, owner: string, where?: string])[] = [
  ['pg_class', 'relowner', `relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND relpersistence <> 't'`],
  [
    'pg_type',
    'typowner',
    `typtype IN ('e', 'd', 'r') OR typtype = 'c' AND (SELECT relkind FROM pg_catalog.pg_class WHERE oid = typrelid) = 'c'`,
  ],
  ['pg_proc', 'proowner'],
  ['pg_namespace', 'nspowner'],
  ['pg_operator', 'oprowner'],
  ['pg_opclass', 'opcowner'],
  ['pg_opfamily', 'opfowner'],
  ['pg_collation', 'collowner'],
  ['pg_conversion', 'conowner'],
  ['pg_language', 'lanowner'],
  ['pg_ts_config', 'cfgowner'],
  ['pg_ts_dict', 'dictowner'],
  ['pg_statistic_ext', 'stxowner'],
  ['pg_event_trigger', 'evtowner'],
  ['pg_publication', 'pubowner'],
  ['pg_foreign_server', 'srvowner'],
  ['pg_foreign_data_wrapper', 'fdwowner'],
];

/** Owners of all that a database was given, and of the schema public, which may have been made anew; not of the system's own objects, nor of extensions', nor what a type brings with it. */
export async function readOwners(client: pg.Client): Promise<readonly Owner[]> {
  const parts = owned.map(
    ([catalog, owner, where = 'true']) =>
      `SELECT 'pg_catalog.${catalog}'::regclass::oid AS class, oid, ${owner} AS owner FROM pg_catalog.${catalog} WHERE ${where}`,
  );
  // Large objects are named by another catalog than the one that knows their owners.
  const large = `SELECT 'pg_catalog.pg_largeobject'::regclass::oid, oid, lomowner FROM pg_catalog.pg_largeobject_metadata`;
  const { rows } = await client.query<{ object: string; owner: string }>(`
    SELECT i.type || ' ' || i.identity AS object, pg_catalog.pg_get_userbyid(o.owner) AS owner
    FROM (${[...parts, large].join(' UNION ALL ')}) AS o,
      LATERAL pg_catalog.pg_identify_object(o.class, o.oid, 0) AS i
    WHERE (o.oid >= 16384 OR i.type = 'schema' AND i.identity = 'public') AND coalesce(i.schema, '') !~ '^pg_' AND i.identity !~ '^pg_(toast|temp)'
      AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = o.class AND d.objid = o.oid AND d.deptype IN ('e', 'i'))
    ORDER BY 1`);
  return rows;
}
