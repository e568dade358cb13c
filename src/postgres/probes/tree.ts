import { nameParts } from '../statement-tree.js';
import type { Node } from '../write-kinds.js';
import { named, tableNamed, type ProbeDomain, type ProbeEnum } from './schema.js';
import type { ProbeSchema, ProbeTable } from './schema.js';

export const nodes = (value: unknown): readonly Node[] =>
  Array.isArray(value) ? (value as readonly Node[]) : [];

export const textOf = (value: unknown): string | null => (typeof value === 'string' ? value : null);

/** The table that a RangeVar names; null: not there. */
export function tableOf(schema: ProbeSchema, relation: unknown): ProbeTable | null {
  const { schemaname, relname } = relation as Node;
  return tableNamed(schema, textOf(schemaname), textOf(relname) ?? '');
}

/** Byte at which the node's text begins; the parser leaves a zero out. */
export const locationOf = (node: Node): number => Number(node['location'] ?? 0);

/** Schema and name of a type name; no schema: null. */
export function typeParts(type: Node): readonly [string | null, string] {
  const parts = nameParts(type['names']);
  return [parts.length > 1 ? (parts.at(-2) ?? null) : null, parts.at(-1) ?? ''];
}

export const isArray = (type: Node): boolean => nodes(type['arrayBounds']).length > 0;

export function domainOf(schema: ProbeSchema, type: Node): ProbeDomain | null {
  return isArray(type) ? null : typeNamed(schema, schema.domains, type);
}

export function enumOf(schema: ProbeSchema, type: Node): ProbeEnum | null {
  return isArray(type) ? null : typeNamed(schema, schema.enums, type);
}

function typeNamed<T extends { readonly schema: string; readonly name: string }>(
  schema: ProbeSchema,
  items: readonly T[],
  type: Node,
): T | null {
  const [place, name] = typeParts(type);
  return named(schema, items, place, (item, s) => item.schema === s && item.name === name);
}

/** Names of the columns an expression uses, each once. */
export function columnsIn(expression: unknown): readonly string[] {
  const found = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (value !== null && typeof value === 'object') {
      for (const [key, inner] of Object.entries(value)) {
        if (key === 'ColumnRef') found.add(nameParts((inner as Node)['fields']).at(-1) ?? '');
        else walk(inner);
      }
    }
  };
  walk(expression);
  return [...found];
}
