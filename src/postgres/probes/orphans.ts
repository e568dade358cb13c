import { quoteIdent } from '../../core/tool.js';
import { from, probe, shown, type Rows } from './rows.js';
import type { ProbeSchema, ProbeTable } from './schema.js';
import type { PlannedProbe } from './types.js';

export interface ForeignKey {
  readonly name: string;
  readonly rows: Rows;
  readonly columns: readonly string[];
  /** null: the table it refers to is not there. */
  readonly referenced: Rows | null;
  /** Its name, for messages: "public.users". */
  readonly referencedName: string;
  readonly keys: readonly string[];
  readonly full: boolean;
  /** With PERIOD: coverage of ranges, which is not asked here. */
  readonly period: boolean;
}

/** Rows of a foreign key that refer to nothing. */
export function orphanProbe(schema: ProbeSchema, key: ForeignKey): PlannedProbe {
  const { rows, columns, referenced, referencedName, name, full } = key;
  const looked = key.period ? null : referenced;
  const source = from(rows, true, 'f');
  const filled = columns.map((column) => `f.${quoteIdent(column)}`).join(', ');
  const conditions = [
    `num_nulls(${filled}) = 0`,
    ...(looked === null ? [] : [absent(key, looked)]),
  ];
  const mixed =
    full && columns.length > 1
      ? ` + (SELECT count(*) FROM ${source} WHERE num_nulls(${filled}) BETWEEN 1 AND ${columns.length - 1})`
      : '';
  const child = `(SELECT relname FROM pg_catalog.pg_class WHERE oid = min(f.tableoid))`;
  return probe(
    schema,
    rows.table,
    {
      question: `rows of ${shown(rows.table)} whose ${columns.join(', ')} is not in ${referencedName}`,
      sql: `SELECT count(*)${mixed} AS bad, (SELECT count(*) FROM ${source}) AS total, ${rows.table.kind === 'partitioned' ? child : 'NULL'} AS relation FROM ${source} WHERE ${conditions.join(' AND ')}`,
      code: 'will-fail-orphans',
      sqlstate: '23503',
      message: `insert or update on table "${rows.table.table}" violates foreign key constraint "${name}"`,
      doubt: doubtOf(key),
    },
    ...(referenced === null ? [] : [referenced.table]),
  );
}

function doubtOf({ period, referenced, referencedName }: ForeignKey): string | null {
  if (period) return 'whether the periods are covered is not looked into';
  return referenced === null ? `${referencedName} is not there yet` : null;
}

function absent({ rows, columns, keys }: ForeignKey, referenced: Rows): string {
  const same = columns.map((column, number) => {
    const other = keys[number] ?? '';
    const [own, its] = [collationOf(rows.table, column), collationOf(referenced.table, other)];
    // As PostgreSQL does: the referenced column's collation decides.
    const collate = own === its ? '' : ` COLLATE ${its ?? 'pg_catalog."default"'}`;
    return `p.${quoteIdent(other)} = f.${quoteIdent(column)}${collate}`;
  });
  return `NOT EXISTS (SELECT FROM ${from(referenced, true, 'p')} WHERE ${same.join(' AND ')})`;
}

function collationOf(table: ProbeTable, column: string): string | null {
  return table.columns.find(({ name }) => name === column)?.collation ?? null;
}
