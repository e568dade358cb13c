import type pg from 'pg';

/** The tables of a database as its catalog has them; system schemas left out. */
export interface Catalog {
  readonly columns: readonly ColumnRow[];
  readonly constraints: readonly ConstraintRow[];
  readonly indexes: readonly IndexRow[];
  readonly enums: readonly EnumRow[];
}

export interface ColumnRow {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  /** As format_type prints it: "character varying(255)". */
  readonly type: string;
  readonly enumSchema: string | null;
  readonly notNull: boolean;
  /** As pg_get_expr prints it: "'a'::text". */
  readonly default: string | null;
}

export interface ConstraintRow {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  /** pg_constraint.contype: p, u, f, c, x. */
  readonly kind: string;
  readonly columns: readonly string[];
  readonly toTable: string | null;
  readonly toColumns: readonly string[];
  readonly onDelete: string;
  readonly onUpdate: string;
  readonly definition: string;
}

export interface IndexRow {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly unique: boolean;
  readonly method: string;
  readonly columns: readonly { readonly expression: string; readonly isExpression: boolean }[];
  readonly where: string | null;
  readonly definition: string;
}

export interface EnumRow {
  readonly schema: string;
  readonly name: string;
  readonly values: readonly string[];
}

const ordinary = `n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'`;

const columnsSql = `
SELECT n.nspname AS schema, c.relname AS table, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type,
       CASE t.typtype WHEN 'e' THEN t.typnamespace::regnamespace::text END AS "enumSchema",
       a.attnotnull AS "notNull", pg_get_expr(d.adbin, d.adrelid) AS default
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relkind IN ('r', 'p', 'v', 'm') AND ${ordinary}
ORDER BY n.nspname, c.relname, a.attnum`;

// PostgreSQL 18 lists NOT NULL as constraints (contype n); the columns say that already.
const constraintsSql = `
SELECT n.nspname AS schema, c.relname AS table, k.conname AS name, k.contype AS kind,
       ${names('k.conrelid', 'k.conkey')} AS columns,
       f.relname AS "toTable", ${names('k.confrelid', 'k.confkey')} AS "toColumns",
       k.confdeltype AS "onDelete", k.confupdtype AS "onUpdate",
       pg_get_constraintdef(k.oid) AS definition
FROM pg_constraint k
JOIN pg_class c ON c.oid = k.conrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_class f ON f.oid = k.confrelid
WHERE k.contype <> 'n' AND ${ordinary}
ORDER BY n.nspname, c.relname, k.conname`;

const indexesSql = `
SELECT n.nspname AS schema, c.relname AS table, i.relname AS name, x.indisunique AS unique,
       m.amname AS method, pg_get_expr(x.indpred, x.indrelid) AS where,
       (SELECT json_agg(json_build_object('expression', coalesce(a.attname, pg_get_indexdef(i.oid, p, true)),
                                          'isExpression', a.attname IS NULL) ORDER BY p)
        FROM generate_series(1, x.indnkeyatts) p
        LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = x.indkey[p - 1]) AS columns,
       pg_get_indexdef(i.oid) AS definition
FROM pg_index x
JOIN pg_class i ON i.oid = x.indexrelid
JOIN pg_am m ON m.oid = i.relam
JOIN pg_class c ON c.oid = x.indrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.oid AND k.contype <> 'f')
  AND ${ordinary}
ORDER BY n.nspname, c.relname, i.relname`;

const enumsSql = `
SELECT n.nspname AS schema, t.typname AS name, json_agg(e.enumlabel ORDER BY e.enumsortorder) AS values
FROM pg_type t
JOIN pg_enum e ON e.enumtypid = t.oid
JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE ${ordinary}
GROUP BY 1, 2 ORDER BY 1, 2`;

function names(table: string, keys: string): string {
  return `coalesce((SELECT json_agg(a.attname ORDER BY u.i)
    FROM unnest(${keys}) WITH ORDINALITY u(n, i)
    JOIN pg_attribute a ON a.attrelid = ${table} AND a.attnum = u.n), '[]')`;
}

export async function readCatalog(client: pg.Client): Promise<Catalog> {
  const read = async <Row>(sql: string): Promise<Row[]> => {
    // One JSON value: booleans and lists arrive as such, whatever types the client parses.
    const answer = await client.query<{ rows: string }>(
      `SELECT coalesce(json_agg(r), '[]')::text AS rows FROM (${sql}) r`,
    );
    return JSON.parse(answer.rows[0]?.rows ?? '[]') as Row[];
  };
  return {
    columns: await read<ColumnRow>(columnsSql),
    constraints: await read<ConstraintRow>(constraintsSql),
    indexes: await read<IndexRow>(indexesSql),
    enums: await read<EnumRow>(enumsSql),
  };
}

/** One line an object, sorted: two databases with equal lines have the same schema. */
export function catalogLines(catalog: Catalog): string[] {
  return [
    ...catalog.columns.map(
      (c) =>
        `column ${c.schema}.${c.table}.${c.name} ${c.type}` +
        `${c.notNull ? ' NOT NULL' : ''}${c.default === null ? '' : ` DEFAULT ${c.default}`}`,
    ),
    ...catalog.constraints.map(
      (c) => `constraint ${c.schema}.${c.table}.${c.name} ${c.definition}`,
    ),
    ...catalog.indexes.map((i) => `index ${i.definition}`),
    ...catalog.enums.map((e) => `enum ${e.schema}.${e.name} (${e.values.join(', ')})`),
  ].toSorted();
}
