import { quoteIdent, quoteLiteral } from '../../core/tool.js';
import type { Node } from '../write-kinds.js';
import { typeText } from './added.js';
import { domainProbe } from './domains.js';
import type { Subject } from './constraints.js';
import { countWhere, evaluate, probe, shown, asTheyAre } from './rows.js';
import type { ProbeSchema } from './schema.js';
import { cut, endOf, find, tokenAt, type Source } from './text.js';
import { domainOf, enumOf, isArray, locationOf, nodes, typeParts } from './tree.js';
import type { PlannedProbe } from './types.js';

/** A column whose type changes. */
export interface RetypedColumn {
  readonly name: string;
  readonly definition: Node;
  /** Before it is cast to the new type: the USING expression, or the column. */
  readonly value: string;
  readonly using: Node | null;
  /** With its collation. */
  readonly type: string;
  /** The value as the new type, with its collation. */
  readonly sql: string;
}

export function retypedColumn(source: Source, command: Node): RetypedColumn {
  const definition = (command['def'] as Node)['ColumnDef'] as Node;
  const name = String(command['name']);
  const using = (definition['raw_default'] as Node | undefined) ?? null;
  const begin = tokenAt(source, locationOf(definition['typeName'] as Node));
  const first = find(source, begin, 'USING') + 1;
  const value = using === null ? quoteIdent(name) : `(${cut(source, first, endOf(source, first))})`;
  const type = typeText(source, definition);
  const clause = definition['collClause'] as Node | undefined;
  const at = clause === undefined ? -1 : tokenAt(source, locationOf(clause));
  const collation = at < 0 ? '' : ` ${cut(source, at, endOf(source, at, ['USING']))}`;
  return { name, definition, value, using, type, sql: `(CAST(${value} AS ${type})${collation})` };
}

/** Values that do not cast; that are too long, which a cast in a query would cut off; that are no label. */
export function retypedProbes(
  { schema, source, rows, only }: Subject,
  column: RetypedColumn,
): readonly PlannedProbe[] {
  const plain = asTheyAre(rows.table);
  const type = column.definition['typeName'] as Node;
  const domain = domainOf(schema, type);
  const question = `rows of ${shown(rows.table)} whose ${column.name} cannot become ${column.type}`;
  const labels = labelsProbe(schema, source, column);
  if (labels !== null) {
    return [
      probe(schema, rows.table, {
        question,
        sql: countWhere(plain, only, labels.condition),
        code: 'will-fail-cast',
        sqlstate: '22P02',
        message: `invalid input value for enum ${labels.name}`,
      }),
    ];
  }
  const cast = probe(schema, rows.table, {
    question,
    sql: evaluate(plain, only, column.sql, null),
    code: 'will-fail-cast',
    sqlstate: '22P02',
    message: `invalid input syntax for type ${column.type}`,
  });
  const limit = limitOf(domain?.base ?? null, type);
  const long =
    limit === null
      ? []
      : [
          probe(schema, rows.table, {
            question: `rows of ${shown(rows.table)} whose ${column.name} is too long for ${limit.shown}`,
            sql: countWhere(plain, only, limit.condition(column.value)),
            code: 'will-fail-cast',
            sqlstate: limit.sqlstate,
            message: limit.message,
          }),
        ];
  const values = domain === null ? [] : domainProbe(schema, rows, only, column.name, domain);
  return [...long, ...(values.length === 0 ? [cast] : values)];
}

interface Limit {
  readonly shown: string;
  readonly sqlstate: string;
  readonly message: string;
  condition(value: string): string;
}

/** What an assignment refuses and a cast cuts off; blanks at the end are cut off by both. */
function limitOf(base: string | null, type: Node): Limit | null {
  const written = base === null ? writtenLimit(type) : domainLimit(base);
  if (written === null) return null;
  const { name, length, array } = written;
  const shown = `${name}(${length})`;
  const each = (value: string, text: string, rule: (item: string) => string): string =>
    array
      ? `EXISTS (SELECT FROM unnest(CAST(${value} AS ${text}[])) AS u(item) WHERE ${rule('item')})`
      : rule(`CAST(${value} AS ${text})`);
  if (name.startsWith('character')) {
    return {
      shown,
      sqlstate: '22001',
      message: `value too long for type ${shown}`,
      condition: (value) =>
        each(value, 'text', (item) => `rtrim(substr(${item}, ${length + 1})) <> ''`),
    };
  }
  const varying = name === 'bit varying';
  return {
    shown,
    sqlstate: varying ? '22001' : '22026',
    message: varying
      ? `bit string too long for type ${shown}`
      : `bit string length does not match type ${shown}`,
    condition: (value) =>
      each(value, 'varbit', (item) => `length(${item}) ${varying ? '>' : '<>'} ${length}`),
  };
}

const LIMITED: Readonly<Record<string, string>> = {
  varchar: 'character varying',
  bpchar: 'character',
  bit: 'bit',
  varbit: 'bit varying',
};

function writtenLimit(type: Node) {
  const [place, own] = typeParts(type);
  const name = place === null || place === 'pg_catalog' ? LIMITED[own] : undefined;
  const constant = nodes(type['typmods'])[0]?.['A_Const'] as Node | undefined;
  const length = Number((constant?.['ival'] as Node | undefined)?.['ival'] ?? NaN);
  return name === undefined || Number.isNaN(length) ? null : { name, length, array: isArray(type) };
}

function domainLimit(base: string) {
  const found = /^(character varying|character|bit varying|bit)\((\d+)\)((?:\[\])*)$/.exec(base);
  return found === null
    ? null
    : { name: found[1] ?? '', length: Number(found[2]), array: found[3] !== '' };
}

/** For an enum whose labels are known: they are compared as text, so it need not be the one that is there. */
function labelsProbe(
  schema: ProbeSchema,
  source: Source,
  { definition, using, value }: RetypedColumn,
): { readonly name: string; readonly condition: string } | null {
  const type = definition['typeName'] as Node;
  const found = enumOf(schema, type);
  if (found === null) return null;
  const first = find(source, tokenAt(source, locationOf(type)), 'USING') + 1;
  const inner = using === null ? value : (withoutCast(source, first, using) ?? value);
  const labels = found.labels.map((label) => quoteLiteral(label)).join(', ');
  return {
    name: found.name,
    condition: `CAST((${inner}) AS text) <> ALL (ARRAY[${labels}]::text[])`,
  };
}

/** "a::text" of "a::text::mood"; null where the outermost is no such cast. */
function withoutCast(source: Source, first: number, using: Node): string | null {
  const cast = using['TypeCast'] as Node | undefined;
  const end = endOf(source, first);
  const level = source.tokens[first]?.depth ?? 0;
  if (cast === undefined || source.tokens[first]?.word === 'CAST') return null;
  for (let at = end - 1; at > first; at--) {
    const token = source.tokens[at];
    if (token?.word === '::' && token.depth === level) return cut(source, first, at);
  }
  return null;
}
