import { quoteIdent } from '../../core/tool.js';
import { nameParts } from '../statement-tree.js';
import type { Node } from '../write-kinds.js';
import { defaultName } from './names.js';
import { evaluate, from, probe, shown, type Rows } from './rows.js';
import type { ProbeSchema } from './schema.js';
import { behind, cut, find, listAt, type Source } from './text.js';
import { nodes, textOf } from './tree.js';
import type { PlannedProbe } from './types.js';

export interface Key {
  /** The expression, with its collation. */
  readonly sql: string;
  /** null: an expression. */
  readonly column: string | null;
}

export const columnKey = (column: string): Key => ({ sql: quoteIdent(column), column });

/** The elements of an index, whose list of them opens at the token `open`. */
export function indexKeys(source: Source, open: number, elements: readonly Node[]): readonly Key[] {
  const ranges = listAt(source, open);
  return elements.map((element, number) => {
    const column = textOf(element['name']);
    const collation = nameParts(element['collation']).map(quoteIdent).join('.');
    const [first = 0] = ranges[number] ?? [];
    const own =
      column === null
        ? cut(source, first, behind(source, find(source, first, '(')))
        : quoteIdent(column);
    return { column, sql: collation === '' ? own : `${own} COLLATE ${collation}` };
  });
}

interface Unique {
  readonly name: string;
  readonly keys: readonly Key[];
  readonly where: string | null;
  readonly nullsEqual: boolean;
}

/** Rows with the same key; GROUP BY uses the equality of each type, wherever its operators are. */
export function duplicateProbe(schema: ProbeSchema, rows: Rows, unique: Unique): PlannedProbe {
  const { keys, where, nullsEqual, name } = unique;
  const labels = keys.map((_, number) => `k${number + 1}`);
  const compared = nullsEqual ? '' : ` AND num_nulls(${labels.join(', ')}) = 0`;
  const inner = `SELECT ${values(keys)} FROM ${from(rows, true)}${filter(where)} OFFSET 0`;
  const groups = `SELECT ${labels.join(', ')}, count(*) AS n FROM (${inner}) AS keys GROUP BY ${labels.join(', ')}`;
  return probe(schema, rows.table, {
    question: `rows of ${shown(rows.table)} with the same ${told(keys)}${where === null ? '' : `, where ${where}`}`,
    sql: `SELECT coalesce(sum(n) FILTER (WHERE n > 1${compared}), 0) AS bad, coalesce(sum(n), 0) AS total, NULL AS relation FROM (${groups}) AS groups`,
    code: 'will-fail-duplicates',
    sqlstate: '23505',
    message: `could not create unique index "${name}"`,
  });
}

interface Exclusion {
  readonly name: string;
  readonly keys: readonly Key[];
  /** SQL of the operator of each key. */
  readonly operators: readonly string[];
  readonly where: string | null;
}

/** Pairs of rows; as dear as the square of their number, which the timeout cuts off. */
export function conflictProbe(schema: ProbeSchema, rows: Rows, given: Exclusion): PlannedProbe {
  const { keys, operators, where, name } = given;
  const numbered = `SELECT row_number() OVER () AS n, ${values(keys)} FROM ${from(rows, true)}${filter(where)}`;
  const conflict = operators.map((operator, i) => `a.k${i + 1} ${operator} b.k${i + 1}`);
  return probe(schema, rows.table, {
    question: `rows of ${shown(rows.table)} that conflict in ${told(keys)}`,
    sql: `WITH keys AS MATERIALIZED (${numbered}) SELECT count(*) AS bad, (SELECT count(*) FROM keys) AS total, NULL AS relation FROM keys AS a WHERE EXISTS (SELECT FROM keys AS b WHERE b.n <> a.n AND ${conflict.join(' AND ')})`,
    code: 'will-fail-other',
    sqlstate: '23P01',
    message: `could not create exclusion constraint "${name}"`,
  });
}

/** CREATE INDEX: duplicates of a unique one, what the expressions raise of another. */
export function indexProbes(
  schema: ProbeSchema,
  source: Source,
  node: Node,
  rows: Rows,
): readonly PlannedProbe[] {
  const elements = nodes(node['indexParams']).map((item) => item['IndexElem'] as Node);
  const keys = indexKeys(source, find(source, 0, '('), elements);
  const hasWhere = node['whereClause'] !== undefined;
  const where = hasWhere ? cut(source, find(source, 0, 'WHERE') + 1, lastOf(source)) : null;
  if (node['unique'] === true) {
    const columns = [...keys.map(({ column }) => column ?? 'expr'), ...includedIn(node)];
    const name = textOf(node['idxname']) ?? defaultName(schema, rows.table, columns, 'idx');
    const nullsEqual = node['nulls_not_distinct'] === true;
    return [duplicateProbe(schema, rows, { name, keys, where, nullsEqual })];
  }
  if (!hasWhere && keys.every(({ column }) => column !== null)) return [];
  return [
    probe(schema, rows.table, {
      question: `what ${told(keys)} gives for the rows of ${shown(rows.table)}`,
      sql: evaluate(rows, true, `ROW(${keys.map(({ sql }) => sql).join(', ')})`, where),
      code: 'will-fail-cast',
      sqlstate: '22000',
      message: 'a value cannot be indexed',
    }),
  ];
}

/** Included columns go into a name that is made up. */
function includedIn(node: Node): readonly string[] {
  return nodes(node['indexIncludingParams']).map((item) =>
    String((item['IndexElem'] as Node)['name']),
  );
}

function lastOf(source: Source): number {
  const count = source.tokens.length;
  return source.tokens[count - 1]?.word === ';' ? count - 1 : count;
}

const values = (keys: readonly Key[]): string =>
  keys.map(({ sql }, number) => `${sql} AS k${number + 1}`).join(', ');

const filter = (where: string | null): string => (where === null ? '' : ` WHERE ${where}`);

const told = (keys: readonly Key[]): string =>
  keys.map(({ column, sql }) => column ?? sql).join(', ');
