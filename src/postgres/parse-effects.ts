import { parseSync } from 'libpg-query';
import type { Effects, RelationName, Renaming, RowWrite } from '../core/sql.js';
import { unseenIn } from './statement-loss.js';
import { blockText, findIn, nameParts } from './statement-tree.js';
import type { Node } from './write-kinds.js';

/** What one statement does to names and to rows, as far as its text says; the module is loaded (see loadParser). */
export function effectsOf(text: string): Effects {
  const [type, node] = onlyStatement(text);
  return {
    renames: renamingOf(type, node),
    opaque: ['DoStmt', 'CallStmt', 'ExecuteStmt', 'SelectStmt'].includes(type),
    writes: writesOf(type, node),
  };
}

/** How many columns a query gives; null where its text does not say. */
export function widthOf(query: string): number | null {
  let [type, node] = onlyStatement(query);
  if (type !== 'SelectStmt') return null;
  // What a set operation gives is called as its first query says.
  while (node['larg'] !== undefined) node = node['larg'] as Node;
  const [first] = list(node['valuesLists']);
  const items =
    first === undefined ? list(node['targetList']) : list(inside(first, 'List')['items']);
  let star = false;
  findIn('List', { items }, (found) => {
    star ||= found === 'A_Star';
    return null;
  });
  return star ? null : items.length;
}

function renamingOf(type: string, node: Node): Renaming | null {
  if (type === 'AlterEnumStmt' && typeof node['oldVal'] === 'string') {
    const of = nameParts(node['typeName']).at(-1) ?? null;
    return { type: 'enum value', of, from: node['oldVal'], to: String(node['newVal']) };
  }
  if (type === 'AlterObjectSchemaStmt') {
    return { type: 'schema of', of: null, from: lastName(node), to: String(node['newschema']) };
  }
  if (type !== 'RenameStmt') return null;
  const to = String(node['newname']);
  const kind = String(node['renameType']);
  const part = node['subname'];
  if (typeof part !== 'string' || kind === 'OBJECT_SCHEMA') {
    return { type: 'object', of: null, from: typeof part === 'string' ? part : lastName(node), to };
  }
  const isAttribute = kind === 'OBJECT_ATTRIBUTE';
  return { type: isAttribute ? 'attribute' : 'part', of: lastName(node), from: part, to };
}

function lastName(node: Node): string {
  const relation = node['relation'] as Node | undefined;
  if (relation !== undefined) return String(relation['relname']);
  const object = (node['object'] ?? {}) as Node;
  const single = (object['String'] as Node | undefined)?.['sval'];
  if (typeof single === 'string') return single;
  const parts = nameParts(
    inside(object, 'List')['items'] ?? inside(object, 'ObjectWithArgs')['objname'],
  );
  return parts.at(-1) ?? '';
}

function writesOf(type: string, node: Node): RowWrite[] {
  if (type === 'DoStmt') return inBlock(blockText(node));
  const writes: RowWrite[] = [];
  const add = (write: Omit<RowWrite, 'columns'>, columns: readonly string[] = []): void =>
    void writes.push({ ...write, columns });
  findIn(type, node, (found, inner) => {
    const relation = relationOf(inner['relation']);
    if (found === 'InsertStmt') {
      const replaces = inner['onConflictClause'] as Node | undefined;
      const updates = replaces?.['action'] === 'ONCONFLICT_UPDATE';
      add({
        type: updates ? 'unknown' : 'insert',
        what: updates ? 'INSERT ... DO UPDATE' : 'INSERT',
        relation,
      });
    } else if (found === 'UpdateStmt') {
      const sets = list(inner['targetList']).map((one) => String(inside(one, 'ResTarget')['name']));
      add({ type: 'update', what: 'UPDATE', relation }, sets);
    } else if (found === 'DeleteStmt') add({ type: 'remove', what: 'DELETE', relation });
    else if (found === 'MergeStmt') add({ type: 'remove', what: 'MERGE', relation });
    return null;
  });
  return [...writes, ...special(type, node)];
}

function special(type: string, node: Node): RowWrite[] {
  const one = (
    kind: RowWrite['type'],
    what: string,
    relation: RelationName | null = null,
  ): RowWrite[] => [{ type: kind, what, relation, columns: [] }];
  switch (type) {
    case 'TruncateStmt':
      return list(node['relations']).flatMap((item) =>
        one('remove', 'TRUNCATE', relationOf(item['RangeVar'])),
      );
    case 'CopyStmt':
      return node['is_from'] === true ? one('insert', 'COPY', relationOf(node['relation'])) : [];
    case 'AlterSeqStmt': {
      const restarts = list(node['options']).some(
        (item) => inside(item, 'DefElem')['defname'] === 'restart',
      );
      return restarts ? one('place', 'ALTER SEQUENCE ... RESTART') : [];
    }
    case 'SelectStmt':
    case 'CallStmt':
    case 'ExecuteStmt': {
      if (movesSequence(type, node)) return one('place', 'setval()');
      const unseen = unseenIn(type, node);
      return unseen === null ? [] : one('unknown', unseen);
    }
    default:
      return ELSEWHERE.test(type) ? one('elsewhere', 'what it does') : [];
  }
}

/** What stands in no catalog of this database that is read. */
const ELSEWHERE =
  /^(?:(?:Create|Alter|Drop)(?:Role|RoleSet|db|Database\w*|TableSpace\w*|System|Subscription|ForeignServer|Fdw|UserMapping)|GrantRole|Create(?:PLang|Transform|Am|Conversion|OpClass|OpFamily)|AlterOpFamily|Notify)(?:Stmt)?$/;

function movesSequence(type: string, node: Node): boolean {
  const look = (found: string, inner: Node): string | null =>
    found === 'FuncCall' && /^(?:setval|nextval)$/.test(nameParts(inner['funcname']).at(-1) ?? '')
      ? found
      : null;
  return findIn(type, node, look) !== null;
}

/** What of a block's text names rows without writing any. */
const HARMLESS =
  /\bon\s+(?:delete|update)\s+(?:cascade|restrict|no\s+action|set\s+(?:null|default))\b|\bfor\s+(?:insert|update|delete)\b|\b(?:before|after|instead\s+of)\s+(?:insert|update|delete)\b(?:\s+or\s+(?:insert|update|delete)\b)*|\b(?:grant|revoke)\b[^;']*?\bon\b|--[^\n]*/gi;

/** EXECUTE of something that is no text in the block may be anything. */
const WRITES =
  /\b(insert|update|delete|truncate|merge|copy|perform|call|setval|nextval)\b|\b(execute)\s+(?!function\b|procedure\b|'|\$|format\s*\(\s*(?:'|\$|e'))/i;

function inBlock(text: string): RowWrite[] {
  const word = WRITES.exec(text.replaceAll(HARMLESS, ' '));
  if (word === null) return [];
  const what = `a DO block with ${(word[1] ?? word[2] ?? '').toUpperCase()}`;
  return [{ type: 'unknown', what, relation: null, columns: [] }];
}

function relationOf(value: unknown): RelationName | null {
  const node = (value ?? {}) as Node;
  if (typeof node['relname'] !== 'string') return null;
  return {
    schema: typeof node['schemaname'] === 'string' ? node['schemaname'] : null,
    name: node['relname'],
  };
}

function onlyStatement(text: string): readonly [string, Node] {
  try {
    const [statement] = (parseSync(text).stmts ?? []) as readonly { readonly stmt?: Node }[];
    const [type, node] = Object.entries(statement?.stmt ?? {})[0] ?? ['', {}];
    return [type, node as Node];
  } catch {
    return ['', {}];
  }
}

function list(value: unknown): readonly Node[] {
  return Array.isArray(value) ? (value as Node[]) : [];
}

function inside(value: Node, name: string): Node {
  return (value[name] ?? {}) as Node;
}
