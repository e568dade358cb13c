import { nameParts } from '../../postgres/statement-tree.js';
import type { SqlParser } from '../../core/sql.js';
import { relationOf } from './names.js';
import { fieldOf, itemsOf, type Node, textOf, type Tree, treesOf } from './tree.js';

/** A statement of the live schema's dump. */
export interface DumpStatement {
  readonly text: string;
  readonly tree: Tree;
}

/** The live schema's DDL by what it makes; names are qualified, as pg_dump writes them. */
export interface DumpIndex {
  /** "relation public.users", "type public.role", "function public.f": several for overloads. */
  readonly makes: ReadonlyMap<string, readonly DumpStatement[]>;
  /** What else it says of a relation: constraints, indexes, defaults, triggers, policies. */
  readonly on: ReadonlyMap<string, readonly DumpStatement[]>;
}

export function indexDump(parser: SqlParser, dump: string): DumpIndex {
  const makes = new Map<string, DumpStatement[]>();
  const on = new Map<string, DumpStatement[]>();
  const split = parser.split(dump);
  if (!split.ok) return { makes, on };
  const trees = treesOf(dump);
  split.statements.forEach(({ text }, index) => {
    const tree = trees[index];
    if (tree === undefined) return;
    const made = makerKey(tree);
    if (made !== null) add(makes, made, { text, tree });
    const target = made === null ? targetOf(tree) : null;
    if (target !== null) add(on, target, { text, tree });
  });
  return { makes, on };
}

function add(map: Map<string, DumpStatement[]>, key: string, statement: DumpStatement): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [statement]);
  else list.push(statement);
}

function makerKey({ type, node }: Tree): string | null {
  const relation = (range: Node | undefined): string => `relation ${relationOf(range).join('.')}`;
  switch (type) {
    case 'CreateStmt':
      return relation(fieldOf(node, 'relation'));
    case 'CreateTableAsStmt':
      return relation(fieldOf(fieldOf(node, 'into'), 'rel'));
    case 'ViewStmt':
      return relation(fieldOf(node, 'view'));
    case 'CreateSeqStmt':
      return relation(fieldOf(node, 'sequence'));
    case 'CompositeTypeStmt':
      return `type ${relationOf(fieldOf(node, 'typevar')).join('.')}`;
    case 'CreateEnumStmt':
    case 'CreateRangeStmt':
      return `type ${nameParts(node['typeName']).join('.')}`;
    case 'CreateDomainStmt':
      return `type ${nameParts(node['domainname']).join('.')}`;
    case 'CreateFunctionStmt':
      return `function ${nameParts(node['funcname']).join('.')}`;
    case 'DefineStmt':
      return textOf(node, 'kind') === 'OBJECT_AGGREGATE'
        ? `function ${nameParts(node['defnames']).join('.')}`
        : `type ${nameParts(node['defnames']).join('.')}`;
    default:
      return null;
  }
}

/** The relation that a statement goes with. */
function targetOf({ type, node }: Tree): string | null {
  const range = relationOf(fieldOf(node, 'relation') ?? fieldOf(node, 'table'));
  if (type === 'AlterSeqStmt') {
    // OWNED BY names the column: schema, table, column.
    const owned = itemsOf(node['options']).find(
      (item) => textOf(item.node, 'defname') === 'owned_by',
    );
    const parts = nameParts(fieldOf(fieldOf(owned?.node, 'arg'), 'List')?.['items']);
    return parts.length === 3 ? `relation ${parts.slice(0, 2).join('.')}` : null;
  }
  if (type === 'CommentStmt') {
    const parts = nameParts(fieldOf(fieldOf(node, 'object'), 'List')?.['items']);
    return parts.length >= 2 ? `relation ${parts.slice(0, 2).join('.')}` : null;
  }
  return range.length === 2 ? `relation ${range.join('.')}` : null;
}
