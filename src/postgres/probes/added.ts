import { nameParts } from '../statement-tree.js';
import type { Node } from '../write-kinds.js';
import { constraintProbes, type Subject } from './constraints.js';
import { domainProbe } from './domains.js';
import { newNullProbe } from './nulls.js';
import type { ProbeSchema } from './schema.js';
import { cut, endOf, find, inBrackets, tokenAt, type Source } from './text.js';
import { domainOf, locationOf, nodes, typeParts } from './tree.js';
import type { PlannedProbe } from './types.js';

/** A column that ADD COLUMN makes. */
export interface AddedColumn {
  readonly name: string;
  readonly definition: Node;
  readonly constraints: readonly Node[];
  /** What the rows that are there get; null: a generated column. */
  readonly value: Value | null;
  /** The expression of a generated column. */
  readonly generated: string | null;
  /** Worked out for each row when it is added. */
  readonly stored: boolean;
}

interface Value {
  /** With the cast to the column's type. */
  readonly sql: string;
  /** null and constants that are not can be told without asking a row. */
  readonly known: 'null' | 'not null' | 'no';
}

const SERIAL = ['smallserial', 'serial2', 'serial', 'serial4', 'bigserial', 'serial8'];

/** Stands for a sequence's numbers, which a reading transaction may not draw. */
const NUMBERED = 'row_number() OVER ()';

export function addedColumn(schema: ProbeSchema, source: Source, definition: Node): AddedColumn {
  const constraints = nodes(definition['constraints']).map((item) => item['Constraint'] as Node);
  const type = definition['typeName'] as Node;
  const [place, typeName] = typeParts(type);
  const serial = place === null && SERIAL.includes(typeName);
  const made = constraints.find(({ contype }) => contype === 'CONSTR_GENERATED');
  const stored = made?.['generated_kind'] === 's';
  const base = { name: String(definition['colname']), definition, constraints, stored };
  if (made !== undefined) {
    const text = inBrackets(source, tokenAt(source, locationOf(made)));
    return {
      ...base,
      value: null,
      generated: `CAST((${text}) AS ${typeText(source, definition)})`,
    };
  }
  const { sql, known } = serial
    ? { sql: NUMBERED, known: 'not null' as const }
    : initialValue(schema, source, definition, constraints);
  const cast = serial ? 'bigint' : typeText(source, definition);
  return { ...base, generated: null, value: { sql: `CAST((${sql}) AS ${cast})`, known } };
}

function initialValue(
  schema: ProbeSchema,
  source: Source,
  definition: Node,
  constraints: readonly Node[],
): Value {
  if (constraints.some(({ contype }) => contype === 'CONSTR_IDENTITY')) {
    return { sql: NUMBERED, known: 'not null' };
  }
  const given = constraints.find(({ contype }) => contype === 'CONSTR_DEFAULT');
  if (given === undefined) {
    const inherited = domainOf(schema, definition['typeName'] as Node)?.default ?? null;
    return inherited === null ? { sql: 'NULL', known: 'null' } : { sql: inherited, known: 'no' };
  }
  const from = tokenAt(source, locationOf(given));
  const first = find(source, from, 'DEFAULT') + 1;
  const text = cut(source, first, endOf(source, first, [], nextClause(definition, given)));
  return drawsNumber(given['raw_expr'] as Node)
    ? { sql: NUMBERED, known: 'not null' }
    : { sql: text, known: known(given['raw_expr'] as Node) };
}

/** Byte at which the next part of the column's definition begins. */
function nextClause(definition: Node, behind: Node): number {
  const parts = nodes(definition['constraints']).map((item) => item['Constraint'] as Node);
  const collation = definition['collClause'] as Node | undefined;
  const begins = [...parts, ...(collation === undefined ? [] : [collation])].map(locationOf);
  return Math.min(...begins.filter((at) => at > locationOf(behind)), Infinity);
}

/** The type as it is written, with its collation. */
export function typeText(source: Source, definition: Node): string {
  const type = definition['typeName'] as Node;
  const first = tokenAt(source, locationOf(type));
  const words = ['COLLATE', 'USING', 'STORAGE', 'COMPRESSION'];
  return cut(source, first, endOf(source, first, words, nextClause(definition, type)));
}

function known(expression: Node): Value['known'] {
  const cast = expression['TypeCast'] as Node | undefined;
  if (cast !== undefined) return known(cast['arg'] as Node);
  const constant = expression['A_Const'] as Node | undefined;
  if (constant === undefined) return 'no';
  return constant['isnull'] === true ? 'null' : 'not null';
}

function drawsNumber(expression: Node): boolean {
  const call = expression['FuncCall'] as Node | undefined;
  return nameParts(call?.['funcname']).at(-1) === 'nextval';
}

/** What rows decide about a new column: its domain, and the constraints in its definition. */
export function addedProbes(subject: Subject, column: AddedColumn): readonly PlannedProbe[] {
  const { schema, rows, only } = subject;
  const { definition, name, value } = column;
  const domain = domainOf(schema, definition['typeName'] as Node);
  const own = column.constraints.flatMap((node) => {
    if (value?.known === 'null' && isNotNull(node)) return [newNullProbe(schema, rows, only, name)];
    if (value?.known === 'null' && node['contype'] === 'CONSTR_FOREIGN') return [];
    const probes = constraintProbes(subject, node, name);
    return value?.known === 'not null'
      ? probes.filter(({ sqlstate }) => sqlstate !== '23502')
      : probes;
  });
  return [...(domain === null ? [] : domainProbe(schema, rows, only, name, domain)), ...own];
}

const isNotNull = ({ contype }: Node): boolean =>
  contype === 'CONSTR_NOTNULL' || contype === 'CONSTR_PRIMARY';
