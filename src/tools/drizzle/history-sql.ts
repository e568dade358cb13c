import type { StampedRow } from '../../core/facts.js';
import type { HistorySql, NewStampedRow } from '../../core/tool.js';
import { quoteIdent, quoteLiteral, quoteTable, tableName } from '../../core/tool.js';
import { missingTable } from '../missing-table.js';

/**
 * drizzle-orm 0.x writes two columns, hash and created_at (the journal's `when`), and leaves
 * id to its sequence (pg-core/dialect.js, migrate).
 */
export const historySql: HistorySql = {
  create: (table) => [
    `CREATE SCHEMA IF NOT EXISTS ${quoteIdent(table.schema)}`,
    `CREATE TABLE IF NOT EXISTS ${quoteTable(table)} (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at bigint)`,
  ],

  insert: (table, row: NewStampedRow) =>
    `INSERT INTO ${quoteTable(table)} ("hash", "created_at") VALUES (${quoteLiteral(row.hash)}, ${stamp(row.stamp)}) RETURNING "id"`,

  remove: (table, row: StampedRow) => `DELETE FROM ${quoteTable(table)} WHERE ${isRow(row)}`,

  restore: (table, row: StampedRow) =>
    `INSERT INTO ${quoteTable(table)} ("id", "hash", "created_at") VALUES (${number(row.id)}, ${quoteLiteral(row.hash)}, ${stamp(row.stamp)})`,

  extent: (table, rows: readonly StampedRow[]) => ({
    type: 'sql',
    title: `nobody else has written to ${tableName(table)}`,
    sql: `SELECT count(*), max("created_at") FROM ${quoteTable(table)}`,
    expect: [[String(rows.length), newest(rows)]],
  }),

  count: (table, row: NewStampedRow, count) => ({
    type: 'sql',
    title:
      count === 0
        ? 'it is not recorded yet'
        : `it is recorded ${count === 1 ? 'once' : `${count} times`}`,
    sql: `SELECT count(*) FROM ${quoteTable(table)} WHERE ${like(row)}`,
    expect: [[String(count)]],
  }),

  present: (table, row: StampedRow) => ({
    type: 'sql',
    title: `row ${row.id} is as it was read`,
    sql: `SELECT count(*) FROM ${quoteTable(table)} WHERE ${isRow(row)}`,
    expect: [['1']],
  }),

  missing: missingTable,
};

function like(row: NewStampedRow): string {
  return `"hash" = ${quoteLiteral(row.hash)} AND "created_at" = ${stamp(row.stamp)}`;
}

function isRow(row: StampedRow): string {
  const at = row.stamp === null ? 'IS NULL' : `= ${stamp(row.stamp)}`;
  return `"id" = ${number(row.id)} AND "hash" = ${quoteLiteral(row.hash)} AND "created_at" ${at}`;
}

function stamp(value: string | null): string {
  return value === null ? 'NULL' : number(value);
}

/** Digits, or the placeholder that stands for an id a later INSERT returns. */
function number(value: string): string {
  if (!/^-?\d+(\.\d+)?$/.test(value) && !/^\{\{returned:id(:\d+)?\}\}$/.test(value)) {
    throw new Error(`not a number: ${value}`);
  }
  return value;
}

/** max() as PostgreSQL prints it: null stamps do not count. */
function newest(rows: readonly StampedRow[]): string | null {
  let best: string | null = null;
  for (const { stamp: value } of rows) {
    if (value !== null && (best === null || Number(value) > Number(best))) best = value;
  }
  return best;
}
