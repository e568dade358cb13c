import { columns } from './sql-columns.js';
import { functions } from './sql-functions.js';
import { comments, defaultPrivileges, grants } from './sql-grants.js';
import { namedCte } from './sql-named.js';
import { others } from './sql-others.js';
import type { Scope } from './sql-parts.js';
import { relations, relationsCte } from './sql-relations.js';
import { tableParts } from './sql-table-parts.js';
import { types, typesCte } from './sql-types.js';

/**
 * One SELECT that gives the objects of a database, for servers 13 to 18. Columns: `owner`
 * ("<class oid>/<object oid>"), `key`, `kind`, `schema`, `parent` (text), `parts` (json) and `position` (of a column, int).
 * The owner of what stands on a relation (columns, constraints, indexes, triggers, rules, policies,
 * statistics) is the relation, of a domain's constraints the domain; comments and grants have their object's.
 *
 * It has to run with `search_path = pg_catalog, pg_temp`, or names are printed without their schema.
 *
 * 'touched' gives only what belongs to the owners in `pg_temp.pgmedic_touched(class oid, object oid)`: of
 * a relation pg_class, of any type pg_type (composite ones too), of default privileges pg_default_acl.
 * Planning takes some 30 ms and running 1 ms: keep the plan (a prepared statement, a plpgsql function) with
 * plan_cache_mode = force_generic_plan, jit = off, and enable_hashjoin, enable_mergejoin and enable_seqscan
 * off; then every catalog is reached through its indexes, whatever its size. An owner that is gone gives
 * no rows. What refers to an object looks different as well after a rename of it (table, column, type,
 * function, schema, role), a change to a parent table or to the attributes of a type: the caller has to name
 * that as touched too, or read all.
 *
 * `named` gives at least the objects with these keys, of whichever of them are there.
 */
export function catalogSql(scope: Scope, serverVersionNum: number): string {
  const wanted = { scope, version: serverVersionNum };
  const branches = [
    ...relations(),
    columns(wanted),
    ...tableParts(),
    ...types(wanted),
    ...functions(wanted),
    ...others(wanted),
  ];
  const named = typeof scope === 'string' ? '' : `${namedCte(scope.named)},\n`;
  return `WITH ${named}${relationsCte(wanted)},
${typesCte(wanted)},
objects AS MATERIALIZED (
${branches.join('\nUNION ALL\n')})
SELECT owner, key, kind, schema, parent, parts, nullif(sub, 0) AS position FROM objects WHERE kind IS NOT NULL
UNION ALL
${comments}
UNION ALL
${grants}
UNION ALL
${defaultPrivileges(wanted)}`;
}
