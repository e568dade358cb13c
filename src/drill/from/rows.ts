import type pg from 'pg';
import { quoteIdent, quoteLiteral, quoteTable } from '../../core/tool.js';
import type { TableRef } from '../../core/facts.js';

/** A few rows that were put into a table. */
export interface Rows {
  /** Quoted. */
  readonly table: string;
  readonly insert: string;
  /** Columns in which they are the same in each database: quoted. */
  readonly columns: readonly string[];
}

interface Column {
  readonly schema: string;
  readonly table: string;
  readonly name: string;
  readonly type: string;
  /** pg_type.typtype: "e" is an enum. */
  readonly kind: string;
  readonly label: string | null;
  /** "t": it has to be given a value. */
  readonly wanted: string;
  readonly toTable: string | null;
  readonly toColumn: string | null;
}

const columnsSql = `
SELECT n.nspname AS schema, c.relname AS table, a.attname AS name,
       format_type(a.atttypid, a.atttypmod) AS type, t.typtype AS kind,
       (SELECT e.enumlabel FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder LIMIT 1) AS label,
       a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND a.attgenerated = '' AS wanted,
       k.confrelid::regclass::text AS "toTable",
       (SELECT quote_ident(f.attname) FROM pg_attribute f WHERE f.attrelid = k.confrelid AND f.attnum = k.confkey[1]) AS "toColumn"
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN LATERAL (SELECT * FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f'
  AND k.conkey = ARRAY[a.attnum] ORDER BY k.conname LIMIT 1) k ON true
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
ORDER BY n.nspname, c.relname, a.attnum`;

/** So many each. */
const COUNT = 5;

/**
 * Puts a few rows into each table where that is simple: what has to have a value gets one by its
 * type, and foreign keys find the rows of the other table. A table that refuses them stays as it is.
 */
export async function putRows(
  client: pg.Client,
  leaveOut: readonly TableRef[],
): Promise<readonly Rows[]> {
  const left = [...(await columnsByTable(client, leaveOut))].flatMap(([table, columns]) =>
    rowsFor(table, columns),
  );
  const put: Rows[] = [];
  // Those they refer to have theirs first, whatever the order of the names is.
  for (let before = -1; before !== put.length;) {
    before = put.length;
    for (const rows of left.filter((one) => !put.includes(one))) {
      if (await tried(client, rows.insert)) put.push(rows);
    }
  }
  return put;
}

async function tried(client: pg.Client, sql: string): Promise<boolean> {
  return client.query(sql).then(
    ({ rowCount }) => rowCount === COUNT,
    () => false,
  );
}

/** By their tables, quoted. */
async function columnsByTable(
  client: pg.Client,
  leaveOut: readonly TableRef[],
): Promise<Map<string, readonly Column[]>> {
  const { rows } = await client.query<Column>(columnsSql);
  const tables = new Map<string, Column[]>();
  for (const row of rows) {
    const table = quoteTable({ schema: row.schema ?? '', table: row.table ?? '' });
    if (leaveOut.some((one) => quoteTable(one) === table)) continue;
    const columns = tables.get(table) ?? [];
    tables.set(table, columns);
    columns.push(row);
  }
  return tables;
}

function rowsFor(table: string, columns: readonly Column[]): Rows[] {
  const given = columns.filter(({ wanted }) => wanted === 't');
  const values = given.map((column) => valueOf(column));
  if (values.includes(null)) return [];
  const names = given.map(({ name }) => quoteIdent(name));
  const into = names.length === 0 ? '' : ` (${names.join(', ')})`;
  const own = given.flatMap(({ name, toTable }) => (toTable === null ? [quoteIdent(name)] : []));
  const insert = `INSERT INTO ${table}${into} SELECT ${values.join(', ')} FROM generate_series(1, ${COUNT}) n`;
  return [{ table, insert, columns: own }];
}

/** An expression over n, from 1; null where the type is none of the simple ones. */
function valueOf({ name, type, kind, label, toTable, toColumn }: Column): string | null {
  if (toTable !== null) {
    return `(SELECT ${toColumn} FROM ${toTable} ORDER BY 1 OFFSET n - 1 LIMIT 1)`;
  }
  if (kind === 'e') return label === null ? null : quoteLiteral(label);
  const words = `${quoteLiteral(`${name} `)} || n`;
  const length = /^character(?: varying)?\((\d+)\)$/.exec(type)?.[1];
  if (length !== undefined) return `left(n || ' ' || ${quoteLiteral(name)}, ${length})`;
  const plain = type.replace(/\(.*\)/, '');
  if (/^(text|character varying|citext)$/.test(plain)) return words;
  if (/^(smallint|integer|bigint|numeric|real|double precision)$/.test(plain)) return 'n';
  if (plain === 'boolean') return 'n % 2 = 0';
  if (plain === 'uuid') return `md5(${words})::uuid`;
  if (plain === 'date') return `date '2025-01-01' + n`;
  if (plain.startsWith('timestamp'))
    return `timestamptz '2025-01-01 12:00+00' + n * interval '1 day'`;
  if (/^jsonb?$/.test(plain)) return `'{}'`;
  return type.endsWith('[]') ? `'{}'` : null;
}

/** How many rows a table has, and a digest of those that were put there. */
interface Content {
  readonly count: string;
  readonly own: string | null;
}

/** Of all tables, by their quoted names. */
export type Contents = Readonly<Record<string, Content>>;

export async function contentsOf(
  client: pg.Client,
  put: readonly Rows[],
  leaveOut: readonly TableRef[],
): Promise<Contents> {
  const contents: Record<string, Content> = {};
  for (const table of (await columnsByTable(client, leaveOut)).keys()) {
    const columns = put.find((one) => one.table === table)?.columns ?? [];
    const row = `ROW(${columns.length === 0 ? 'NULL' : columns.join(', ')})::text`;
    const digest = `md5(string_agg(r, ',' ORDER BY r COLLATE "C"))`;
    const read = async (own: string, from: string): Promise<Content | undefined> =>
      (await client.query<Content>(`SELECT count(*) AS count, ${own} AS own FROM ${from} t`))
        .rows[0];
    contents[table] = (await read(digest, `(SELECT ${row} AS r FROM ${table})`)
      // A later migration has taken one of the columns away.
      .catch(() => read('NULL', table))) ?? { count: '0', own: null };
  }
  return contents;
}
