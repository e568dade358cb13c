import { parseSync } from 'libpg-query';
import { messageOf } from '../core/errors.js';
import type { Assignments, Demands, ForeignKey, OnDelete, RelationName } from '../core/sql.js';
import { cut, endOf, find, sourceOf, tokenAt } from './probes/text.js';
import type { Source } from './probes/text.js';
import { nameParts } from './statement-tree.js';
import type { Node } from './write-kinds.js';

const onDelete: Readonly<Record<string, OnDelete>> = {
  a: 'no action',
  r: 'restrict',
  c: 'cascade',
  n: 'set null',
  d: 'set default',
};

/** What one statement demands of rows that are there already; the module is loaded (see loadParser). */
export function demandsOf(text: string): Demands {
  const none = {
    relation: null,
    creates: null,
    columns: [],
    adds: [],
    foreignKeys: [],
    nullable: text,
  };
  const [type, node] = onlyStatement(text);
  if (type === 'CreateStmt') return { ...none, creates: relationOf(node['relation']) };
  if (type !== 'AlterTableStmt') return none;
  const source = sourceOf(text);
  const columns: Demands['columns'][number][] = [];
  const adds: string[] = [];
  const foreignKeys: ForeignKey[] = [];
  const cuts: number[] = [];
  for (const command of list(node['cmds']).map((one) => inside(one, 'AlterTableCmd'))) {
    if (command['subtype'] === 'AT_SetNotNull') {
      columns.push({ name: String(command['name']), how: 'set' });
    }
    const def = (command['def'] ?? {}) as Node;
    if (command['subtype'] === 'AT_AddConstraint') {
      foreignKeys.push(...foreignKeyOf(inside(def, 'Constraint'), []));
    }
    if (command['subtype'] !== 'AT_AddColumn') continue;
    const column = inside(def, 'ColumnDef');
    const name = String(column['colname']);
    adds.push(name);
    const constraints = list(column['constraints']).map((one) => inside(one, 'Constraint'));
    foreignKeys.push(...constraints.flatMap((one) => foreignKeyOf(one, [name])));
    const notNull = constraints.find(({ contype }) => contype === 'CONSTR_NOTNULL');
    if (notNull === undefined || hasValue(column, constraints)) continue;
    columns.push({ name, how: 'added' });
    cuts.push(Number(notNull['location']));
  }
  const nullable = cuts.reduce((sql, at) => withoutNotNull(sql, source, at), text);
  return {
    relation: relationOf(node['relation']),
    creates: null,
    columns,
    adds,
    foreignKeys,
    nullable,
  };
}

/** A new row gets one by itself: a default, an identity, a generated column, serial. */
function hasValue(column: Node, constraints: readonly Node[]): boolean {
  const gives = ['CONSTR_DEFAULT', 'CONSTR_IDENTITY', 'CONSTR_GENERATED'];
  const type = nameParts((column['typeName'] as Node | undefined)?.['names']).at(-1) ?? '';
  return (
    constraints.some(({ contype }) => gives.includes(String(contype))) ||
    /^(small|big)?serial[248]?$/.test(type)
  );
}

function foreignKeyOf(constraint: Node, own: readonly string[]): readonly ForeignKey[] {
  const target = relationOf(constraint['pktable']);
  if (constraint['contype'] !== 'CONSTR_FOREIGN' || target === null) return [];
  const columns = nameParts(constraint['fk_attrs']);
  return [
    {
      columns: columns.length > 0 ? columns : own,
      target,
      targetColumns: nameParts(constraint['pk_attrs']),
      onDelete: onDelete[String(constraint['fk_del_action'])] ?? 'no action',
    },
  ];
}

/** Blanks of the same length in place of "CONSTRAINT name NOT NULL", so that every place stays where it is. */
function withoutNotNull(sql: string, source: Source, location: number): string {
  const first = tokenAt(source, location);
  const not = find(source, first, 'NOT');
  const from = source.tokens[first];
  const to = source.tokens[not + 1];
  if (not < 0 || from === undefined || to === undefined) return sql;
  const bytes = Buffer.from(sql, 'utf8');
  const head = bytes.toString('utf8', 0, from.start);
  const gone = bytes.toString('utf8', from.start, to.end);
  // Characters, not bytes: the text may not be ASCII, and the blanks are, so both lengths are kept.
  const blanks = ' '.repeat(Buffer.byteLength(gone, 'utf8'));
  return head + blanks + bytes.toString('utf8', to.end);
}

/** The statement with another ON DELETE; null where it does not say one. */
export function withOnDelete(text: string, action: OnDelete): string | null {
  const source = sourceOf(text);
  const at = source.tokens.findIndex(
    ({ word }, index) => word === 'ON' && source.tokens[index + 1]?.word === 'DELETE',
  );
  const from = source.tokens[at + 2];
  if (at < 0 || from === undefined) return null;
  const long = ['SET', 'NO'].includes(from.word);
  const to = source.tokens[at + (long ? 3 : 2)] ?? from;
  const bytes = Buffer.from(text, 'utf8');
  return bytes.toString('utf8', 0, from.start) + action + bytes.toString('utf8', to.end);
}

/** Why a text is not one scalar expression; null when it is. */
export function notAnExpression(text: string): string | null {
  try {
    const [type, node] = onlyStatement(`SELECT (${text})`);
    const [target, second] = list(node['targetList']).map((one) => inside(one, 'ResTarget'));
    const clauses = [
      'fromClause',
      'whereClause',
      'groupClause',
      'intoClause',
      'withClause',
      'sortClause',
      'limitCount',
      'havingClause',
      'windowClause',
      'lockingClause',
      'valuesLists',
    ];
    const plain =
      type === 'SelectStmt' &&
      node['op'] === 'SETOP_NONE' &&
      clauses.every((one) => node[one] === undefined);
    if (!plain || target === undefined || second !== undefined || target['name'] !== undefined) {
      return 'it is more than one expression';
    }
    return 'RowExpr' in ((target['val'] ?? {}) as Node) ? 'it is a row of several values' : null;
  } catch (error) {
    return messageOf(error);
  }
}

/** "a = 1, b = now()" taken apart; a message where it is something else. */
export function assignmentsOf(text: string): Assignments | string {
  const prefix = 'UPDATE x SET ';
  try {
    const sql = prefix + text;
    const [type, node] = onlyStatement(sql);
    if (
      type !== 'UpdateStmt' ||
      node['whereClause'] !== undefined ||
      node['fromClause'] !== undefined
    ) {
      return 'it is more than a list of assignments';
    }
    const source = sourceOf(sql);
    const found: Record<string, string> = {};
    for (const target of list(node['targetList']).map((one) => inside(one, 'ResTarget'))) {
      const first = find(source, tokenAt(source, Number(target['location'])), '=') + 1;
      const expression = cut(source, first, endOf(source, first));
      const problem = notAnExpression(expression);
      if (problem !== null) return problem;
      found[[String(target['name']), ...nameParts(target['indirection'])].join('.')] = expression;
    }
    return found;
  } catch (error) {
    return messageOf(error);
  }
}

/** @throws the parser's error; nothing for several statements. */
function onlyStatement(text: string): readonly [string, Node] {
  const [first, second] = parseSync(text).stmts ?? [];
  const [entry] = Object.entries((first?.stmt ?? {}) as Node);
  return entry === undefined || second !== undefined ? ['', {}] : [entry[0], entry[1] as Node];
}

function relationOf(value: unknown): RelationName | null {
  const node = value as Node | undefined;
  const name = node?.['relname'];
  if (typeof name !== 'string') return null;
  const schema = node?.['schemaname'];
  return { schema: typeof schema === 'string' ? schema : null, name };
}

function list(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as Node[]) : [];
}

function inside(node: Node, type: string): Node {
  return (node[type] ?? {}) as Node;
}
