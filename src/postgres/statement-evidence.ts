import type { Check } from '../core/plan.js';
import { quoteIdent, quoteLiteral, quoteTable } from '../core/tool.js';
import type { Node } from './write-kinds.js';

/**
 * What the catalog shows once a statement has done its work outside a transaction, where no
 * transaction id can be asked about: so a lost connection need not end in "unknown". Only for
 * indexes made or dropped CONCURRENTLY by name; an index that was left invalid is not there.
 */
export function evidenceOf(type: string, node: Node): Check | null {
  if (node['concurrent'] !== true) return null;
  if (type === 'IndexStmt') return indexThere(node);
  return type === 'DropStmt' ? indexesGone(node) : null;
}

function indexThere(node: Node): Check | null {
  const name = node['idxname'];
  const relation = node['relation'] as Node | undefined;
  if (typeof name !== 'string' || relation === undefined) return null;
  const table = qualified([relation['schemaname'], relation['relname']]);
  return {
    type: 'sql',
    title: `the index ${name} is there and valid`,
    sql: `SELECT count(*) FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid WHERE c.relname = ${quoteLiteral(name)} AND i.indrelid = pg_catalog.to_regclass(${quoteLiteral(table)}) AND i.indisvalid`,
    expect: [['1']],
  };
}

function indexesGone(node: Node): Check | null {
  const objects = Array.isArray(node['objects']) ? (node['objects'] as Node[]) : [];
  const names = objects.map((object) => {
    const parts = ((object['List'] as Node | undefined)?.['items'] ?? []) as Node[];
    return qualified(parts.map((part) => (part['String'] as Node | undefined)?.['sval']));
  });
  if (names.length === 0 || names.includes('')) return null;
  const gone = names.map((name) => `pg_catalog.to_regclass(${quoteLiteral(name)}) IS NULL`);
  return {
    type: 'sql',
    title: `the index ${names.join(', ')} is gone`,
    sql: `SELECT ${gone.join(' AND ')}`,
    expect: [['t']],
  };
}

/** `"schema"."name"`, or `"name"` where no schema is given. */
function qualified(parts: readonly unknown[]): string {
  const names = parts.filter((part): part is string => typeof part === 'string' && part !== '');
  const [first = '', second] = names;
  return second === undefined ? quoteIdent(first) : quoteTable({ schema: first, table: second });
}
