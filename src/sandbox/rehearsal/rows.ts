import type pg from 'pg';
import { quoteIdent, quoteLiteral, quoteTable, tableName } from '../../core/tool.js';
import { sqlstateOf } from '../../postgres/reading-transaction.js';
import type { RelationSizes } from '../../postgres/read-sizes.js';
import type { Query } from '../../tools/contract.js';
import type { CopiedTable } from './touched.js';
import type { LiveRows } from './types.js';

/** All tables together: what is more than this is not copied, in bytes. */
const budget = 48 * 1024 ** 2;

/** Both sides print and read values the same way; local to the savepoint or transaction around it. */
const plainText = `SELECT pg_catalog.set_config('DateStyle', 'ISO, YMD', true),
  pg_catalog.set_config('IntervalStyle', 'postgres', true),
  pg_catalog.set_config('TimeZone', 'UTC', true),
  pg_catalog.set_config('extra_float_digits', '3', true),
  pg_catalog.set_config('bytea_output', 'hex', true),
  pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)`;

export type RowCopy =
  | { readonly state: 'copied'; readonly rows: number }
  /** `why`: "has 1,200,000 rows". */
  | { readonly state: 'left'; readonly why: string };

/** Copies the rows of small live tables, all as the transaction of `query` sees them. By "public.orders". */
export async function copyRows(
  query: Query,
  ask: LiveRows,
  admin: pg.Client,
  tables: readonly CopiedTable[],
  sizes: Readonly<Record<string, RelationSizes>>,
): Promise<ReadonlyMap<string, RowCopy>> {
  const { byteLimit = 4 * 1024 ** 2 } = ask;
  const done = new Map<string, RowCopy>();
  let spent = 0;
  for (const table of tables) {
    const name = tableName(table);
    // Indexes count too: this only keeps what is large from being read at all.
    const { bytes = 0 } = sizes[name] ?? {};
    if (bytes > 4 * byteLimit || spent > budget) {
      done.set(name, { state: 'left', why: `has ${Math.round(bytes / 1024 ** 2)} MB` });
      continue;
    }
    const columns = await columnsOf(admin, table);
    const read = await readRows(query, ask, table, columns, byteLimit);
    if (read.state === 'left') done.set(name, read);
    else {
      spent += read.bytes;
      done.set(name, await load(admin, table, columns, read.rows));
    }
  }
  return done;
}

interface Column {
  readonly name: string;
  readonly type: string;
}

/** Without generated ones: they come of themselves. */
async function columnsOf(admin: pg.Client, { oid }: CopiedTable): Promise<readonly Column[]> {
  await admin.query(`SET search_path = pg_catalog, pg_temp`);
  const { rows } = await admin.query<{ name: string; type: string }>(
    `SELECT attname AS name, format_type(atttypid, atttypmod) AS type FROM pg_attribute
     WHERE attrelid = $1 AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum`,
    [oid],
  );
  return rows;
}

async function readRows(
  query: Query,
  { rowLimit = 5_000, timeout = 5_000 }: LiveRows,
  table: CopiedTable,
  columns: readonly Column[],
  byteLimit: number,
): Promise<
  { state: 'read'; rows: readonly string[]; bytes: number } | Extract<RowCopy, { state: 'left' }>
> {
  const from = quoteTable(table);
  const [may] = await query(
    `SELECT coalesce(has_table_privilege(c, 'SELECT'), false) AS read,
      row_security_active(c) AS hidden
     FROM (SELECT to_regclass($1)::oid AS c) one WHERE c IS NOT NULL`,
    [from],
  );
  if (may === undefined) return { state: 'left', why: 'is not there any more' };
  if (may['read'] !== 't') return { state: 'left', why: 'may not be read by this role' };
  if (may['hidden'] === 't') return { state: 'left', why: 'shows this role only some of its rows' };
  const values = columns.map(({ name }) => `x.${quoteIdent(name)}::text`).join(', ');
  await query('SAVEPOINT pgmedic_rows');
  try {
    await query(plainText);
    await query(`SELECT set_config('statement_timeout', $1, true)`, [String(timeout)]);
    const limited = `SELECT ARRAY[${values}]::text[]::text AS line
      FROM ${table.partitioned ? '' : 'ONLY'} ${from} AS x LIMIT ${rowLimit + 1}`;
    // Nothing comes over the network when it is too much.
    const [first, ...rest] = await query(
      `WITH lines AS MATERIALIZED (${limited}),
        weight AS (SELECT count(*) AS count, coalesce(sum(octet_length(line)), 0) AS bytes FROM lines)
       SELECT bytes, count, line FROM weight LEFT JOIN lines ON count <= $1 AND bytes <= $2`,
      [rowLimit, byteLimit],
    );
    const bytes = Number(first?.['bytes']);
    if (Number(first?.['count']) > rowLimit)
      return { state: 'left', why: `has more than ${rowLimit} rows` };
    if (bytes > byteLimit) return { state: 'left', why: `has ${Math.round(bytes / 1024 ** 2)} MB` };
    const rows = [first, ...rest].flatMap((one) => one?.['line'] ?? []);
    return { state: 'read', rows, bytes };
  } catch (error) {
    const state = sqlstateOf(error);
    if (state === null) throw error;
    if (state === '57014')
      return { state: 'left', why: `could not be read within ${timeout / 1000} s` };
    return { state: 'left', why: `could not be read (${state})` };
  } finally {
    await query('ROLLBACK TO SAVEPOINT pgmedic_rows').catch(() => []);
  }
}

/** Triggers and foreign keys stay silent meanwhile; a CHECK that is not validated is put aside. */
async function load(
  admin: pg.Client,
  table: CopiedTable,
  columns: readonly Column[],
  rows: readonly string[],
): Promise<RowCopy> {
  if (rows.length === 0) return { state: 'copied', rows: 0 };
  const into = quoteTable(table);
  const names = columns.map(({ name }) => quoteIdent(name)).join(', ');
  const values = columns.map(({ type }, index) => `(u.r)[${index + 1}]::${type}`).join(', ');
  await admin.query('BEGIN');
  try {
    await admin.query(`SET LOCAL session_replication_role = replica; ${plainText}`);
    const { rows: unproven } = await admin.query<{ name: string; definition: string }>(
      `SELECT conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
       WHERE conrelid = $1 AND contype IN ('c', 'n') AND NOT convalidated AND coninhcount = 0`,
      [table.oid],
    );
    for (const { name } of unproven) {
      await admin.query(`ALTER TABLE ${into} DROP CONSTRAINT ${quoteIdent(name)}`);
    }
    if (columns.length === 0) throw new Error('no columns');
    await admin.query(
      `INSERT INTO ${into} (${names}) OVERRIDING SYSTEM VALUE
       SELECT ${values} FROM (SELECT x::text[] AS r FROM unnest($1::text[]) x OFFSET 0) u`,
      [rows],
    );
    for (const { name, definition } of unproven) {
      await admin.query(`ALTER TABLE ${into} ADD CONSTRAINT ${quoteIdent(name)} ${definition}`);
    }
    await admin.query('COMMIT');
    return { state: 'copied', rows: rows.length };
  } catch (error) {
    await admin.query('ROLLBACK');
    return { state: 'left', why: `could not be copied (${sqlstateOf(error) ?? 'no columns'})` };
  }
}

/** Takes rows out again: what they refer to, or are compared with, is not here. */
export async function removeRows(admin: pg.Client, tables: readonly CopiedTable[]): Promise<void> {
  if (tables.length === 0) return;
  await admin.query('BEGIN; SET LOCAL session_replication_role = replica');
  for (const table of tables) await admin.query(`DELETE FROM ${quoteTable(table)}`);
  await admin.query('COMMIT');
}

/** As many at a time: each is locked while it is read. */
const sequencesAtOnce = 200;

/**
 * Gives the copy's sequences the values of the live ones: a copied row must not meet its own number.
 * They are read as relations, under a savepoint: pg_sequences would hold each of them in ROW
 * EXCLUSIVE mode until the transaction's end, and whoever wants to change its table would wait.
 */
export async function copySequences(query: Query, admin: pg.Client): Promise<void> {
  const found = await query(
    `SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS name
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relpersistence <> 't' AND has_schema_privilege(n.oid, 'USAGE')
       AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'SELECT') END ORDER BY 1`,
  );
  const names = found.map((row) => row['name'] ?? '');
  for (let at = 0; at < names.length; at += sequencesAtOnce) {
    const rows = await readSequences(query, names.slice(at, at + sequencesAtOnce));
    await admin.query(
      `SELECT pg_catalog.setval(pg_catalog.to_regclass(s.name), s.value)
       FROM pg_catalog.json_to_recordset($1::json) AS s (name text, value bigint)
       WHERE pg_catalog.to_regclass(s.name) IS NOT NULL`,
      [JSON.stringify(rows)],
    );
  }
}

/** Of those that were used; none, where one of them is locked or gone. */
async function readSequences(
  query: Query,
  names: readonly string[],
): Promise<readonly Readonly<Record<string, string | null>>[]> {
  const each = names.map(
    (name) =>
      `SELECT ${quoteLiteral(name)} AS name, last_value AS value FROM ${name} WHERE is_called`,
  );
  await query('SAVEPOINT pgmedic_sequences');
  try {
    return await query(each.join(' UNION ALL '));
  } catch (error) {
    if (sqlstateOf(error) === null) throw error;
    return [];
  } finally {
    await query('ROLLBACK TO SAVEPOINT pgmedic_sequences').catch(() => []);
  }
}
