import { blockText, nameParts } from '../../postgres/statement-tree.js';
import { listName, qualified, relationOf } from './names.js';
import { fieldOf, itemsOf, type Node, textOf, type Tree, treesOf } from './tree.js';

/** What can be missing when a statement is refused. */
export type MissingKind = 'role' | 'schema' | 'extension' | 'relation' | 'type' | 'function';

/** What migrations do to a relation, by their text alone; they may have been run or not. */
export interface Additions {
  readonly columns: Set<string>;
  /** Constraints, triggers, policies and rules by name. */
  readonly others: Set<string>;
  /** Columns with their former name: what a base table has to call them. */
  readonly renamed: Map<string, string>;
  /** Columns whose NOT NULL or default a migration sets (true) or takes away (false). */
  readonly notNull: Map<string, boolean>;
  readonly defaults: Map<string, boolean>;
  rowSecurity: boolean;
}

/** What all migrations together make, judged without running them. */
export interface Knowledge {
  makes(kind: MissingKind, name: string): boolean;
  /** Also indexes, which have a schema of their own. */
  additionsTo(relation: string): Additions;
  /** The name that a relation of this name has in the end. */
  laterName(relation: string): string;
}

/** Reads all trees; called only once something is missing. */
export function knowledgeOf(texts: readonly string[], schema: string): Knowledge {
  const made = new Set<string>();
  const additions = new Map<string, Additions>();
  const later = new Map<string, string>();
  const of = (relation: string): Additions => {
    const known = additions.get(relation) ?? nothing();
    additions.set(relation, known);
    return known;
  };
  for (const text of texts) {
    for (const tree of treesOf(text)) {
      for (const key of madeBy(tree, schema)) made.add(key);
      const to = noteRename(tree, schema, of, later);
      if (to !== null) made.add(`relation ${to}`);
      noteAdditions(tree, schema, of);
    }
  }
  return {
    makes: (kind, name) => made.has(`${kind} ${name}`),
    additionsTo: of,
    laterName(relation) {
      const seen = new Set<string>();
      let name = relation;
      for (
        let next = later.get(name);
        next !== undefined && !seen.has(name);
        next = later.get(name)
      ) {
        seen.add(name);
        name = next;
      }
      return name;
    },
  };
}

function nothing(): Additions {
  return {
    columns: new Set(),
    others: new Set(),
    renamed: new Map(),
    notNull: new Map(),
    defaults: new Map(),
    rowSecurity: false,
  };
}

const RELATIONS: Readonly<Record<string, readonly string[]>> = {
  CreateStmt: ['relation'],
  CreateTableAsStmt: ['into', 'rel'],
  SelectStmt: ['intoClause', 'rel'],
  CreateSeqStmt: ['sequence'],
  ViewStmt: ['view'],
  CompositeTypeStmt: ['typevar'],
};

const LISTS: Readonly<Record<string, readonly [MissingKind, string]>> = {
  CreateEnumStmt: ['type', 'typeName'],
  CreateRangeStmt: ['type', 'typeName'],
  CreateDomainStmt: ['type', 'domainname'],
  CreateFunctionStmt: ['function', 'funcname'],
};

const BARE: Readonly<Record<string, readonly [MissingKind, string]>> = {
  CreateRoleStmt: ['role', 'role'],
  CreateSchemaStmt: ['schema', 'schemaname'],
  CreateExtensionStmt: ['extension', 'extname'],
};

function madeBy({ type, node }: Tree, schema: string): string[] {
  const list = LISTS[type];
  if (list !== undefined)
    return [`${list[0]} ${qualified(listName(nameParts(node[list[1]])), schema)}`];
  const bare = BARE[type];
  if (bare !== undefined) return [`${bare[0]} ${textOf(node, bare[1]) ?? ''}`];
  const path = RELATIONS[type];
  if (path !== undefined) {
    const range = path.reduce<Node | undefined>((at, field) => fieldOf(at, field), node);
    const name = relationOf(range);
    if (name.length === 0) return [];
    return [`${type === 'CompositeTypeStmt' ? 'type' : 'relation'} ${qualified(name, schema)}`];
  }
  if (type === 'IndexStmt') {
    const index = textOf(node, 'idxname');
    const [where] = relationOf(fieldOf(node, 'relation'));
    return index === undefined ? [] : [`relation ${qualified([where ?? '', index], schema)}`];
  }
  if (type === 'DefineStmt') {
    const name = qualified(listName(nameParts(node['defnames'])), schema);
    return [`type ${name}`, `function ${name}`];
  }
  if (type === 'DoStmt') return inBlock(blockText(node), schema);
  return [];
}

const KINDS: Readonly<Record<string, MissingKind>> = {
  table: 'relation',
  view: 'relation',
  sequence: 'relation',
  index: 'relation',
  type: 'type',
  domain: 'type',
  function: 'function',
  procedure: 'function',
  schema: 'schema',
  role: 'role',
  user: 'role',
  extension: 'extension',
};

const CREATE =
  /\bcreate\s+(?:or\s+replace\s+|unique\s+|materialized\s+|unlogged\s+)*(table|view|sequence|index|type|domain|function|procedure|schema|role|user|extension)\s+(?:if\s+not\s+exists\s+)?((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)/gi;

/** The text of a block is searched for CREATE: what it runs cannot be parsed as SQL. */
function inBlock(text: string, schema: string): string[] {
  return [...text.matchAll(CREATE)].map(([, word = '', name = '']) => {
    const kind = KINDS[word.toLowerCase()] ?? 'relation';
    const parts = identifiers(name);
    const alone = kind === 'schema' || kind === 'role' || kind === 'extension';
    return `${kind} ${alone ? parts.join('.') : qualified(listName(parts), schema)}`;
  });
}

function noteRename(
  { type, node }: Tree,
  schema: string,
  of: (relation: string) => Additions,
  later: Map<string, string>,
): string | null {
  const name = relationOf(fieldOf(node, 'relation'));
  if (name.length === 0) return null;
  const from = qualified(name, schema);
  if (type === 'AlterObjectSchemaStmt') {
    const to = [textOf(node, 'newschema') ?? '', name[1] ?? ''].join('.');
    later.set(from, to);
    return to;
  }
  if (type !== 'RenameStmt') return null;
  const [sub, newName = ''] = [textOf(node, 'subname'), textOf(node, 'newname')];
  if (sub === undefined) {
    const to = qualified([name[0] ?? '', newName], schema);
    later.set(from, to);
    return to;
  }
  if (textOf(node, 'renameType') === 'OBJECT_COLUMN') of(from).renamed.set(newName, sub);
  else of(from).others.add(newName);
  return null;
}

/** The parts of a name as SQL writes it. */
function identifiers(text: string): string[] {
  return [...text.matchAll(/"([^"]+)"|([\w$]+)/g)].map(
    ([, quoted, bare]) => quoted ?? bare?.toLowerCase() ?? '',
  );
}

const ADD =
  /\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))?)\s+add\s+(constraint|column)\s+(?:if\s+not\s+exists\s+)?("[^"]+"|[\w$]+)/gi;

function noteAdditions(
  { type, node }: Tree,
  schema: string,
  of: (name: string) => Additions,
): void {
  if (type === 'DoStmt') {
    for (const [, table = '', what = '', name = ''] of blockText(node).matchAll(ADD)) {
      const added = of(qualified(listName(identifiers(table)), schema));
      const [column = ''] = identifiers(name);
      (what.toLowerCase() === 'column' ? added.columns : added.others).add(column);
    }
    return;
  }
  const name = relationOf(fieldOf(node, type === 'CreatePolicyStmt' ? 'table' : 'relation'));
  if (name.length === 0) return;
  const added = of(qualified(name, schema));
  const other = ['policy_name', 'trigname', 'rulename', 'idxname'].map((field) =>
    textOf(node, field),
  );
  for (const found of other) if (found !== undefined) added.others.add(found);
  if (type !== 'AlterTableStmt') return;
  for (const { node: command } of itemsOf(node['cmds'])) noteCommand(command, added);
}

function noteCommand(command: Node, added: Additions): void {
  const definition = fieldOf(command, 'def');
  const column = textOf(command, 'name') ?? '';
  switch (textOf(command, 'subtype')) {
    case 'AT_AddColumn':
      added.columns.add(textOf(fieldOf(definition, 'ColumnDef'), 'colname') ?? '');
      break;
    case 'AT_AddConstraint':
      added.others.add(textOf(fieldOf(definition, 'Constraint'), 'conname') ?? '');
      break;
    case 'AT_SetNotNull':
    case 'AT_DropNotNull':
      if (!added.notNull.has(column))
        added.notNull.set(column, command['subtype'] === 'AT_SetNotNull');
      break;
    case 'AT_ColumnDefault':
      if (!added.defaults.has(column)) added.defaults.set(column, definition !== undefined);
      break;
    case 'AT_EnableRowSecurity':
      added.rowSecurity = true;
      break;
  }
}
