import type { ParsedStatement, SqlParser } from '../../core/sql.js';
import { type Chunk, sourceOffset } from '../../core/tool.js';
import { blockText, findIn } from '../../postgres/statement-tree.js';
import { isServerWide, reachesOut } from '../outward.js';
import { type Node, type Tree, fieldOf, itemsOf, textOf, treesOf } from './tree.js';

/**
 * What has to be read after a statement. `touched`: what the event triggers reported.
 * `dependents`: what depends on that as well, since it prints names that may be others now.
 * `everything`: the triggers say nothing of it. `everything if touched`: a function may have done anything.
 */
export type Reading = 'touched' | 'dependents' | 'everything' | 'everything if touched' | OneObject;

/** Nothing looks different but this object of the one table that was touched, which is most of what migrations do. */
export interface OneObject {
  readonly one: 'column' | 'constraint' | 'index';
  /** Not quoted. An index is known by what the triggers reported. */
  readonly name: string;
}

export interface Scanned {
  readonly number: number;
  readonly line: number;
  readonly parsed: ParsedStatement;
  readonly reading: Reading;
  readonly beyondCatalog: boolean;
  /** Not run: it reaches beyond its database, or it would end the transaction that others are in. */
  readonly skip: boolean;
  /** Why it is not run though it may change the schema: then that is not known. */
  readonly refused: string | null;
  /** Roles it makes or drops, where it does nothing else. */
  readonly roles: { readonly makes: boolean; readonly names: readonly string[] } | null;
  /** The name behind SET LOCAL, which alone would have no effect outside a transaction. */
  readonly local: string | null;
  /** PREPARE stays when its transaction is rolled back, so it cannot be tried twice. */
  readonly once: boolean;
}

export type ScanResult =
  | { readonly ok: true; readonly statements: readonly Scanned[] }
  | { readonly ok: false; readonly reason: string };

/** Divides a migration into its statements. `chunks` as the tool sends them; lines are those of `text`. */
export function scan(parser: SqlParser, text: string, chunks: readonly Chunk[]): ScanResult {
  const statements: Scanned[] = [];
  const lines = lineCounter(text);
  for (const chunk of chunks) {
    const result = parser.split(chunk.text);
    if (!result.ok) {
      const line = lineCounter(text)(sourceOffset(chunk, result.offset));
      return { ok: false, reason: `42601 in line ${line}: ${result.message}` };
    }
    if (result.statements.length === 0) continue;
    const trees = treesOf(chunk.text);
    result.statements.forEach((parsed, index) => {
      const tree = trees[index] ?? { type: '', node: {} };
      statements.push({
        number: statements.length + 1,
        line: lines(sourceOffset(chunk, parsed.offset)),
        parsed,
        reading: readingOf(tree),
        beyondCatalog: isBeyond(tree),
        skip:
          parsed.kind === 'transaction-control' || isServerWide(tree) || reachesOut(tree) !== null,
        refused: tree.type === 'DoStmt' ? reachesOut(tree) : null,
        roles: rolesOf(tree),
        local: localOf(tree),
        once: tree.type === 'PrepareStmt',
      });
    });
  }
  return { ok: true, statements };
}

/** Counts on from where it was asked last; offsets must not go back. */
function lineCounter(text: string): (offset: number) => number {
  let at = 0;
  let line = 1;
  return (offset) => {
    for (; at < offset; at++) if (text.charCodeAt(at) === 10) line++;
    return line;
  };
}

function rolesOf({ type, node }: Tree): Scanned['roles'] {
  if (type === 'CreateRoleStmt') return { makes: true, names: [textOf(node, 'role') ?? ''] };
  if (type !== 'DropRoleStmt') return null;
  const names = itemsOf(node['roles']).map((role) => textOf(role.node, 'rolename') ?? '');
  return { makes: false, names };
}

/** Event triggers do not fire for these, or name no object. */
const SILENT = new Set([
  'AlterDefaultPrivilegesStmt',
  'AlterExtensionStmt',
  'AlterExtensionContentsStmt',
  'AlterEventTrigStmt',
  'CreateEventTrigStmt',
  'DropOwnedStmt',
  'ReassignOwnedStmt',
  'DropRoleStmt',
]);

/** Only the table that was left is reported, and nothing depends on that any more. */
const PARTS = new Set(['AT_DetachPartition', 'AT_DetachPartitionFinalize']);

/** What of ALTER TABLE is seen in other objects; inheritance is followed in any case. */
const REACHES = new Set([
  'AT_AlterColumnType',
  'AT_AttachPartition',
  'AT_ChangeOwner',
  'AT_AddInherit',
  'AT_DropInherit',
]);

const AS_GIVEN = new Set(['SelectStmt', 'CallStmt', 'ExecuteStmt']);

function readingOf({ type, node }: Tree): Reading {
  if (SILENT.has(type)) return 'everything';
  const kind = textOf(node, 'renameType') ?? textOf(node, 'objectType') ?? textOf(node, 'objtype');
  if (type === 'RenameStmt') {
    return ['OBJECT_SCHEMA', 'OBJECT_ROLE', 'OBJECT_EVENT_TRIGGER'].includes(kind ?? '')
      ? 'everything'
      : 'dependents';
  }
  if (type === 'AlterObjectSchemaStmt') {
    return kind === 'OBJECT_EXTENSION' ? 'everything' : 'dependents';
  }
  if (type === 'CommentStmt' && kind === 'OBJECT_EVENT_TRIGGER') return 'everything';
  if (type === 'DropStmt' && textOf(node, 'removeType') === 'OBJECT_EVENT_TRIGGER') {
    return 'everything';
  }
  if (type === 'AlterEnumStmt') return node['oldVal'] === undefined ? 'touched' : 'dependents';
  if (type === 'AlterOwnerStmt' || type === 'AlterTypeStmt' || type === 'AlterDomainStmt') {
    return 'dependents';
  }
  if (type === 'IndexStmt') return { one: 'index', name: '' };
  if (type === 'AlterTableStmt') {
    const commands = itemsOf(node['cmds']).map((command) => command.node);
    if (commands.some(({ subtype }) => PARTS.has(String(subtype)))) return 'everything';
    if (commands.some(({ subtype }) => REACHES.has(String(subtype)))) return 'dependents';
    const [only] = commands;
    const one = commands.length === 1 && only !== undefined ? oneObject(only) : null;
    return kind === 'OBJECT_TABLE' && one !== null ? one : 'touched';
  }
  // Its multirange comes with a cast that is not reported.
  if (type === 'CreateRangeStmt') return 'dependents';
  if (AS_GIVEN.has(type)) return 'everything if touched';
  if (type === 'DoStmt') return readingOfBlock(blockText(node));
  return 'touched';
}

/** null: it makes or changes more than one object, or one that it does not name. */
function oneObject(command: Node): OneObject | null {
  const definition = fieldOf(command, 'def');
  const named = (one: OneObject['one'], name: string | undefined): OneObject | null =>
    name === undefined ? null : { one, name };
  switch (textOf(command, 'subtype')) {
    case 'AT_AddColumn': {
      const column = fieldOf(definition, 'ColumnDef');
      const plain = itemsOf(column?.['constraints']).every(({ node }) =>
        PLAIN.has(String(node['contype'])),
      );
      return plain ? named('column', textOf(column, 'colname')) : null;
    }
    case 'AT_ColumnDefault':
    case 'AT_SetNotNull':
    case 'AT_DropNotNull':
      return named('column', textOf(command, 'name'));
    case 'AT_AddConstraint': {
      const constraint = fieldOf(definition, 'Constraint');
      const alone =
        ALONE.has(String(constraint?.['contype'])) && constraint?.['indexname'] === undefined;
      return alone ? named('constraint', textOf(constraint, 'conname')) : null;
    }
    default:
      return null;
  }
}

/** A part of the column, none of them an object of its own. */
const PLAIN = new Set(['CONSTR_DEFAULT', 'CONSTR_NOTNULL', 'CONSTR_NULL', 'CONSTR_GENERATED']);

/** A primary key makes its columns NOT NULL as well. */
const ALONE = new Set(['CONSTR_FOREIGN', 'CONSTR_UNIQUE', 'CONSTR_CHECK']);

function readingOfBlock(text: string): Reading {
  if (/\b(?:event\s+trigger|drop\s+role|alter\s+(?:role|schema|extension))\b/i.test(text)) {
    return 'everything';
  }
  // What is called, or put together as text, cannot be seen; the common ADD CONSTRAINT can.
  return /\b(?:rename|set\s+schema|type|owner|attach|detach|inherit|perform|call|select|execute)\b/i.test(
    text,
  )
    ? 'dependents'
    : 'touched';
}

/** Statements that leave nothing but what the catalog shows, or nothing at all. */
const SEEN =
  /^(?:Create(?!Role|db|TableSpace|TableAs|Subscription|ForeignServer|Fdw|UserMapping|PLang|Transform|Am|Conversion|OpClass|OpFamily)\w*|Alter(?!Role|RoleSet|Database\w*|System|TableSpace\w*|Seq|Subscription|ForeignServer|Fdw|UserMapping)\w*|Drop(?!Role|db|TableSpace|Subscription|UserMapping)\w*|Index|View|Rule|Rename|Comment|Define|CompositeType|Grant|Transaction|Variable(?:Set|Show)|Discard|Lock|Prepare|Deallocate|Constraints|ConstraintsSet|Listen|Unlisten|Load|ImportForeignSchema)(?:Stmt)?$/;

/** It writes, or may write, something the catalog does not show. */
function isBeyond({ type, node }: Tree): boolean {
  if (type === 'SelectStmt') {
    const look = (found: string): string | null =>
      ['FuncCall', 'InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'intoClause'].includes(
        found,
      )
        ? found
        : null;
    return findIn(type, node, look) !== null;
  }
  const object = textOf(node, 'objtype') ?? textOf(node, 'renameType');
  if (object !== undefined && /^OBJECT_(?:ROLE|DATABASE|TABLESPACE|SUBSCRIPTION)$/.test(object)) {
    return true;
  }
  return !SEEN.test(type);
}

function localOf({ type, node }: Tree): string | null {
  if (type !== 'VariableSetStmt' || node['is_local'] !== true) return null;
  return textOf(node, 'name') ?? null;
}
