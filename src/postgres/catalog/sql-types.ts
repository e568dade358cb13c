import {
  type Wanted,
  nameOf,
  notOwned,
  onlyTouched,
  ownSchema,
  partsOf,
  select,
} from './sql-parts.js';
import { constraintParts } from './sql-table-parts.js';

/** Types that somebody made: no arrays, no rows of tables, no multiranges (a part of their range). */
export function typesCte(wanted: Wanted): string {
  return `typ AS MATERIALIZED (
SELECT t.oid, t.typtype, t.typrelid, n.nspname, ${nameOf('n.nspname', 't.typname')} AS name,
  k.kind, k.kind || ' ' || ${nameOf('n.nspname', 't.typname')} AS key
FROM pg_catalog.pg_type AS t JOIN pg_catalog.pg_namespace AS n ON n.oid = t.typnamespace
CROSS JOIN LATERAL (SELECT CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' ELSE 'type' END AS kind) AS k
WHERE (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'b' AND (t.typelem = 0 OR ${notArray})
  OR t.typtype = 'c' AND (SELECT c.relkind FROM pg_catalog.pg_class AS c WHERE c.oid = t.typrelid) = 'c')${ownSchema('n.nspname')}${onlyTouched(wanted, 'pg_type', 't.oid')}${notOwned('pg_type', 't.oid')})`;
}

/** An array type is the typarray of its element; a base type with elements of its own is not. */
const notArray = `(SELECT e.typarray FROM pg_catalog.pg_type AS e WHERE e.oid = t.typelem) <> t.oid`;

export function types(wanted: Wanted): string[] {
  return [typesOf(wanted), attributes(), domainConstraints()];
}

const collationOf = (collation: string, ofType: string): string =>
  `CASE WHEN ${collation} <> 0 AND ${collation} <> ${ofType} THEN (
    SELECT ${nameOf('cn.nspname', 'co.collname')} FROM pg_catalog.pg_collation AS co
    JOIN pg_catalog.pg_namespace AS cn ON cn.oid = co.collnamespace WHERE co.oid = ${collation}) END`;

/** As makeMultirangeTypeName() in multirangetypes.c has it. */
const defaultMultirange = `CASE WHEN t.typname LIKE '%range%' THEN regexp_replace(t.typname, 'range', 'multirange') ELSE t.typname || '_multirange' END`;

function typesOf({ version }: Wanted): string {
  const proc = (column: string): string =>
    `CASE WHEN ${column} <> 0 THEN ${column}::oid::regprocedure END`;
  return select({
    class: 'pg_type',
    object: 'y.oid',
    key: 'y.key',
    kind: 'y.kind',
    schema: 'y.nspname',
    parts: partsOf({
      values: `CASE WHEN y.typtype = 'e' THEN (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)
        FROM pg_catalog.pg_enum AS e WHERE e.enumtypid = y.oid) END`,
      type: `CASE WHEN y.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END`,
      nullable: `CASE WHEN y.typtype = 'd' THEN NOT t.typnotnull END`,
      default: `CASE WHEN y.typtype IN ('d', 'b') THEN coalesce(pg_get_expr(t.typdefaultbin, 0), t.typdefault) END`,
      collation: `CASE WHEN y.typtype = 'd' THEN ${collationOf('t.typcollation', 'bt.typcollation')} END`,
      attributes: `CASE WHEN y.typtype = 'c' THEN (
        SELECT string_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
          'COLLATE ' || ${collationOf('a.attcollation', 'at.typcollation')}), ', ' ORDER BY a.attnum)
        FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS at ON at.oid = a.atttypid
        WHERE a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped) END`,
      subtype: 'format_type(g.rngsubtype, NULL)',
      'subtype collation': collationOf('g.rngcollation', 'gt.typcollation'),
      'subtype operator class': `(SELECT ${nameOf('on_.nspname', 'oc.opcname')} FROM pg_catalog.pg_opclass AS oc
        JOIN pg_catalog.pg_namespace AS on_ ON on_.oid = oc.opcnamespace WHERE oc.oid = g.rngsubopc AND NOT oc.opcdefault)`,
      canonical: proc('g.rngcanonical'),
      'subtype difference': proc('g.rngsubdiff'),
      multirange:
        version < 140000
          ? 'NULL'
          : `(SELECT ${nameOf('mn.nspname', 'm.typname')} FROM pg_catalog.pg_type AS m
        JOIN pg_catalog.pg_namespace AS mn ON mn.oid = m.typnamespace
        WHERE m.oid = g.rngmultitypid AND m.typname <> ${defaultMultirange})`,
      input: `CASE WHEN y.typtype = 'b' AND t.typisdefined THEN t.typinput::oid::regprocedure END`,
      output: `CASE WHEN y.typtype = 'b' AND t.typisdefined THEN t.typoutput::oid::regprocedure END`,
      length: `CASE WHEN y.typtype = 'b' THEN t.typlen END`,
    }),
    acl: [`'T'`, 't.typacl', 't.typowner'],
    from: `FROM typ AS y JOIN pg_catalog.pg_type AS t ON t.oid = y.oid
LEFT JOIN pg_catalog.pg_type AS bt ON bt.oid = t.typbasetype AND t.typbasetype <> 0
LEFT JOIN pg_catalog.pg_range AS g ON g.rngtypid = y.oid
LEFT JOIN pg_catalog.pg_type AS gt ON gt.oid = g.rngsubtype`,
  });
}

/** Of composite types, for their comments. */
function attributes(): string {
  return select({
    class: 'pg_class',
    object: 'a.attrelid',
    sub: 'a.attnum',
    owner: ['pg_type', 'y.oid'],
    key: `'column ' || y.name || '.' || quote_ident(a.attname)`,
    kind: 'NULL',
    schema: 'y.nspname',
    parent: 'y.key',
    parts: 'NULL::json',
    from: `FROM typ AS y JOIN pg_catalog.pg_attribute AS a ON a.attrelid = y.typrelid AND a.attnum > 0 AND NOT a.attisdropped
WHERE y.typtype = 'c'`,
  });
}

/** Without NOT NULL ('n' since 17), a part of the domain. */
function domainConstraints(): string {
  return select({
    class: 'pg_constraint',
    object: 'k.oid',
    owner: ['pg_type', 'y.oid'],
    key: `'constraint ' || y.name || '.' || quote_ident(k.conname)`,
    kind: `'constraint'`,
    schema: 'y.nspname',
    parent: 'y.key',
    parts: constraintParts,
    from: `FROM typ AS y JOIN pg_catalog.pg_constraint AS k ON k.contypid = y.oid
WHERE y.typtype = 'd' AND k.contype = 'c'`,
  });
}
