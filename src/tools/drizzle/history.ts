import { UserError } from '../../core/errors.js';
import type { History, StampedRow, TableRef } from '../../core/facts.js';
import { quoteTable, tableName } from '../../core/tool.js';
import type { Query } from '../contract.js';
import { otherTables, readSequence, sameTable } from '../tables.js';
import { drizzleTableAt, findTables, type FoundTable } from './find-tables.js';

/** Enough to tell whose table it is. */
const sampleSize = 1000;

/** How the rows of a table are read that has been found. */
export type ReadRows = (
  query: Query,
  table: FoundTable,
) => Promise<Pick<History, 'rows' | 'outdated'>>;

/**
 * Reads the history table where it is expected, or, when nothing names a place, the one table of
 * that shape elsewhere. Sends SELECTs only.
 * @throws UserError when the table is there and may not be read, or is no history table.
 */
export async function readHistory(
  query: Query,
  expected: TableRef,
  configured: boolean,
  readRows: ReadRows = readStampedRows,
): Promise<History> {
  const there = await drizzleTableAt(query, expected);
  if (there !== null) refuseUnusable(there);
  const found = await findTables(query);
  const others = found.filter((table) => !sameTable(table, expected));
  const table = there ?? (configured ? null : only(others));
  const elsewhere = [];
  for (const other of others) {
    if (table === null || !sameTable(other, table)) elsewhere.push(await sample(query, other));
  }
  return {
    expected,
    configured,
    table: table === null ? null : { schema: table.schema, table: table.table },
    elsewhere,
    ...(table === null ? { rows: [] } : await readRows(query, table)),
    sequence: table === null ? null : await readSequence(query, quoteTable(table), 'id'),
    otherTables: await otherTables(query, [expected, ...found]),
  };
}

function refuseUnusable(table: FoundTable): void {
  const name = tableName(table);
  if (!table.readable) {
    throw new UserError(`The history table ${name} is there and this role may not read it.`, [
      `Connect as its owner, or as a superuser: GRANT USAGE ON SCHEMA and GRANT SELECT ON ${name}.`,
    ]);
  }
  if (!table.shaped) {
    throw new UserError(
      `${name} is no history table of Drizzle: it has not the columns id, hash and created_at (a number).`,
      ['Name the history table with --history-table SCHEMA.TABLE.'],
    );
  }
}

/** The single candidate; one that carries Drizzle's name goes before others. */
function only(candidates: readonly FoundTable[]): FoundTable | null {
  const readable = candidates.filter((candidate) => candidate.readable);
  const named = readable.filter((candidate) => candidate.named);
  const [first, ...more] = named.length > 0 ? named : readable;
  return first !== undefined && more.length === 0 ? first : null;
}

/** As 0.x reads them, which knows no names. */
export async function readStampedRows(
  query: Query,
  table: TableRef,
): Promise<{ readonly rows: readonly StampedRow[] }> {
  const rows = await query(
    `SELECT "id"::text AS id, coalesce("hash"::text, '') AS hash, "created_at"::text AS stamp FROM ${quoteTable(table)} ORDER BY "id"`,
  );
  return { rows: rows.map(stampedRow) };
}

export function stampedRow({
  id,
  hash,
  stamp,
}: Readonly<Record<string, string | null>>): StampedRow {
  return { id: id ?? '', hash: hash ?? '', stamp: stamp ?? null };
}

async function sample(query: Query, table: FoundTable): Promise<History['elsewhere'][number]> {
  const { schema, table: name } = table;
  if (!table.readable) return { schema, table: name, rows: 0, marks: [] };
  const [counted] = await query(`SELECT count(*) AS rows FROM ${quoteTable(table)}`);
  const hashes = await query(
    `SELECT "hash"::text AS hash FROM ${quoteTable(table)} LIMIT ${sampleSize}`,
  );
  return {
    schema,
    table: name,
    rows: Number(counted?.['rows'] ?? 0),
    marks: hashes.flatMap(({ hash }) => hash ?? []),
  };
}
