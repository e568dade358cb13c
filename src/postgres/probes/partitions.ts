import { parseSync } from 'libpg-query';
import { quoteLiteral, quoteTable } from '../../core/tool.js';
import type { Node } from '../write-kinds.js';
import { existingProbes, rebuiltProbes } from './constraints.js';
import { indexKeys } from './keys.js';
import { asTheyAre, countWhere, probe, shown } from './rows.js';
import { tableNamed, type ProbeSchema, type ProbeTable } from './schema.js';
import { cut, find, listAt, sourceOf, tokenAt, type Source } from './text.js';
import { locationOf, nodes, tableOf } from './tree.js';
import type { PlannedProbe } from './types.js';

/** ATTACH PARTITION: rows outside its bound, rows of the default partition inside it, and what the parent asks of its rows. */
export function attachProbes(
  schema: ProbeSchema,
  source: Source,
  parent: ProbeTable,
  node: Node,
): readonly PlannedProbe[] {
  const child = tableOf(schema, node['name']);
  const bound = node['bound'] as Node | undefined;
  if (bound === undefined || parent.partitionKey === null) return [];
  const inside = insideOf(source, parent, bound);
  if (child === null || child.kind === 'foreign') return defaultProbes(schema, parent, inside);
  const rows = asTheyAre(child);
  const subject = { schema, source, rows, only: false };
  const outside = probe(schema, child, {
    question: `rows of ${shown(child)} outside the partition of ${shown(parent)}`,
    sql: countWhere(rows, false, `(${inside}) IS NOT TRUE`),
    code: 'will-fail-other',
    sqlstate: '23514',
    message: `partition constraint of relation "${child.table}" is violated by some row`,
  });
  const own = new Set(parent.constraints.map(({ name }) => name));
  return [
    ...parent.indexes
      .filter(({ unique, name }) => unique && !own.has(name))
      .flatMap((index) => rebuiltProbes(subject, index)),
    ...parent.constraints
      .filter(({ type }) => type === 'unique' || type === 'primary key')
      .flatMap((one) => existingProbes(subject, one)),
    outside,
    ...(bound['is_default'] === true ? [] : defaultProbes(schema, parent, inside)),
    ...parent.constraints
      .filter(({ type, validated }) => type === 'foreign key' && validated)
      .flatMap((one) => existingProbes(subject, one)),
  ];
}

/** CREATE TABLE ... PARTITION OF: rows of the default partition that would belong to it. */
export function partitionOfProbes(
  schema: ProbeSchema,
  source: Source,
  node: Node,
): readonly PlannedProbe[] {
  const bound = node['partbound'] as Node | undefined;
  const [first] = nodes(node['inhRelations']);
  if (bound === undefined || bound['is_default'] === true || first === undefined) return [];
  const parent = tableOf(schema, first['RangeVar']);
  if (parent === null || parent.partitionKey === null) return [];
  return defaultProbes(schema, parent, insideOf(source, parent, bound));
}

function defaultProbes(
  schema: ProbeSchema,
  parent: ProbeTable,
  inside: string,
): readonly PlannedProbe[] {
  const place = parent.partitions.find(({ isDefault }) => isDefault);
  const table = place === undefined ? null : tableNamed(schema, place.schema, place.table);
  if (table === null || table.kind === 'foreign') return [];
  return [
    probe(schema, table, {
      question: `rows of ${shown(table)} that belong to the new partition of ${shown(parent)}`,
      sql: countWhere(asTheyAre(table), false, inside),
      code: 'will-fail-other',
      sqlstate: '23514',
      message: `updated partition constraint for default partition "${table.table}" would be violated by some row`,
    }),
  ];
}

/** A condition, true for the rows that belong in the partition. */
function insideOf(source: Source, parent: ProbeTable, bound: Node): string {
  if (bound['is_default'] === true) {
    const others = parent.partitions.filter(({ isDefault }) => !isDefault);
    const conditions = others.map(({ constraint }) => `(${constraint ?? 'true'}) IS NOT TRUE`);
    return conditions.length === 0 ? 'true' : conditions.join(' AND ');
  }
  const keys = partitionKeys(parent.partitionKey ?? '');
  const begin = tokenAt(source, locationOf(bound));
  if (bound['strategy'] === 'h') {
    const [modulus, remainder] = [Number(bound['modulus'] ?? 0), Number(bound['remainder'] ?? 0)];
    const name = quoteLiteral(quoteTable(parent));
    return `satisfies_hash_partition(${name}::regclass, ${modulus}, ${remainder}, ${keys.join(', ')})`;
  }
  const items = (word: string): readonly string[] => {
    const open = find(source, find(source, begin, word), '(');
    return listAt(source, open).map(([from, to]) => cut(source, from, to));
  };
  if (bound['strategy'] === 'l') return inList(keys[0] ?? '', items('IN'));
  return [
    ...keys.map((key) => `${key} IS NOT NULL`),
    beyond(keys, items('FROM'), '>'),
    `NOT ${beyond(keys, items('TO'), '>')}`,
  ].join(' AND ');
}

function inList(key: string, values: readonly string[]): string {
  const isNull = (value: string): boolean => /^null$/i.test(value);
  const rest = values.filter((value) => !isNull(value));
  const parts = [
    ...(rest.length === 0 ? [] : [`(${key} IS NOT NULL AND ${key} IN (${rest.join(', ')}))`]),
    ...(values.some(isNull) ? [`${key} IS NULL`] : []),
  ];
  return `(${parts.join(' OR ')})`;
}

/** The row of keys is at or above the bound, read from left to right. */
function beyond(keys: readonly string[], bound: readonly string[], above: string): string {
  const [key, ...keysLeft] = keys;
  const [value, ...left] = bound;
  if (key === undefined || value === undefined) return 'true';
  if (/^minvalue$/i.test(value)) return 'true';
  if (/^maxvalue$/i.test(value)) return 'false';
  return `(${key} ${above} ${value} OR (${key} = ${value} AND ${beyond(keysLeft, left, above)}))`;
}

/** The expressions of "RANGE (a, lower(b))", with their collations. */
function partitionKeys(definition: string): readonly string[] {
  const sql = `CREATE TABLE t () PARTITION BY ${definition}`;
  const stmt = parseSync(sql).stmts?.[0]?.stmt as Readonly<Record<string, Node>> | undefined;
  const spec = stmt?.['CreateStmt']?.['partspec'] as Node;
  const elements = nodes(spec['partParams']).map((item) => item['PartitionElem'] as Node);
  const source = sourceOf(sql);
  const open = find(source, find(source, find(source, 0, 'BY'), '('), '(');
  return indexKeys(source, open, elements).map(({ sql: key }) => `(${key})`);
}
