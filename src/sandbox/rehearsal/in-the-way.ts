import type pg from 'pg';

/**
 * What the server's "already exists" means, by its words (English in the sandbox), and a SELECT of
 * one column, `is`, with what stands there. $1 and $2 are the names in the message.
 */
const kinds: readonly (readonly [RegExp, string])[] = [
  [
    /^relation "(.*)" already exists/,
    `SELECT n.nspname || '.' || c.relname || ': ' || CASE
       WHEN c.relkind IN ('r', 'p', 'f') THEN 'table (' || (SELECT string_agg(attname || ' ' ||
         format_type(atttypid, atttypmod), ', ' ORDER BY attnum) FROM pg_attribute
         WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) || ')'
       WHEN c.relkind IN ('i', 'I') THEN pg_get_indexdef(c.oid)
       WHEN c.relkind = 'S' THEN 'sequence'
       WHEN c.relkind = 'v' THEN 'view'
       WHEN c.relkind = 'm' THEN 'materialized view' ELSE 'type' END AS is
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND c.oid >= 16384 AND n.nspname NOT LIKE 'pg\\_%'`,
  ],
  [
    /^column "(.*)" of relation "(.*)" already exists/,
    `SELECT n.nspname || '.' || c.relname || '.' || a.attname || ': ' ||
       format_type(a.atttypid, a.atttypmod) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END ||
       coalesce(' DEFAULT ' || pg_get_expr(d.adbin, d.adrelid), '') AS is
     FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace
     LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
     WHERE a.attname = $1 AND c.relname = $2 AND NOT a.attisdropped AND c.oid >= 16384
       AND c.relkind IN ('r', 'p', 'f', 'c')`,
  ],
  [
    /^type "(.*)" already exists/,
    `SELECT n.nspname || '.' || t.typname || ': ' || CASE t.typtype
       WHEN 'e' THEN 'enum (' || (SELECT string_agg(quote_literal(enumlabel), ', ' ORDER BY enumsortorder)
         FROM pg_enum WHERE enumtypid = t.oid) || ')'
       WHEN 'd' THEN 'domain over ' || format_type(t.typbasetype, t.typtypmod)
       WHEN 'c' THEN 'row type' ELSE 'type' END AS is
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
     WHERE t.typname = $1 AND t.oid >= 16384`,
  ],
  [
    /^constraint "(.*)" for (?:relation|table) "(.*)" already exists/,
    `SELECT n.nspname || '.' || c.relname || ', ' || k.conname || ': ' || pg_get_constraintdef(k.oid) AS is
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.conname = $1 AND c.relname = $2`,
  ],
  [
    /^multiple primary keys for table "(.*)" are not allowed/,
    `SELECT n.nspname || '.' || c.relname || ', ' || k.conname || ': ' || pg_get_constraintdef(k.oid) AS is
     FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
     JOIN pg_namespace n ON n.oid = c.relnamespace WHERE k.contype = 'p' AND c.relname = $1`,
  ],
  [
    /^trigger "(.*)" for relation "(.*)" already exists/,
    `SELECT pg_get_triggerdef(t.oid) AS is FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE t.tgname = $1 AND c.relname = $2`,
  ],
  [
    /^policy "(.*)" for table "(.*)" already exists/,
    `SELECT p.schemaname || '.' || p.tablename || ', ' || p.policyname || ': FOR ' || p.cmd || ' TO ' ||
       array_to_string(p.roles, ', ') || coalesce(' USING ' || p.qual, '') ||
       coalesce(' WITH CHECK ' || p.with_check, '') AS is
     FROM pg_policies p WHERE p.policyname = $1 AND p.tablename = $2`,
  ],
  [
    /^function "(.*)" already exists with same argument types/,
    `SELECT n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')' AS is
     FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
     WHERE p.proname = $1 AND p.oid >= 16384`,
  ],
  [
    /^schema "(.*)" already exists/,
    `SELECT 'schema ' || n.nspname || ', of role ' || n.nspowner::regrole AS is
     FROM pg_namespace n WHERE n.nspname = $1`,
  ],
  [
    /^extension "(.*)" already exists/,
    `SELECT 'extension ' || extname || ' ' || extversion || ' in schema ' || extnamespace::regnamespace AS is
     FROM pg_extension WHERE extname = $1`,
  ],
];

/**
 * Which object is in the way of a statement that fails with "already exists", one sentence each.
 * `admin` sees the copy as it was before the run: as the live database is.
 */
export async function inTheWay(admin: pg.Client, message: string): Promise<readonly string[]> {
  for (const [pattern, sql] of kinds) {
    const match = pattern.exec(message);
    if (match === null) continue;
    await admin.query('SET search_path = pg_catalog, pg_temp');
    // The server gives no schema: more than one may have that name.
    const { rows } = await admin.query<{ is: string }>(sql, match.slice(1));
    if (rows.length === 0) return ['An earlier statement of this run makes it.'];
    return rows.map(({ is }) => `It is there already. ${is}`);
  }
  return [];
}
