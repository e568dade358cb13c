/** The schema of the replay's own functions; it never appears in a result. */
export const ownSchema = 'pgmedic_replay';

/**
 * What the event triggers reported since it was last taken, as text in a setting of the session:
 * "class/object" with spaces between, "-" and a key in hex for an index or statistics that are gone, "*" for everything. A
 * setting, not a table: it goes back with the transaction, costs nothing, and neither DISCARD TEMP nor
 * another role gets in its way.
 */
const setting = 'pgmedic.touched';

/**
 * Both triggers, written for 13 to 18. GRANT and REVOKE are reported without naming an object: the rows they
 * wrote carry the transaction's id (or that of a subtransaction, which is higher).
 */
export const triggersSql = `
CREATE SCHEMA ${ownSchema};
GRANT USAGE ON SCHEMA ${ownSchema} TO PUBLIC;

CREATE FUNCTION ${ownSchema}.granted(kind text) RETURNS text LANGUAGE sql
SET search_path = pg_catalog AS $body$
  SELECT string_agg(DISTINCT class::oid || '/' || object, ' ') FROM (
    SELECT 'pg_class'::regclass, oid, xmin FROM pg_class WHERE kind IN ('TABLE', 'SEQUENCE')
    UNION ALL SELECT 'pg_class'::regclass, attrelid, xmin FROM pg_attribute WHERE kind = 'TABLE'
    UNION ALL SELECT 'pg_proc'::regclass, oid, xmin FROM pg_proc
      WHERE kind IN ('FUNCTION', 'PROCEDURE', 'ROUTINE')
    UNION ALL SELECT 'pg_namespace'::regclass, oid, xmin FROM pg_namespace WHERE kind = 'SCHEMA'
    UNION ALL SELECT 'pg_type'::regclass, oid, xmin FROM pg_type WHERE kind IN ('TYPE', 'DOMAIN')
  ) AS changed(class, object, writer)
  WHERE writer::text::bigint >= (txid_current() % 4294967296)
$body$;

CREATE FUNCTION ${ownSchema}.made() RETURNS event_trigger LANGUAGE plpgsql AS $body$
DECLARE noted text;
BEGIN
  IF tg_tag IN ('GRANT', 'REVOKE') THEN
    SELECT pg_catalog.string_agg(${ownSchema}.granted(object_type), ' ') INTO noted
      FROM pg_catalog.pg_event_trigger_ddl_commands();
  ELSIF tg_tag IN ('ALTER DEFAULT PRIVILEGES', 'DROP OWNED', 'REASSIGN OWNED', 'ALTER EXTENSION') THEN
    noted := '*';
  ELSE
    SELECT pg_catalog.string_agg(DISTINCT classid || '/' || objid, ' ') INTO noted
      FROM pg_catalog.pg_event_trigger_ddl_commands() WHERE NOT in_extension AND objid IS NOT NULL;
  END IF;
  IF noted IS NOT NULL THEN PERFORM pg_catalog.set_config('${setting}',
      pg_catalog.concat_ws(' ', pg_catalog.current_setting('${setting}', true), noted), false); END IF;
END
$body$;

CREATE FUNCTION ${ownSchema}.dropped() RETURNS event_trigger LANGUAGE plpgsql AS $body$
DECLARE noted text;
BEGIN
  SELECT pg_catalog.string_agg(DISTINCT CASE
      WHEN object_type IN ('index', 'statistics object') THEN '-' || pg_catalog.encode(pg_catalog.convert_to(pg_catalog.format('%s %I.%I',
        pg_catalog.split_part(object_type, ' ', 1), schema_name, object_name), 'UTF8'), 'hex')
      WHEN object_type IN ('table constraint', 'trigger', 'policy', 'rule', 'default value',
                           'publication relation') AND pg_catalog.cardinality(address_names) >= 2 THEN
        coalesce(1259 || '/' ||
          pg_catalog.to_regclass(pg_catalog.format('%I.%I', address_names[1], address_names[2]))::oid || ' ', '') ||
        CASE object_type WHEN 'publication relation' THEN '*' ELSE '' END
      WHEN object_type IN ('domain constraint', 'publication namespace') THEN '*'
      ELSE classid || '/' || objid END, ' ') INTO noted
    FROM pg_catalog.pg_event_trigger_dropped_objects();
  IF noted IS NOT NULL THEN PERFORM pg_catalog.set_config('${setting}',
      pg_catalog.concat_ws(' ', pg_catalog.current_setting('${setting}', true), noted), false); END IF;
END
$body$;

CREATE EVENT TRIGGER pgmedic_replay_made ON ddl_command_end EXECUTE FUNCTION ${ownSchema}.made();
CREATE EVENT TRIGGER pgmedic_replay_dropped ON sql_drop EXECUTE FUNCTION ${ownSchema}.dropped();
ALTER EVENT TRIGGER pgmedic_replay_made ENABLE ALWAYS;
ALTER EVENT TRIGGER pgmedic_replay_dropped ENABLE ALWAYS;
`;
