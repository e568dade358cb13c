import { ownSchema } from './collector-sql.js';

/**
 * owner_of: what an object of the catalog goes with ("class/object"): an index, constraint or trigger with
 * its table, the type of a table's rows with the table. NULL when it is gone.
 * touched: the owners behind the tokens of the triggers, with the tables that inherit from them, and,
 * where asked for, with all that depends on them.
 */
export const resolveSql = `
CREATE FUNCTION ${ownSchema}.owner_of(class oid, object oid) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog AS $body$
DECLARE
  relation oid;
  other oid;
  kind "char";
BEGIN
  IF class = 'pg_class'::regclass THEN
    SELECT relkind, reltype INTO kind, other FROM pg_class WHERE oid = object;
    IF kind IN ('i', 'I') THEN
      SELECT indrelid INTO relation FROM pg_index WHERE indexrelid = object;
    ELSIF kind = 'c' THEN
      RETURN 'pg_type'::regclass::oid || '/' || other;
    ELSE
      relation := object;
    END IF;
  ELSIF class = 'pg_constraint'::regclass THEN
    SELECT nullif(conrelid, 0), contypid INTO relation, other FROM pg_constraint WHERE oid = object;
    IF relation IS NULL THEN RETURN 'pg_type'::regclass::oid || '/' || other; END IF;
  ELSIF class = 'pg_type'::regclass THEN
    SELECT CASE WHEN typelem <> 0 AND typlen = -1 AND typcategory = 'A' THEN typelem ELSE oid END
      INTO other FROM pg_type WHERE oid = object;
    SELECT c.oid INTO relation FROM pg_type t JOIN pg_class c ON c.oid = t.typrelid
      WHERE t.oid = other AND c.relkind <> 'c';
    IF relation IS NULL THEN RETURN class || '/' || coalesce(other, object); END IF;
  ELSIF class = 'pg_attrdef'::regclass THEN
    SELECT adrelid INTO relation FROM pg_attrdef WHERE oid = object;
  ELSIF class = 'pg_trigger'::regclass THEN
    SELECT tgrelid INTO relation FROM pg_trigger WHERE oid = object;
  ELSIF class = 'pg_policy'::regclass THEN
    SELECT polrelid INTO relation FROM pg_policy WHERE oid = object;
  ELSIF class = 'pg_statistic_ext'::regclass THEN
    SELECT stxrelid INTO relation FROM pg_statistic_ext WHERE oid = object;
  ELSIF class = 'pg_rewrite'::regclass THEN
    SELECT ev_class INTO relation FROM pg_rewrite WHERE oid = object;
  ELSIF class = 'pg_publication_rel'::regclass THEN
    SELECT prpubid INTO other FROM pg_publication_rel WHERE oid = object;
    RETURN 'pg_publication'::regclass::oid || '/' || other;
  ELSE
    RETURN class || '/' || object;
  END IF;
  RETURN 'pg_class'::regclass::oid || '/' || relation;
END
$body$;

CREATE FUNCTION ${ownSchema}.touched(noted text, dependents boolean) RETURNS text[] LANGUAGE plpgsql STABLE
SET search_path = pg_catalog SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off SET enable_mergejoin = off SET enable_seqscan = off AS $body$
DECLARE
  owners text[];
BEGIN
  SELECT array_agg(DISTINCT owner) INTO owners
    FROM unnest(string_to_array(noted, ' ')) AS token
    CROSS JOIN LATERAL ${ownSchema}.owner_of(
      split_part(token, '/', 1)::oid, split_part(token, '/', 2)::oid) AS owner
    WHERE token LIKE '%/%' AND owner IS NOT NULL;
  IF EXISTS (SELECT FROM pg_inherits) THEN
    WITH RECURSIVE family(relation) AS (
      SELECT split_part(owner, '/', 2)::oid FROM unnest(owners) AS owner
        WHERE split_part(owner, '/', 1)::oid = 'pg_class'::regclass
      UNION
      SELECT inhrelid FROM family JOIN pg_inherits ON inhparent = relation
    )
    SELECT array_agg(DISTINCT owner) INTO owners FROM (
      SELECT unnest(owners) UNION ALL SELECT 'pg_class'::regclass::oid || '/' || relation FROM family
    ) AS both_kinds(owner);
  END IF;
  IF dependents AND owners IS NOT NULL THEN
    -- OFFSET 0: from the few to the many, never the other way round.
    WITH direct(class, object) AS (
      SELECT split_part(owner, '/', 1)::oid, split_part(owner, '/', 2)::oid FROM unnest(owners) AS owner
    ), types(type) AS (
      SELECT object FROM direct WHERE class = 'pg_type'::regclass
      UNION ALL
      SELECT reltype FROM direct
        CROSS JOIN LATERAL (SELECT reltype FROM pg_class WHERE oid = object OFFSET 0) AS c
        WHERE class = 'pg_class'::regclass AND reltype <> 0
    ), rows_of(type, relation, list) AS (
      SELECT type, typrelid, typarray FROM types
        CROSS JOIN LATERAL (SELECT typrelid, typarray FROM pg_type WHERE oid = type OFFSET 0) AS t
    ), refs(class, object) AS (
      SELECT class, object FROM direct
      UNION SELECT 'pg_type'::regclass, type FROM rows_of
      UNION SELECT 'pg_class'::regclass, relation FROM rows_of WHERE relation <> 0
      UNION SELECT 'pg_type'::regclass, list FROM rows_of WHERE list <> 0
    ), users(owner) AS (
      SELECT DISTINCT ${ownSchema}.owner_of(classid, objid) FROM refs
        CROSS JOIN LATERAL (SELECT classid, objid FROM pg_depend
          WHERE refclassid = class AND refobjid = object AND deptype <> 'e' OFFSET 0) AS d
    )
    SELECT array_agg(DISTINCT owner) INTO owners FROM (
      SELECT unnest(owners) UNION ALL SELECT owner FROM users WHERE owner IS NOT NULL
    ) AS all_of_them(owner);
  END IF;
  RETURN owners;
END
$body$;
`;
