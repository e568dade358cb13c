import { nameParts } from '../../postgres/statement-tree.js';
import { type Node, type Tree, fieldOf, itemsOf, textOf } from './tree.js';

/** A qualified name in parts; '' in front is the schema in which a new object would be made. */
export type Name = readonly string[];

/** "public.users"; `schema` is the one that an unqualified name stands in. */
export function qualified(name: Name, schema: string): string {
  return name[0] === '' ? [schema, ...name.slice(1)].join('.') : name.join('.');
}

/** The name in a RangeVar. */
export function relationOf(node: Node | undefined): Name {
  const name = textOf(node, 'relname');
  return name === undefined ? [] : [textOf(node, 'schemaname') ?? '', name];
}

/** The name in a list of strings; `size` is how many parts a full one has. */
export function listName(parts: readonly string[], size = 2): Name {
  return parts.length < size ? ['', ...parts] : parts;
}

/**
 * Names of what a statement would make or change, as far as its text says: of a column, a
 * constraint or an index its table too, since what stands in that is no longer sure.
 */
export function namesOf({ type, node }: Tree): Name[] {
  const names = partsOf(type, node).filter((name) => name.length > 0);
  const tables = names.filter((name) => name.length > 2).map((name) => name.slice(0, 2));
  return [...names, ...tables];
}

/** Fields in which a statement carries the name of what it makes. */
const NAME_FIELDS: Readonly<Record<string, string>> = {
  CreateEnumStmt: 'typeName',
  AlterEnumStmt: 'typeName',
  CreateRangeStmt: 'typeName',
  AlterTypeStmt: 'typeName',
  AlterDomainStmt: 'typeName',
  CreateDomainStmt: 'domainname',
  CreateFunctionStmt: 'funcname',
  DefineStmt: 'defnames',
};

function partsOf(type: string, node: Node): Name[] {
  const field = NAME_FIELDS[type];
  if (field !== undefined) return [listName(nameParts(node[field]))];
  switch (type) {
    case 'CreateStmt':
    case 'CreateForeignTableStmt':
      return [relationOf(fieldOf(node, 'relation') ?? relationOfBase(node))];
    case 'CreateTableAsStmt':
      return [relationOf(fieldOf(fieldOf(node, 'into'), 'rel'))];
    case 'SelectStmt':
      return [relationOf(fieldOf(fieldOf(node, 'intoClause'), 'rel'))];
    case 'CreateSeqStmt':
    case 'AlterSeqStmt':
      return [relationOf(fieldOf(node, 'sequence'))];
    case 'ViewStmt':
      return [relationOf(fieldOf(node, 'view'))];
    case 'CompositeTypeStmt':
      return [relationOf(fieldOf(node, 'typevar'))];
    case 'IndexStmt':
      return [indexName(node), relationOf(fieldOf(node, 'relation'))];
    case 'CreateTrigStmt':
      return [below(relationOf(fieldOf(node, 'relation')), textOf(node, 'trigname'))];
    case 'RuleStmt':
      return [below(relationOf(fieldOf(node, 'relation')), textOf(node, 'rulename'))];
    case 'CreatePolicyStmt':
    case 'AlterPolicyStmt':
      return [below(relationOf(fieldOf(node, 'table')), textOf(node, 'policy_name'))];
    case 'AlterTableStmt':
      return altered(node);
    case 'CreateSchemaStmt':
      return [[textOf(node, 'schemaname') ?? '']];
    case 'CreateExtensionStmt':
      return [[textOf(node, 'extname') ?? '']];
    case 'CreateStatsStmt':
      return [listName(nameParts(node['defnames']))];
    case 'AlterFunctionStmt':
      return [listName(nameParts(fieldOf(node, 'func')?.['objname']))];
    case 'DropStmt':
    case 'GrantStmt':
      return itemsOf(node['objects']).map((item) => objectName(item, objectKind(node)));
    case 'CommentStmt':
      return itemsOf([node['object']]).map((item) => objectName(item, objectKind(node)));
    case 'RenameStmt':
    case 'AlterObjectSchemaStmt':
    case 'AlterOwnerStmt':
      return moved(node);
    default:
      return [];
  }
}

function relationOfBase(node: Node): Node | undefined {
  return fieldOf(fieldOf(node, 'base'), 'relation');
}

function below(relation: Name, name: string | undefined): Name {
  return name === undefined || relation.length === 0 ? relation : [...relation, name];
}

function indexName(node: Node): Name {
  const relation = relationOf(fieldOf(node, 'relation'));
  const name = textOf(node, 'idxname');
  return name === undefined ? relation : [...relation.slice(0, -1), name];
}

/** The column or constraint, where a command names one; else the table. */
function altered(node: Node): Name[] {
  const relation = relationOf(fieldOf(node, 'relation'));
  return itemsOf(node['cmds']).map(({ node: command }) => {
    const definition = fieldOf(command, 'def');
    const named =
      textOf(fieldOf(definition, 'ColumnDef'), 'colname') ??
      textOf(fieldOf(definition, 'Constraint'), 'conname') ??
      textOf(command, 'name');
    return below(relation, named);
  });
}

function moved(node: Node): Name[] {
  const relation = relationOf(fieldOf(node, 'relation'));
  const [object] = itemsOf([node['object']]).map((item) => objectName(item, objectKind(node)));
  const from = relation.length > 0 ? relation : (object ?? []);
  const [name, schema] = [textOf(node, 'newname'), textOf(node, 'newschema')];
  if (schema !== undefined) return [from, [schema, from.at(-1) ?? '']];
  if (name === undefined) return [from];
  if (textOf(node, 'renameType') === 'OBJECT_SCHEMA')
    return [[textOf(node, 'subname') ?? ''], [name]];
  const sub = textOf(node, 'subname');
  return sub === undefined
    ? [from, [...from.slice(0, -1), name]]
    : [below(from, sub), below(from, name)];
}

function objectKind(node: Node): string {
  const kind = ['removeType', 'objtype', 'objectType', 'renameType'].map((name) =>
    textOf(node, name),
  );
  return (kind.find((found) => found !== undefined) ?? '').replace('OBJECT_', '');
}

const WITHOUT_SCHEMA =
  /^(?:SCHEMA|EXTENSION|ROLE|DATABASE|EVENT_TRIGGER|PUBLICATION|SUBSCRIPTION|LANGUAGE|CAST|FDW)$/;
const BELOW_RELATION = /^(?:COLUMN|TABCONSTRAINT|TRIGGER|POLICY|RULE)$/;

/** What COMMENT, DROP or GRANT names: a relation, a list of names, a type, a function. */
function objectName({ type, node }: Tree, kind: string): Name {
  const parts = ((): readonly string[] => {
    if (type === 'TypeName') return nameParts(node['names']);
    if (type === 'ObjectWithArgs') return nameParts(node['objname']);
    if (type === 'List') return nameParts(node['items']);
    return type === 'String' ? [textOf(node, 'sval') ?? ''] : [];
  })();
  if (type === 'RangeVar') return relationOf(node);
  if (parts.length === 0 || WITHOUT_SCHEMA.test(kind)) return parts;
  return listName(parts, BELOW_RELATION.test(kind) ? 3 : 2);
}
