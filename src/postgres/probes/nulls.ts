import { quoteIdent } from '../../core/tool.js';
import { anyRow, countWhere, probe, shown, type Rows } from './rows.js';
import type { ProbeSchema } from './schema.js';
import type { PlannedProbe } from './types.js';

/** NOT NULL on a column that is there, or that the statement makes with a value of its own. */
export function nullProbe(
  schema: ProbeSchema,
  rows: Rows,
  only: boolean,
  column: string,
): PlannedProbe {
  return probe(schema, rows.table, {
    ...failure(rows, column),
    question: `rows of ${shown(rows.table)} whose ${column} is null`,
    sql: countWhere(rows, only, `${quoteIdent(column)} IS NULL`),
  });
}

/** NOT NULL on a new column that stays null in every row. */
export function newNullProbe(
  schema: ProbeSchema,
  rows: Rows,
  only: boolean,
  column: string,
): PlannedProbe {
  return probe(schema, rows.table, {
    ...failure(rows, column),
    question: `rows of ${shown(rows.table)}, for which the new ${column} has no value`,
    sql: anyRow({ ...rows, replaced: new Map(), generated: new Map() }, only),
  });
}

function failure(rows: Rows, column: string) {
  return {
    code: 'will-fail-not-null' as const,
    sqlstate: '23502',
    message: `column "${column}" of relation "${rows.table.table}" contains null values`,
  };
}
