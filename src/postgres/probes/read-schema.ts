import type { Query } from '../../tools/contract.js';
import type { ProbeConstraint, ProbeDomain, ProbeEnum, ProbeSchema, ProbeTable } from './schema.js';

/**
 * Reads what planProbes needs, with a few SELECTs; the transaction's search_path must be
 * pg_catalog (as readingTransaction has it), so that definitions come with their schemas.
 * @param searchPath as the migration tool's session has it; by default what a new session of this role gets.
 */
export async function readProbeSchema(
  query: Query,
  searchPath?: readonly string[],
): Promise<ProbeSchema> {
  return {
    searchPath: searchPath ?? (await readSearchPath(query)),
    tables: (await jsonRows(query, TABLES)) as ProbeTable[],
    domains: (await jsonRows(query, DOMAINS)) as ProbeDomain[],
    enums: (await jsonRows(query, ENUMS)) as ProbeEnum[],
  };
}

async function jsonRows(query: Query, sql: string): Promise<unknown[]> {
  return (await query(sql)).map((row) => JSON.parse(row['json'] ?? 'null') as unknown);
}

/** A setting of the role or the database is in `reset_val`, whatever SET LOCAL has put over it. */
async function readSearchPath(query: Query): Promise<readonly string[]> {
  const rows = await query(
    `SELECT n.nspname
       FROM pg_settings s,
            unnest(string_to_array(s.reset_val, ',')) WITH ORDINALITY AS p(part, place),
            pg_namespace n
      WHERE s.name = 'search_path'
        AND n.nspname = CASE WHEN btrim(part) = '"$user"' THEN session_user::text
                             WHEN btrim(part) LIKE '"%"' THEN replace(btrim(btrim(part), '"'), '""', '"')
                             ELSE lower(btrim(part)) END
      ORDER BY p.place`,
  );
  return rows.map((row) => row['nspname'] ?? '');
}

const OWN_SCHEMA = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`;

const COLUMNS = `SELECT coalesce(json_agg(json_build_object(
    'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'notNull', a.attnotnull,
    'virtual', a.attgenerated = 'v',
    'collation', (SELECT quote_ident(ln.nspname) || '.' || quote_ident(l.collname)
                    FROM pg_collation l JOIN pg_namespace ln ON ln.oid = l.collnamespace
                    JOIN pg_type y ON y.oid = a.atttypid
                   WHERE l.oid = a.attcollation AND a.attcollation <> y.typcollation))
    ORDER BY a.attnum), '[]')
  FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

const namesOf = (relation: string, numbers: string): string =>
  `(SELECT coalesce(json_agg(a.attname ORDER BY key.place), '[]')
      FROM unnest(${numbers}) WITH ORDINALITY AS key(number, place)
      JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = key.number)`;

const TYPES: Readonly<Record<ProbeConstraint['type'], string>> = {
  check: 'c',
  'foreign key': 'f',
  'not null': 'n',
  'primary key': 'p',
  unique: 'u',
  exclusion: 'x',
};

const CONSTRAINT_TYPE = Object.entries(TYPES)
  .map(([name, letter]) => `WHEN '${letter}' THEN '${name}'`)
  .join(' ');

const CONSTRAINTS = `SELECT coalesce(json_agg(json_build_object(
    'name', k.conname, 'definition', pg_get_constraintdef(k.oid), 'validated', k.convalidated,
    'type', CASE k.contype ${CONSTRAINT_TYPE} END,
    'columns', ${namesOf('k.conrelid', 'k.conkey')},
    'references', (SELECT json_build_object('schema', rn.nspname, 'table', r.relname)
                     FROM pg_class r JOIN pg_namespace rn ON rn.oid = r.relnamespace
                    WHERE r.oid = k.confrelid),
    'referenced', ${namesOf('k.confrelid', 'k.confkey')})
    ORDER BY k.oid), '[]')
  FROM pg_constraint k
 WHERE k.conrelid = c.oid AND k.contype IN ('c', 'f', 'n', 'p', 'u', 'x')`;

const INDEXES = `SELECT coalesce(json_agg(json_build_object(
    'name', ic.relname, 'definition', pg_get_indexdef(i.indexrelid), 'unique', i.indisunique,
    'columns', (SELECT coalesce(json_agg(DISTINCT a.attname), '[]')
                  FROM pg_attribute a
                 WHERE a.attrelid = c.oid AND a.attnum > 0
                   AND (a.attnum = ANY (i.indkey) OR (i.indexprs IS NOT NULL OR i.indpred IS NOT NULL) AND EXISTS (
                     SELECT 1 FROM pg_depend d
                      WHERE d.classid = 'pg_class'::regclass AND d.objid = i.indexrelid
                        AND d.refobjid = c.oid AND d.refobjsubid = a.attnum))),
    'keys', ${namesOf('c.oid', 'i.indkey::int2[]')})
    ORDER BY i.indexrelid), '[]')
  FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid WHERE i.indrelid = c.oid`;

const PARTITIONS = `SELECT coalesce(json_agg(json_build_object(
    'schema', pn.nspname, 'table', p.relname,
    'isDefault', pg_get_expr(p.relpartbound, p.oid) = 'DEFAULT',
    'constraint', pg_get_partition_constraintdef(p.oid))), '[]')
  FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhrelid
  JOIN pg_namespace pn ON pn.oid = p.relnamespace
 WHERE h.inhparent = c.oid AND p.relispartition`;

const TABLES = `SELECT json_build_object(
    'schema', n.nspname, 'table', c.relname,
    'kind', CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned'
                           WHEN 'f' THEN 'foreign' ELSE 'materialized view' END,
    'parent', EXISTS (SELECT 1 FROM pg_inherits h WHERE h.inhparent = c.oid),
    'columns', (${COLUMNS}), 'constraints', (${CONSTRAINTS}), 'indexes', (${INDEXES}),
    'partitionKey', pg_get_partkeydef(c.oid), 'partitions', (${PARTITIONS})) AS json
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p', 'f', 'm') AND ${OWN_SCHEMA}
 ORDER BY c.oid`;

const DOMAINS = `WITH RECURSIVE over AS (
    SELECT t.oid AS domain, t.oid AS type FROM pg_type t WHERE t.typtype = 'd'
    UNION
    SELECT o.domain, t.oid FROM over o JOIN pg_type t ON t.typtype = 'd' AND t.typbasetype = o.type
  ), under AS (
    SELECT t.oid AS domain, t.typbasetype AS type, t.typtypmod AS modifier FROM pg_type t WHERE t.typtype = 'd'
    UNION ALL
    SELECT u.domain, t.typbasetype, t.typtypmod FROM under u JOIN pg_type t ON t.oid = u.type AND t.typtype = 'd'
  )
  SELECT json_build_object(
    'schema', n.nspname, 'name', d.typname, 'notNull', d.typnotnull, 'default', d.typdefault,
    'base', (SELECT format_type(u.type, u.modifier) FROM under u JOIN pg_type t ON t.oid = u.type
              WHERE u.domain = d.oid AND t.typtype <> 'd'),
    'checks', (SELECT coalesce(json_agg(json_build_object('name', k.conname,
                 'definition', pg_get_constraintdef(k.oid), 'validated', k.convalidated)), '[]')
                 FROM pg_constraint k WHERE k.contypid = d.oid AND k.contype = 'c'),
    'columns', (SELECT coalesce(json_agg(json_build_object('schema', cn.nspname, 'table', c.relname,
                  'column', a.attname) ORDER BY c.oid, a.attnum), '[]')
                  FROM over o JOIN pg_attribute a ON a.atttypid = o.type AND NOT a.attisdropped AND a.attnum > 0
                  JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'm')
                  JOIN pg_namespace cn ON cn.oid = c.relnamespace
                 WHERE o.domain = d.oid)) AS json
  FROM pg_type d JOIN pg_namespace n ON n.oid = d.typnamespace
 WHERE d.typtype = 'd' AND ${OWN_SCHEMA}`;

const ENUMS = `SELECT json_build_object('schema', n.nspname, 'name', t.typname,
    'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)) AS json
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
 WHERE t.typtype = 'e' AND ${OWN_SCHEMA}`;
