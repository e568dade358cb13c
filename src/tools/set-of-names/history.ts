import { UserError } from '../../core/errors.js';
import type { History, NamedRow, TableRef } from '../../core/facts.js';
import { quoteIdent, quoteTable, tableName } from '../../core/tool.js';
import type { Query } from '../contract.js';
import {
  otherTables,
  readSequence,
  sameTable,
  tableAt,
  tablesWith,
  type TableSeen,
} from '../tables.js';
import { asOneRow } from './one-row.js';
import { byCodeUnit, type NamesSpec } from './spec.js';

/** Enough to tell whose table it is. */
const sampleSize = 1000;

/** Whether a table with these columns (types by name) can be the history of this tool. */
export function isShaped(
  { history }: NamesSpec,
  columns: Readonly<Record<string, string>>,
): boolean {
  const wanted = wantedColumns(history);
  const { others = [] } = history;
  return (
    wanted.every((column) => columns[column] !== undefined) &&
    (others === 'any' ||
      Object.keys(columns).every((column) => [...wanted, ...others].includes(column))) &&
    (history.nameType ?? /^(text|character varying)$/).test(columns[history.name] ?? '')
  );
}

function wantedColumns(history: NamesSpec['history']): string[] {
  return [
    ...(history.id === null ? [] : [history.id]),
    history.name,
    ...Object.keys(history.writes ?? {}),
    ...(history.required ?? []),
    ...(history.checksum === undefined ? [] : [history.checksum]),
    ...(history.runs === undefined ? [] : [history.runs.cleared, history.runs.said]),
  ];
}

/**
 * Reads the history table where it is expected, or, when nothing names a place, the one table of
 * that name and shape in another schema. Sends SELECTs only.
 * @throws UserError when the table is there and may not be read, or is no history table of this tool.
 */
export async function readHistory(
  spec: NamesSpec,
  query: Query,
  expected: TableRef,
  configured: boolean,
): Promise<History> {
  const there = await tableAt(query, expected);
  if (there !== null) refuseUnusable(spec, there);
  const { others: more = [] } = spec.history;
  const found = (await tablesWith(query, wantedColumns(spec.history), more)).filter(
    (table) => isShaped(spec, table.columns) && table.table === spec.history.table.table,
  );
  const others = found.filter((table) => !sameTable(table, expected));
  const readable = others.filter((other) => other.readable);
  const only = readable.length === 1 && !configured ? (readable[0] ?? null) : null;
  const table = there ?? only;
  const elsewhere = [];
  for (const other of others) {
    if (table === null || !sameTable(other, table))
      elsewhere.push(await sample(spec, query, other));
  }
  const { id, readLock } = spec.history;
  return {
    expected,
    configured,
    table: table === null ? null : { schema: table.schema, table: table.table },
    elsewhere,
    rows: table === null ? [] : await readRows(spec, query, table),
    ...(await readRunLocks(spec, query, table ?? expected)),
    locked: (await readLock?.(query, table ?? expected)) ?? null,
    sequence:
      table === null || id === null ? null : await readSequence(query, quoteTable(table), id),
    otherTables: await otherTables(query, [
      expected,
      ...found,
      ...tablesBeside(spec, table ?? expected),
    ]),
  };
}

/** What else the tool keeps, where this is its history table. */
export function tablesBeside({ history }: NamesSpec, { schema, table }: TableRef): TableRef[] {
  return (history.beside?.(table) ?? []).map((one) => ({ schema, table: one }));
}

function refuseUnusable(spec: NamesSpec, table: TableSeen): void {
  const name = tableName(table);
  if (!table.readable) {
    throw new UserError(`The history table ${name} is there and this role may not read it.`, [
      `Connect as its owner, or as a superuser: GRANT USAGE ON SCHEMA and GRANT SELECT ON ${name}.`,
    ]);
  }
  if (!isShaped(spec, table.columns)) {
    const columns = Object.entries(table.columns).map(([column, type]) => `${column} ${type}`);
    throw new UserError(
      `${name} is no history table of ${spec.title}: its columns are ${columns.join(', ')}.`,
      ['Name the tool with --tool, or the history table with --history-table SCHEMA.TABLE.'],
    );
  }
}

/** A column as text. */
function text(column: string): string {
  return `${quoteIdent(column)}::text`;
}

async function readRows(spec: NamesSpec, query: Query, table: TableSeen): Promise<NamedRow[]> {
  const { name, id, rowOrder } = spec.history;
  const key = id === null ? `${text(name)} COLLATE "C"` : quoteIdent(id);
  const order = Array.isArray(rowOrder) ? rowOrder.map(quoteIdent).join(', ') : key;
  const rest = Object.keys(table.columns).filter((column) => column !== name && column !== id);
  const rows = await query(
    `SELECT ${text(name)} AS name, ${id === null ? 'NULL' : text(id)} AS id, pg_catalog.json_build_object(${rest
      .map((column) => `'${column.replaceAll("'", "''")}', ${text(column)}`)
      .join(', ')})::text AS columns
       FROM ${quoteTable(table)} ORDER BY ${order}`,
  );
  const { runs, checksum, means, oneRow } = spec.history;
  const read = rows.map((row): NamedRow => {
    const columns = JSON.parse(row['columns'] ?? '{}') as Record<string, string | null>;
    const state = runs?.stateOf(columns);
    const said = runs === undefined ? null : columns[runs.said];
    const named = { id: row['id'] ?? row['name'] ?? '', name: row['name'] ?? '', columns };
    return {
      ...named,
      ...(means !== undefined && { of: means(named) }),
      ...(state !== undefined && { state }),
      ...(state === 'failed' && said != null && said.trim() !== '' && { said: said.trim() }),
      ...(checksum !== undefined && { checksum: columns[checksum] ?? '' }),
    };
  });
  if (oneRow !== undefined) return read.map((row) => asOneRow(oneRow, row));
  return typeof rowOrder === 'function' ? read.toSorted(rowOrder) : read;
}

async function readRunLocks(
  { history: { runLocks } }: NamesSpec,
  query: Query,
  table: TableRef,
): Promise<Pick<History, 'runLocks'>> {
  if (runLocks === undefined) return {};
  const [row] = await query('SELECT current_database() AS name');
  return { runLocks: runLocks(table, row?.['name'] ?? '') };
}

async function sample(
  spec: NamesSpec,
  query: Query,
  { schema, table, readable }: TableSeen,
): Promise<History['elsewhere'][number]> {
  if (!readable) return { schema, table, rows: 0, marks: [] };
  const quoted = quoteTable({ schema, table });
  const [counted] = await query(`SELECT count(*) AS rows FROM ${quoted}`);
  const names = await query(
    `SELECT ${quoteIdent(spec.history.name)}::text AS name FROM ${quoted} LIMIT ${sampleSize}`,
  );
  return {
    schema,
    table,
    rows: Number(counted?.['rows'] ?? 0),
    marks: names.flatMap(({ name }) => name ?? []).toSorted(byCodeUnit),
  };
}
