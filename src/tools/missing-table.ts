import type { TableRef } from '../core/facts.js';
import type { Check } from '../core/plan.js';
import { quoteLiteral, tableName } from '../core/tool.js';

/** No history table yet. */
export function missingTable(table: TableRef): Check {
  return {
    type: 'sql',
    title: `${tableName(table)} is not there yet`,
    sql: `SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${quoteLiteral(table.schema)} AND c.relname = ${quoteLiteral(table.table)}`,
    expect: [['0']],
  };
}
