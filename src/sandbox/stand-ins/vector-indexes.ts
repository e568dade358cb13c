import { internal } from './extension.js';

/**
 * hnsw and ivfflat are hash indexes under another name: of the built-in methods, hash allows
 * and refuses the same (not unique, one column, no order, no INCLUDE), so that what the server
 * prints and which errors it gives are those of pgvector.
 */
function method(name: string): string[] {
  return [
    `CREATE FUNCTION ${name}handler(internal) RETURNS index_am_handler AS 'hashhandler' LANGUAGE internal`,
    `CREATE ACCESS METHOD ${name} TYPE INDEX HANDLER ${name}handler`,
  ];
}

/** Operator classes by method; the first of ivfflat is the default one. */
const classes = {
  hnsw: {
    vector: ['vector_l2_ops', 'vector_ip_ops', 'vector_cosine_ops', 'vector_l1_ops'],
    halfvec: ['halfvec_l2_ops', 'halfvec_ip_ops', 'halfvec_cosine_ops', 'halfvec_l1_ops'],
    sparsevec: ['sparsevec_l2_ops', 'sparsevec_ip_ops', 'sparsevec_cosine_ops', 'sparsevec_l1_ops'],
    bit: ['bit_hamming_ops', 'bit_jaccard_ops'],
  },
  ivfflat: {
    vector: ['vector_l2_ops', 'vector_ip_ops', 'vector_cosine_ops'],
    halfvec: ['halfvec_l2_ops', 'halfvec_ip_ops', 'halfvec_cosine_ops'],
    bit: ['bit_hamming_ops'],
  },
} as const;

function classesOf(method: keyof typeof classes): string[] {
  return Object.entries(classes[method]).flatMap(([type, names]: [string, readonly string[]]) =>
    names.map((name) => {
      const standard = method === 'ivfflat' && name === 'vector_l2_ops' ? 'DEFAULT ' : '';
      return `CREATE OPERATOR CLASS ${name} ${standard}FOR TYPE ${type} USING ${method} AS OPERATOR 1 = (${type}, ${type}), FUNCTION 1 (${type}, ${type}) stand_in_hash(${type})`;
    }),
  );
}

const ours = `i.relam IN (SELECT oid FROM pg_am WHERE amname IN ('hnsw', 'ivfflat'))`;

/**
 * A hash index takes no option but fillfactor. What is rebuilt or copied within a statement is
 * made from its definition, so the options are put aside before it, and back after it.
 */
const putAside = `CREATE FUNCTION stand_in_before() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  kept jsonb;
BEGIN
  SELECT jsonb_agg(jsonb_build_object('oid', i.oid, 'name', i.oid::regclass::text, 'options', array_to_string(i.reloptions, ','))) INTO kept
    FROM pg_class i WHERE ${ours} AND i.reloptions IS NOT NULL;
  PERFORM set_config('stand_in.kept', coalesce(kept::text, ''), true);
  IF kept IS NOT NULL THEN
    UPDATE pg_class i SET reloptions = NULL WHERE ${ours} AND i.reloptions IS NOT NULL;
  END IF;
END $body$`;

/**
 * The real method looks at the column's dimensions and at its options; here a trigger does, with
 * the same errors, and writes the options where the real ones would stand. They reach it through
 * `rewriteFor` (rewrite.ts): fillfactor is the sign by which the comment with the options is
 * found in the text that the client sent.
 * Limits: HNSW_MAX_DIM and IVFFLAT_MAX_DIM (2000), twice that for halfvec, 32 times for bit.
 */
const check = `CREATE FUNCTION stand_in_after() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
DECLARE
  kept jsonb := nullif(current_setting('stand_in.kept', true), '');
  made record;
  given text[];
  one text;
  allowed record;
BEGIN
  IF kept IS NOT NULL THEN
    UPDATE pg_class i SET reloptions = string_to_array(k.options, ',')
      FROM jsonb_to_recordset(kept) AS k (oid oid, name text, options text)
     WHERE i.oid = coalesce((SELECT c.oid FROM pg_class c WHERE c.oid = k.oid), to_regclass(k.name)) AND i.reloptions IS NULL;
    PERFORM set_config('stand_in.kept', '', true);
  END IF;
  FOR made IN
    SELECT i.oid, m.amname, substring(i.reloptions[1], 'fillfactor=(\\d+)') AS sign,
           CASE t.typname WHEN 'vector' THEN 2000 WHEN 'halfvec' THEN 4000 WHEN 'bit' THEN 64000 ELSE 1000000000 END AS most,
           coalesce((SELECT nullif(a.atttypmod, -1) FROM pg_attribute a WHERE a.attrelid = x.indrelid AND a.attnum = x.indkey[0]),
                    substring(pg_get_expr(x.indexprs, x.indrelid) FROM '::\\S*\\((\\d+)\\)$')::integer) AS dimensions
      FROM pg_class i JOIN pg_am m ON m.oid = i.relam
      JOIN pg_index x ON x.indexrelid = i.oid
      JOIN pg_opclass o ON o.oid = x.indclass[0] JOIN pg_type t ON t.oid = o.opcintype
     WHERE ${ours}
  LOOP
    IF made.dimensions IS NULL THEN
      RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = 'column does not have dimensions';
    ELSIF made.dimensions > made.most THEN
      RAISE EXCEPTION USING ERRCODE = '54000',
        MESSAGE = format('column cannot have more than %s dimensions for %s index', made.most, made.amname);
    END IF;
    CONTINUE WHEN made.sign IS NULL;
    given := string_to_array(substring(current_query(), '/\\*stand-in ' || made.sign || ':([^*]*)\\*/'), ',');
    FOREACH one IN ARRAY coalesce(given, '{}') LOOP
      SELECT * INTO allowed FROM (VALUES ('hnsw', 'm', 2, 100), ('hnsw', 'ef_construction', 4, 1000), ('ivfflat', 'lists', 1, 32768)) AS v (method, name, least, most)
       WHERE method = made.amname AND name = split_part(one, '=', 1);
      IF allowed IS NULL THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('unrecognized parameter "%s"', split_part(one, '=', 1));
      ELSIF split_part(one, '=', 2) !~ '^[0-9]{1,9}$' OR split_part(one, '=', 2)::integer NOT BETWEEN allowed.least AND allowed.most THEN
        RAISE EXCEPTION USING ERRCODE = '22023', MESSAGE = format('value %s out of bounds for option "%s"', split_part(one, '=', 2), allowed.name),
          DETAIL = format('Valid values are between "%s" and "%s".', allowed.least, allowed.most);
      END IF;
    END LOOP;
    UPDATE pg_class SET reloptions = given WHERE oid = made.oid;
  END LOOP;
  -- A partition's index that was made from its parent's.
  UPDATE pg_class i SET reloptions = p.reloptions FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
   WHERE ${ours} AND h.inhrelid = i.oid AND i.reloptions IS NULL AND p.reloptions IS NOT NULL;
END $body$`;

export const vectorIndexes: readonly string[] = [
  ...method('hnsw'),
  ...method('ivfflat'),
  ...['vector', 'halfvec', 'sparsevec', 'bit'].map((type) =>
    internal(`stand_in_hash(${type})`, 'integer', 'hashvarlena'),
  ),
  ...classesOf('hnsw'),
  ...classesOf('ivfflat'),
  putAside,
  check,
  // The underscore puts them before the triggers of those who look at what was made.
  `CREATE EVENT TRIGGER _stand_in_before ON ddl_command_start WHEN TAG IN ('ALTER TABLE', 'CREATE TABLE') EXECUTE FUNCTION stand_in_before()`,
  `CREATE EVENT TRIGGER _stand_in_after ON ddl_command_end WHEN TAG IN ('CREATE INDEX', 'ALTER TABLE', 'CREATE TABLE') EXECUTE FUNCTION stand_in_after()`,
];
