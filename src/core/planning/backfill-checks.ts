import type { Check, Statement } from '../plan.js';
import type { ForeignKey } from '../sql.js';
import { quoteIdent } from '../tool.js';
import type { FillTarget } from './backfill-targets.js';
import { nameOf, quoted } from './backfill-targets.js';
import { plain } from './history-moves.js';

const column = ({ column: name }: FillTarget): string => quoteIdent(name);

/** Rows that the rule leaves without a value; before anything is written. `exists`: the column is there. */
export function ruleGivesValues(target: FillTarget, exists: boolean): Check {
  const { table, tableName, rule } = target;
  const open = exists ? `${column(target)} IS NULL AND ` : '';
  return {
    type: 'sql',
    title: `the rule gives a value for every row of ${tableName} without one (else nothing is written; another rule, or --set no-value=nullable or no-value=delete)`,
    sql: `SELECT count(*) FROM ${table} WHERE ${open}(${rule}) IS NULL`,
    expect: [['0']],
  };
}

/** Values of the rule that stand in no row of the table which the foreign key names. */
export function ruleGivesRows(target: FillTarget, key: ForeignKey, exists: boolean): Check {
  const { table, tableName, rule } = target;
  const to = quoteIdent(key.targetColumns[0] ?? '');
  const open = exists ? ` WHERE ${column(target)} IS NULL` : '';
  // The empty second branch gives an untyped literal the type of the column it has to match.
  return {
    type: 'sql',
    title: `each value that the rule gives in ${tableName} is a row of ${nameOf(key.target)}`,
    sql: `SELECT count(*) FROM (SELECT (${rule}) AS value FROM ${table}${open} UNION ALL SELECT ${to} FROM ${quoted(key.target)} WHERE false) AS given WHERE value IS NOT NULL AND NOT EXISTS (SELECT FROM ${quoted(key.target)} AS target WHERE target.${to} = given.value)`,
    expect: [['0']],
  };
}

/** `despite`: rows for which the rule gives no value do not count. */
export function nothingLeft(target: FillTarget, despite: boolean): Check {
  const { table, tableName, rule } = target;
  const where = `${column(target)} IS NULL${despite ? ` AND (${rule}) IS NOT NULL` : ''}`;
  return {
    type: 'sql',
    title: despite
      ? `no row of ${tableName} is left for which the rule gives a value`
      : `no row of ${tableName} has NULL in ${target.column}`,
    sql: `SELECT count(*) FROM (SELECT FROM ${table} WHERE ${where} LIMIT 1) AS left_over`,
    expect: [['0']],
  };
}

export function noOrphans(target: FillTarget, key: ForeignKey): Check {
  const { table, tableName } = target;
  const to = quoteIdent(key.targetColumns[0] ?? '');
  return {
    type: 'sql',
    title: `each ${target.column} of ${tableName} is a row of ${nameOf(key.target)}`,
    sql: `SELECT count(*) FROM ${table} AS source WHERE source.${column(target)} IS NOT NULL AND NOT EXISTS (SELECT FROM ${quoted(key.target)} AS target WHERE target.${to} = source.${column(target)})`,
    expect: [['0']],
  };
}

/** That nothing was put into a column since it was added: then dropping it loses nothing. */
export function stillEmpty(target: FillTarget): Check {
  return {
    type: 'sql',
    title: `nothing stands in ${target.column} of ${target.tableName} yet`,
    sql: `SELECT count(*) FROM (SELECT FROM ${target.table} WHERE ${column(target)} IS NOT NULL LIMIT 1) AS filled`,
    expect: [['0']],
  };
}

/**
 * One batch. The rule's rows only, else a row that gets NULL would be taken again for ever; the
 * condition twice, since a row can change meanwhile, and partitions share row addresses.
 */
export function fillStatement(target: FillTarget, batch: number): Statement {
  const { table, rule } = target;
  const open = openRows(target);
  return plain(
    `UPDATE ${table} SET ${column(target)} = (${rule})\nWHERE ctid = ANY (ARRAY(SELECT ctid FROM ${table} WHERE ${open} LIMIT ${batch})) AND ${open}\nRETURNING ${column(target)} IS NULL AS still_open`,
  );
}

/** How many rows the batches have to fill. */
export function countOpen(target: FillTarget): string {
  return `SELECT count(*) FROM ${target.table} WHERE ${openRows(target)}`;
}

function openRows(target: FillTarget): string {
  return `${column(target)} IS NULL AND (${target.rule}) IS NOT NULL`;
}

export function deleteStatement(target: FillTarget): Statement {
  return plain(`DELETE FROM ${target.table} WHERE ${column(target)} IS NULL`);
}

export function dropColumn(target: FillTarget): Statement {
  return plain(`ALTER TABLE ${target.table} DROP COLUMN ${column(target)}`);
}

export function setNotNull(target: FillTarget): Statement {
  return plain(`ALTER TABLE ${target.table} ALTER COLUMN ${column(target)} SET NOT NULL`);
}

/** The foreign keys on just this column whose target says its column. */
export function keysOf(target: FillTarget, keys: readonly ForeignKey[]): readonly ForeignKey[] {
  return keys.filter(
    ({ columns, targetColumns }) =>
      columns.length === 1 && columns[0] === target.column && targetColumns.length === 1,
  );
}
