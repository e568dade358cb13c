import { blockText, findIn, nameParts } from './statement-tree.js';
import type { Node } from './write-kinds.js';

/** Statements that are for the session or the transaction they run in, and no other. */
const ALWAYS: Readonly<Record<string, string>> = {
  ConstraintsSetStmt: 'SET CONSTRAINTS',
  PrepareStmt: 'PREPARE',
  DeclareCursorStmt: 'DECLARE CURSOR',
  ListenStmt: 'LISTEN',
  LockStmt: 'LOCK TABLE',
  DiscardStmt: 'DISCARD',
  LoadStmt: 'LOAD',
};

const STATE_FUNCTION = /^(set_config|setseed|pg_(try_)?advisory_\w+)$/;

const IN_BLOCK =
  /\b(?:set_config|setseed|pg_(?:try_)?advisory_\w+)\b|\btemp(?:orary)?\s|\bpg_temp\b|(?:^|;|\b(?:begin|then|else|loop)\b)\s*(?:set|reset|discard|listen|load|lock)\s/i;

/**
 * What of a statement only the rest of the same session or transaction sees ("SET search_path",
 * "a temporary table"); null when nothing does. Such a statement and those after it cannot be
 * run on connections of their own. What a function does by itself is not seen here.
 */
export function stateOf(type: string, node: Node): string | null {
  // Only as a statement: ALTER ROLE ... SET and the SET of a function hold the same node.
  if (type === 'VariableSetStmt') return setting(node);
  return ALWAYS[type] ?? findIn(type, node, special);
}

function setting(node: Node): string {
  const name = typeof node['name'] === 'string' ? ` ${node['name']}` : '';
  const kind = String(node['kind']);
  if (kind === 'VAR_RESET_ALL') return 'RESET ALL';
  if (kind === 'VAR_RESET') return `RESET${name}`;
  return `${node['is_local'] === true ? 'SET LOCAL' : 'SET'}${name}`;
}

function special(type: string, node: Node): string | null {
  switch (type) {
    case 'FuncCall': {
      const name = nameParts(node['funcname']).at(-1) ?? '';
      return STATE_FUNCTION.test(name) ? name : null;
    }
    case 'DoStmt': {
      const text = blockText(node);
      if (/\bexecute\b/i.test(text)) return 'a DO block with EXECUTE, which cannot be read,';
      return IN_BLOCK.test(text) ? 'a DO block with session state' : null;
    }
    case 'CreateFunctionStmt':
      return nameParts(node['funcname'])[0] === 'pg_temp' ? 'a temporary function' : null;
    case 'CreateEnumStmt':
      return nameParts(node['typeName'])[0] === 'pg_temp' ? 'a temporary type' : null;
    case 'CreateDomainStmt':
      return nameParts(node['domainname'])[0] === 'pg_temp' ? 'a temporary type' : null;
    default:
      // Every way to make one names it in a RangeVar: relation, rel, view, sequence, typevar.
      return node['relpersistence'] === 't' || node['schemaname'] === 'pg_temp'
        ? 'a temporary table, view or sequence'
        : null;
  }
}
