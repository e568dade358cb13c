import { UserError } from '../../core/errors.js';
import type { History, HistoryRow, TableRef } from '../../core/facts.js';
import { quoteTable, tableName } from '../../core/tool.js';
import type { Query } from '../contract.js';
import { findTables, type FoundTable, otherTables, tableAt } from './find-tables.js';

/** Enough to tell whose table it is. */
const sampleSize = 1000;

/**
 * Reads the history table where it is expected, or, when nothing names a place, the one table of
 * that shape elsewhere. Sends SELECTs only.
 * @throws UserError when the table is there and may not be read, or is no history table.
 */
export async function readHistory(
  query: Query,
  expected: TableRef,
  configured: boolean,
): Promise<History> {
  const there = await tableAt(query, expected);
  if (there !== null) refuseUnusable(there);
  const found = await findTables(query);
  const others = found.filter((table) => !same(table, expected));
  const table = there ?? (configured ? null : only(others));
  const elsewhere = [];
  for (const other of others) {
    if (table === null || !same(other, table)) elsewhere.push(await sample(query, other));
  }
  return {
    expected,
    configured,
    table: table === null ? null : { schema: table.schema, table: table.table },
    elsewhere,
    rows: table === null ? [] : await readRows(query, table),
    sequence: table === null ? null : await readSequence(query, table),
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

async function readRows(query: Query, table: TableRef): Promise<HistoryRow[]> {
  const rows = await query(
    `SELECT "id"::text AS id, coalesce("hash"::text, '') AS hash, "created_at"::text AS stamp FROM ${quoteTable(table)} ORDER BY "id"`,
  );
  return rows.map(({ id, hash, stamp }) => ({
    id: id ?? '',
    hash: hash ?? '',
    stamp: stamp ?? null,
  }));
}

async function sample(query: Query, table: FoundTable): Promise<History['elsewhere'][number]> {
  const { schema, table: name } = table;
  if (!table.readable) return { schema, table: name, rows: 0, hashes: [] };
  const [counted] = await query(`SELECT count(*) AS rows FROM ${quoteTable(table)}`);
  const hashes = await query(
    `SELECT "hash"::text AS hash FROM ${quoteTable(table)} LIMIT ${sampleSize}`,
  );
  return {
    schema,
    table: name,
    rows: Number(counted?.['rows'] ?? 0),
    hashes: hashes.flatMap(({ hash }) => hash ?? []),
  };
}

/** Reading a sequence takes a privilege of its own, which a role that may only look often lacks. */
async function readSequence(query: Query, table: TableRef): Promise<History['sequence']> {
  const [owned] = await query(
    `SELECT seq AS name, has_sequence_privilege(seq, 'SELECT')::text AS readable,
            (SELECT s.seqincrement FROM pg_catalog.pg_sequence s WHERE s.seqrelid = seq::regclass) AS step
       FROM (SELECT pg_catalog.pg_get_serial_sequence($1, 'id') AS seq) AS owned WHERE seq IS NOT NULL`,
    [quoteTable(table)],
  );
  const name = owned?.['name'];
  if (name == null || owned?.['readable'] !== 'true') return null;
  const [state] = await query(`SELECT last_value, is_called::text AS called FROM ${name}`);
  const last = Number(state?.['last_value']);
  const next = state?.['called'] === 'true' ? last + Number(owned['step']) : last;
  return { name, next };
}

function same(a: TableRef, b: TableRef): boolean {
  return a.schema === b.schema && a.table === b.table;
}
