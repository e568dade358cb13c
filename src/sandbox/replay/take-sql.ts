import { catalogSql } from '../../postgres/catalog/sql.js';
import { ownSchema } from './collector-sql.js';

/**
 * take(mode): the objects that stand now for what was touched, as JSON; NULL when nothing was. A function,
 * so that its plans, which are large, are made once: for few rows of each catalog, by index.
 */
export function takeSql(version: number): string {
  const row = `json_build_object('owner', owner, 'key', key, 'kind', kind, 'schema', schema, 'parent', parent, 'parts', parts)`;
  const touched = catalogSql('touched', version).replaceAll(
    'pg_temp.pgmedic_touched',
    'pgmedic_touched',
  );
  return `
CREATE FUNCTION ${ownSchema}.take_all() RETURNS text LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET jit = off AS $body$
  SELECT json_build_object('all', true, 'rows', json_agg(${row}))::text
    FROM (${catalogSql('all', version)}) AS found
$body$;

CREATE FUNCTION ${ownSchema}.take(mode text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan SET jit = off
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $body$
DECLARE
  noted text := current_setting('pgmedic.touched', true);
  owners text[];
  gone text[];
  found json;
BEGIN
  IF mode <> 'e' AND coalesce(noted, '') = '' THEN RETURN NULL; END IF;
  PERFORM set_config('pgmedic.touched', '', false);
  IF mode IN ('e', 'i') OR position('*' IN noted) > 0 THEN RETURN ${ownSchema}.take_all(); END IF;
  SELECT array_agg(substr(token, 2)) INTO gone
    FROM unnest(string_to_array(noted, ' ')) AS token WHERE token LIKE '-%';
  owners := ${ownSchema}.touched(noted, mode = 'd');
  WITH pgmedic_touched(class, object) AS (
    SELECT split_part(owner, '/', 1)::oid, split_part(owner, '/', 2)::oid FROM unnest(owners) AS owner
  )
  SELECT json_agg(${row}) INTO found FROM (${touched}) AS found;
  RETURN json_build_object('owners', owners, 'gone', gone, 'rows', found);
END
$body$;
`;
}
