import { type Wanted, partsOf, select } from './sql-parts.js';

/** Columns of tables; those of views are in the view's definition, and here only for their comments and grants. */
export function columns({ version }: Wanted): string {
  return select({
    class: 'pg_class',
    object: 'r.oid',
    sub: 'a.attnum',
    key: `'column ' || r.name || '.' || quote_ident(a.attname)`,
    kind: `CASE WHEN r.relkind IN ('r', 'p', 'f') THEN 'column' END`,
    schema: 'r.nspname',
    parent: 'r.key',
    parts: partsOf({
      type: 'format_type(a.atttypid, a.atttypmod)',
      nullable: 'NOT a.attnotnull',
      default: `CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END`,
      generated: `CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END`,
      generation: `CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END`,
      identity: `CASE a.attidentity WHEN 'a' THEN 'always' WHEN 'd' THEN 'by default' END`,
      'identity options': 'i.options',
      collation: `CASE WHEN a.attcollation <> 0 AND a.attcollation <> t.typcollation THEN (
        SELECT quote_ident(cn.nspname) || '.' || quote_ident(co.collname) FROM pg_catalog.pg_collation AS co
        JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END`,
      storage: `CASE WHEN a.attstorage <> t.typstorage THEN
        CASE a.attstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended' WHEN 'm' THEN 'main' END END`,
      compression:
        version < 140000
          ? 'NULL'
          : `CASE a.attcompression WHEN 'p' THEN 'pglz' WHEN 'l' THEN 'lz4' END`,
      // -1 until 16, NULL since 17, where none was set.
      statistics: `CASE WHEN a.attstattarget >= 0 THEN a.attstattarget END`,
      options: `array_to_string(a.attoptions, ', ')`,
      'foreign options': `array_to_string(a.attfdwoptions, ', ')`,
    }),
    acl: [
      `'c'`,
      'a.attacl',
      '(SELECT relowner FROM pg_catalog.pg_class WHERE pg_class.oid = r.oid)',
    ],
    from: `FROM rel AS r
JOIN pg_catalog.pg_attribute AS a ON a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid
LEFT JOIN pg_catalog.pg_attrdef AS d ON d.adrelid = a.attrelid AND d.adnum = a.attnum AND a.atthasdef
LEFT JOIN LATERAL (${identityOptions}) AS i ON a.attidentity <> ''
WHERE r.relkind <> 'S'`,
  });
}

/** What of an identity column's sequence differs from what the column's type gives; NULL when nothing does. */
const identityOptions = `SELECT nullif(concat_ws(' ',
    CASE WHEN s.seqstart <> CASE WHEN s.seqincrement > 0 THEN s.seqmin ELSE s.seqmax END THEN 'START WITH ' || s.seqstart END,
    CASE WHEN s.seqincrement <> 1 THEN 'INCREMENT BY ' || s.seqincrement END,
    CASE WHEN s.seqmin <> CASE WHEN s.seqincrement > 0 THEN 1 ELSE b.low END THEN 'MINVALUE ' || s.seqmin END,
    CASE WHEN s.seqmax <> CASE WHEN s.seqincrement > 0 THEN b.high ELSE -1 END THEN 'MAXVALUE ' || s.seqmax END,
    CASE WHEN s.seqcache <> 1 THEN 'CACHE ' || s.seqcache END,
    CASE WHEN s.seqcycle THEN 'CYCLE' END), '') AS options
  FROM pg_catalog.pg_depend AS dep JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = dep.objid
  CROSS JOIN LATERAL (SELECT
    CASE s.seqtypid WHEN 21 THEN 32767 WHEN 23 THEN 2147483647 ELSE 9223372036854775807 END AS high,
    CASE s.seqtypid WHEN 21 THEN -32768 WHEN 23 THEN -2147483648 ELSE -9223372036854775808 END AS low) AS b
  WHERE dep.refclassid = 1259 AND dep.refobjid = a.attrelid AND dep.refobjsubid = a.attnum
    AND dep.classid = 1259 AND dep.deptype = 'i' LIMIT 1`;
