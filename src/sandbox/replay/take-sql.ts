import { columns } from '../../postgres/catalog/sql-columns.js';
import { functions } from '../../postgres/catalog/sql-functions.js';
import { comments, grants } from '../../postgres/catalog/sql-grants.js';
import type { Wanted } from '../../postgres/catalog/sql-parts.js';
import { relations, relationsCte } from '../../postgres/catalog/sql-relations.js';
import { constraints, indexes, tableParts } from '../../postgres/catalog/sql-table-parts.js';
import { types, typesCte } from '../../postgres/catalog/sql-types.js';
import { catalogSql } from '../../postgres/catalog/sql.js';
import { ownSchema } from './collector-sql.js';

/**
 * take(mode): the objects that stand now for what was touched, as JSON; NULL when nothing was. A function,
 * so that its plans, which are large, are made once: for few rows of each catalog, by index. To start a plan
 * takes longer than to run it, so tables, types and functions, which are most of it, have one each, and what changes a single object of a
 * table has the smallest (take_one).
 */
export function takeSql(version: number): string {
  const wanted: Wanted = { scope: 'touched', version };
  return `
CREATE FUNCTION ${ownSchema}.take_all() RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off AS $body$
BEGIN
  RETURN (SELECT json_build_object('all', true, 'rows', ${rows})
    FROM (${catalogSql('all', version)}) AS found);
END
$body$;

CREATE FUNCTION ${ownSchema}.take_touched(noted text, dependents boolean) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $body$
DECLARE
  owners text[] := ${ownSchema}.touched(noted, dependents);
  gone text[];
  tables json;
  types json;
  functions json;
  others json;
BEGIN
  IF position('-' IN noted) > 0 THEN
    SELECT array_agg(substr(token, 2)) INTO gone
      FROM unnest(string_to_array(noted, ' ')) AS token WHERE token LIKE '-%';
  END IF;
  IF EXISTS (SELECT FROM unnest(owners) AS owner WHERE owner LIKE '1259/%') THEN
    ${select(relationsCte(wanted), [...relations(), columns(wanted), ...tableParts()])} INTO tables;
  END IF;
  IF EXISTS (SELECT FROM unnest(owners) AS owner WHERE owner LIKE '1247/%') THEN
    ${select(typesCte(wanted), types(wanted))} INTO types;
  END IF;
  IF EXISTS (SELECT FROM unnest(owners) AS owner WHERE owner LIKE '1255/%') THEN
    ${select(null, functions(wanted))} INTO functions;
  END IF;
  IF EXISTS (SELECT FROM unnest(owners) AS owner WHERE owner !~ '^12(?:59|47|55)/') THEN
    ${touchedBy}
    SELECT ${rows} INTO others FROM (${unqualified(catalogSql('touched', version))}) AS found
      WHERE owner !~ '^12(?:59|47|55)/';
  END IF;
  RETURN json_build_object('owners', owners, 'gone', gone, 'rows', json_build_array(tables, types, functions, others));
END
$body$;

CREATE FUNCTION ${ownSchema}.take_part(of text, noted text, wanted name) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $body$
DECLARE
  touched oid := substr(noted, 6)::oid;
  owners text[] := ARRAY[noted];
  found json;
BEGIN
  IF of = 'column' THEN
    ${part(wanted, `${columns(wanted)} AND a.attname = wanted`)} INTO found;
  ELSIF of = 'constraint' THEN
    ${part(wanted, `${constraints()} AND k.conname = wanted`)} INTO found;
  ELSE
    SELECT ARRAY['1259/' || indrelid] INTO owners FROM pg_index WHERE indexrelid = touched;
    ${part(wanted, `${indexes()} AND i.oid = touched`)} INTO found;
  END IF;
  RETURN json_build_object('rows', found);
END
$body$;

CREATE FUNCTION ${ownSchema}.take_one(of text, wanted name) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
  noted text := pg_catalog.btrim(pg_catalog.current_setting('pgmedic.touched', true));
  found text;
BEGIN
  -- What is inherited is elsewhere as well.
  IF noted ~ '^1259/[0-9]+$' AND NOT EXISTS (SELECT FROM pg_catalog.pg_inherits) THEN
    found := ${ownSchema}.take_part(of, noted, wanted);
    IF found IS NOT NULL AND pg_catalog.strpos(found, '"key"') > 0 THEN
      PERFORM pg_catalog.set_config('pgmedic.touched', '', false);
      RETURN found;
    END IF;
  END IF;
  RETURN ${ownSchema}.take('t');
END
$body$;

CREATE FUNCTION ${ownSchema}.take(mode text) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE noted text := pg_catalog.current_setting('pgmedic.touched', true);
BEGIN
  IF mode <> 'e' AND coalesce(noted, '') = '' THEN RETURN NULL; END IF;
  PERFORM pg_catalog.set_config('pgmedic.touched', '', false);
  IF mode IN ('e', 'i') OR pg_catalog.strpos(noted, '*') > 0 THEN RETURN ${ownSchema}.take_all(); END IF;
  RETURN ${ownSchema}.take_touched(noted, mode = 'd');
END
$body$;
`;
}

const rows = `json_agg(json_build_object('owner', owner, 'key', key, 'kind', kind, 'schema', schema, 'parent', parent, 'parts', parts, 'position', position))`;

/** In place of the temporary table that the catalog's SELECT looks for. */
const touchedBy = `WITH pgmedic_touched(class, object) AS (
      SELECT split_part(owner, '/', 1)::oid, split_part(owner, '/', 2)::oid FROM unnest(owners) AS owner
    )`;

function unqualified(sql: string): string {
  return sql.replaceAll('pg_temp.pgmedic_touched', 'pgmedic_touched');
}

/** As catalogSql puts it together, for some of its branches. */
function select(cte: string | null, branches: readonly string[]): string {
  return unqualified(`${touchedBy}${cte === null ? '' : `, ${cte}`},
    objects AS MATERIALIZED (${branches.join(' UNION ALL ')})
    SELECT ${rows} FROM (
      SELECT owner, key, kind, schema, parent, parts, nullif(sub, 0) AS position FROM objects WHERE kind IS NOT NULL
      UNION ALL ${comments}
      UNION ALL ${grants}) AS found`);
}

/** A branch alone, of which one row is wanted: without comments and grants, which are not its. */
function part(wanted: Wanted, branch: string): string {
  return unqualified(`${touchedBy}, ${relationsCte(wanted)},
    objects AS MATERIALIZED (${branch})
    SELECT ${rows} FROM (SELECT owner, key, kind, schema, parent, parts, nullif(sub, 0) AS position FROM objects WHERE kind IS NOT NULL) AS found`);
}
