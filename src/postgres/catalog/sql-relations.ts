import {
  type Wanted,
  nameOf,
  notOwned,
  onlyTouched,
  ownSchema,
  partsOf,
  select,
} from './sql-parts.js';

/** Relations other than indexes, TOAST and the rows of composite types, with their key; read once, used by all that stands on them. */
export function relationsCte(wanted: Wanted): string {
  return `rel AS MATERIALIZED (
SELECT c.oid, c.relname, c.relkind, n.nspname, ${nameOf('n.nspname', 'c.relname')} AS name,
  k.kind, k.kind || ' ' || ${nameOf('n.nspname', 'c.relname')} AS key
FROM pg_catalog.pg_class AS c
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
CROSS JOIN LATERAL (SELECT CASE c.relkind WHEN 'f' THEN 'foreign table' WHEN 'v' THEN 'view'
  WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' ELSE 'table' END AS kind) AS k
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S')${ownSchema('n.nspname')}${onlyTouched(wanted, 'pg_class', 'c.oid')}${notOwned('pg_class', 'c.oid')})`;
}

export function relations(): string[] {
  return [tables(), views(), sequences()];
}

const options = (column: string): string => `array_to_string(${column}, ', ')`;

function tables(): string {
  return select({
    class: 'pg_class',
    object: 'r.oid',
    key: 'r.key',
    kind: 'r.kind',
    schema: 'r.nspname',
    parts: partsOf({
      persistence: `CASE c.relpersistence WHEN 'u' THEN 'unlogged' WHEN 't' THEN 'temporary' END`,
      'partition key': `CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END`,
      'partition bound': `CASE WHEN c.relispartition THEN pg_get_expr(c.relpartbound, c.oid) END`,
      inherits: `CASE WHEN c.relispartition OR EXISTS (SELECT FROM pg_catalog.pg_inherits AS i WHERE i.inhrelid = c.oid) THEN (
        SELECT string_agg(${nameOf('pn.nspname', 'p.relname')}, ', ' ORDER BY i.inhseqno)
        FROM pg_catalog.pg_inherits AS i JOIN pg_catalog.pg_class AS p ON p.oid = i.inhparent
        JOIN pg_catalog.pg_namespace AS pn ON pn.oid = p.relnamespace WHERE i.inhrelid = c.oid) END`,
      'of type': `CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END`,
      'row security': `CASE WHEN c.relrowsecurity THEN 'enabled' END`,
      'row security forced': `CASE WHEN c.relforcerowsecurity THEN 'true' END`,
      // Which index it is stands with the index or the constraint.
      'replica identity': `CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' END`,
      options: options('c.reloptions'),
      'access method': `CASE WHEN am.amname <> 'heap' THEN am.amname END`,
      server: 'fs.srvname',
      'foreign options': options('ft.ftoptions'),
    }),
    acl: [`'r'`, 'c.relacl', 'c.relowner'],
    from: `FROM rel AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
LEFT JOIN pg_catalog.pg_am AS am ON am.oid = c.relam
LEFT JOIN pg_catalog.pg_foreign_table AS ft ON ft.ftrelid = c.oid
LEFT JOIN pg_catalog.pg_foreign_server AS fs ON fs.oid = ft.ftserver
WHERE r.relkind IN ('r', 'p', 'f')`,
  });
}

function views(): string {
  return select({
    class: 'pg_class',
    object: 'r.oid',
    key: 'r.key',
    kind: 'r.kind',
    schema: 'r.nspname',
    parts: partsOf({
      definition: 'pg_get_viewdef(c.oid)',
      options: options('c.reloptions'),
      defaults: `(SELECT string_agg(quote_ident(a.attname) || ' ' || pg_get_expr(d.adbin, d.adrelid), ', ' ORDER BY a.attname)
        FROM pg_catalog.pg_attrdef AS d JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum
        WHERE d.adrelid = c.oid)`,
    }),
    acl: [`'r'`, 'c.relacl', 'c.relowner'],
    from: `FROM rel AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.oid WHERE r.relkind IN ('v', 'm')`,
  });
}

/** Those of identity columns belong to the column (sql-columns.ts). */
function sequences(): string {
  return select({
    class: 'pg_class',
    object: 'r.oid',
    key: 'r.key',
    kind: 'r.kind',
    schema: 'r.nspname',
    parent: `'column ' || o.name`,
    parts: partsOf({
      type: 'format_type(s.seqtypid, NULL)',
      start: 's.seqstart',
      increment: 's.seqincrement',
      min: 's.seqmin',
      max: 's.seqmax',
      cache: 's.seqcache',
      cycle: 's.seqcycle',
      persistence: `CASE c.relpersistence WHEN 'u' THEN 'unlogged' END`,
      'owned by': 'o.name',
    }),
    acl: [`'s'`, 'c.relacl', 'c.relowner'],
    from: `FROM rel AS r JOIN pg_catalog.pg_class AS c ON c.oid = r.oid
JOIN pg_catalog.pg_sequence AS s ON s.seqrelid = r.oid
LEFT JOIN LATERAL (
  SELECT d.deptype, ${nameOf('n.nspname', 't.relname')} || '.' || quote_ident(a.attname) AS name
  FROM pg_catalog.pg_depend AS d JOIN pg_catalog.pg_class AS t ON t.oid = d.refobjid
  JOIN pg_catalog.pg_namespace AS n ON n.oid = t.relnamespace
  JOIN pg_catalog.pg_attribute AS a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
  WHERE d.classid = 1259 AND d.objid = r.oid AND d.objsubid = 0 AND d.refclassid = 1259
    AND d.refobjsubid > 0 AND d.deptype IN ('a', 'i') LIMIT 1) AS o ON true
WHERE r.relkind = 'S' AND o.deptype IS DISTINCT FROM 'i'`,
  });
}
