import { parseSync } from 'libpg-query';
import { quoteIdent, quoteTable } from '../../core/tool.js';
import { nameParts } from '../statement-tree.js';
import type { Node } from '../write-kinds.js';
import { columnKey, conflictProbe, duplicateProbe, indexKeys, indexProbes } from './keys.js';
import { defaultName } from './names.js';
import { nullProbe } from './nulls.js';
import { orphanProbe } from './orphans.js';
import { asTheyAre, countWhere, probe, shown, type Rows } from './rows.js';
import { sameTable, type ProbeConstraint, type ProbeIndex, type ProbeSchema } from './schema.js';
import { find, inBrackets, cut, behind, sourceOf, tokenAt, type Source } from './text.js';
import { columnsIn, locationOf, nodes, tableOf, textOf } from './tree.js';
import type { PlannedProbe } from './types.js';

export interface Subject {
  readonly schema: ProbeSchema;
  readonly source: Source;
  readonly rows: Rows;
  /** ALTER TABLE ONLY. */
  readonly only: boolean;
}

/** What rows decide about a constraint that is added; `column`: the one in whose definition it stands. */
export function constraintProbes(
  subject: Subject,
  node: Node,
  column: string | null,
): readonly PlannedProbe[] {
  if (node['skip_validation'] === true || node['is_enforced'] === false) return [];
  switch (node['contype']) {
    case 'CONSTR_NOTNULL':
      return keysOf(node, column).map((key) =>
        nullProbe(subject.schema, subject.rows, subject.only, key),
      );
    case 'CONSTR_PRIMARY':
    case 'CONSTR_UNIQUE':
      return uniqueProbes(subject, node, keysOf(node, column));
    case 'CONSTR_EXCLUSION':
      return [exclusionProbe(subject, node)];
    case 'CONSTR_CHECK':
      return [checkProbe(subject, node)];
    case 'CONSTR_FOREIGN':
      return [foreignProbe(subject, node, column)];
    default:
      return [];
  }
}

function keysOf(node: Node, column: string | null): readonly string[] {
  const keys = nameParts(node['keys']);
  return keys.length === 0 && column !== null ? [column] : keys;
}

function uniqueProbes(
  subject: Subject,
  node: Node,
  columns: readonly string[],
): readonly PlannedProbe[] {
  const { schema, rows, only } = subject;
  const primary = node['contype'] === 'CONSTR_PRIMARY';
  const built = rows.table.indexes.find(({ name }) => name === node['indexname']);
  const keys = built?.keys ?? columns;
  const name =
    textOf(node['conname']) ??
    defaultName(
      schema,
      rows.table,
      [...keys, ...nameParts(node['including'])],
      primary ? 'pkey' : 'key',
    );
  const unique = {
    name,
    where: null,
    keys: keys.map(columnKey),
    nullsEqual: node['nulls_not_distinct'] === true,
  };
  const operators = keys.map((_, i) => (i === keys.length - 1 ? '&&' : '='));
  const doubles =
    node['without_overlaps'] === true
      ? conflictProbe(schema, rows, { ...unique, operators })
      : duplicateProbe(schema, rows, unique);
  const nulls = primary ? keys.filter((key) => mayBeNull(rows, key)) : [];
  return [
    ...(node['indexname'] === undefined ? [doubles] : []),
    ...nulls.map((key) => nullProbe(schema, rows, only, key)),
  ];
}

function mayBeNull({ table, replaced, generated }: Rows, column: string): boolean {
  const there = table.columns.find(({ name }) => name === column);
  return there?.notNull !== true || replaced.has(column) || generated.has(column);
}

function exclusionProbe({ schema, source, rows }: Subject, node: Node): PlannedProbe {
  const pairs = nodes(node['exclusions']).map((item) => nodes((item['List'] as Node)['items']));
  const elements = pairs.map(([element]) => (element as Node)['IndexElem'] as Node);
  const begin = find(source, tokenAt(source, locationOf(node)), 'EXCLUDE');
  const open = find(source, begin, '(');
  const keys = indexKeys(source, open, elements);
  const operators = pairs.map(([, operator]) => operatorOf((operator as Node)['List'] as Node));
  const where =
    node['where_clause'] === undefined ? null : inBrackets(source, find(source, begin, 'WHERE'));
  const own = keys.map(({ column }) => column ?? 'expr');
  const columns = [...own, ...nameParts(node['including'])];
  const name = textOf(node['conname']) ?? defaultName(schema, rows.table, columns, 'excl');
  return conflictProbe(schema, rows, { name, keys, operators, where });
}

function operatorOf(list: Node): string {
  const parts = nameParts(list['items']);
  const qualified = [...parts.slice(0, -1).map(quoteIdent), parts.at(-1) ?? ''].join('.');
  return `OPERATOR(${qualified})`;
}

function checkProbe({ schema, source, rows, only }: Subject, node: Node): PlannedProbe {
  const begin = find(source, tokenAt(source, locationOf(node)), 'CHECK');
  const open = find(source, begin, '(');
  const condition = cut(source, open, behind(source, open));
  const used = columnsIn(node['raw_expr']);
  const name =
    textOf(node['conname']) ??
    defaultName(schema, rows.table, used.length === 1 ? used : [], 'check');
  return probe(schema, rows.table, {
    question: `rows of ${shown(rows.table)} for which ${condition} is false`,
    sql: countWhere(rows, only || node['is_no_inherit'] === true, `${condition} IS FALSE`),
    code: 'will-fail-other',
    sqlstate: '23514',
    message: `check constraint "${name}" of relation "${rows.table.table}" is violated by some row`,
  });
}

function foreignProbe({ schema, rows }: Subject, node: Node, column: string | null): PlannedProbe {
  const pktable = node['pktable'] as Node;
  const target = tableOf(schema, pktable);
  const given = nameParts(node['fk_attrs']);
  const columns = given.length === 0 && column !== null ? [column] : given;
  const keys = nameParts(node['pk_attrs']);
  const primary = target?.constraints.find(({ type }) => type === 'primary key')?.columns ?? [];
  const self = target !== null && sameTable(target, rows.table);
  return orphanProbe(schema, {
    name: textOf(node['conname']) ?? defaultName(schema, rows.table, columns, 'fkey'),
    rows,
    columns,
    referenced: target === null ? null : self ? rows : asTheyAre(target),
    referencedName: [pktable['schemaname'], pktable['relname']].filter(Boolean).join('.'),
    keys: keys.length === 0 ? primary : keys,
    full: node['fk_matchtype'] === 'f',
    period: node['fk_with_period'] === true,
  });
}

/** A constraint that is there is checked (again). */
export function existingProbes(
  subject: Subject,
  constraint: ProbeConstraint,
): readonly PlannedProbe[] {
  const definition = constraint.definition.replace(/( NOT VALID| NOT ENFORCED)+$/, '');
  const sql = `ALTER TABLE ${quoteTable(subject.rows.table)} ADD CONSTRAINT ${quoteIdent(constraint.name)} ${definition}`;
  const [item] = nodes(firstTree(sql, 'AlterTableStmt')['cmds']);
  const command = item?.['AlterTableCmd'] as Readonly<
    Record<string, Readonly<Record<string, Node>>>
  >;
  const node = command['def']?.['Constraint'] ?? {};
  return constraintProbes({ ...subject, source: sourceOf(sql) }, node, null);
}

/** A unique index that is there is built again. */
export function rebuiltProbes(
  { schema, rows }: Subject,
  { definition }: ProbeIndex,
): readonly PlannedProbe[] {
  return indexProbes(schema, sourceOf(definition), firstTree(definition, 'IndexStmt'), rows);
}

/** A foreign key of another table on rows that change. */
export function referringProbe(
  schema: ProbeSchema,
  referring: Rows,
  constraint: ProbeConstraint,
  referenced: Rows,
): PlannedProbe {
  return orphanProbe(schema, {
    name: constraint.name,
    rows: referring,
    columns: constraint.columns,
    referenced,
    referencedName: shown(referenced.table),
    keys: constraint.referenced,
    full: / MATCH FULL/.test(constraint.definition),
    period: / PERIOD /.test(constraint.definition),
  });
}

function firstTree(sql: string, type: string): Node {
  const stmt = parseSync(sql).stmts?.[0]?.stmt as Readonly<Record<string, Node>> | undefined;
  return stmt?.[type] ?? {};
}
