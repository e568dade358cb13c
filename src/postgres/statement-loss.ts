import type { Node } from './write-kinds.js';

/** Statements that are lost data wherever they stand, also inside WITH. */
const ALWAYS: Readonly<Record<string, string>> = {
  DeleteStmt: 'DELETE',
  TruncateStmt: 'TRUNCATE',
  DropOwnedStmt: 'DROP OWNED',
  DropdbStmt: 'DROP DATABASE',
};

/** What they hold is only run later, if at all. */
const NOT_RUN_NOW = ['CreateFunctionStmt', 'RuleStmt', 'CreateTrigStmt'];

/** Dropped with CASCADE, these take columns with them. */
const CARRIES_COLUMNS = ['OBJECT_TYPE', 'OBJECT_DOMAIN', 'OBJECT_EXTENSION'];

/**
 * What of a statement destroys data ("DROP COLUMN"), by its form alone; null when nothing
 * does. It says nothing of rows: a table that is dropped may be empty. A function that is
 * called may do anything and is not looked into; a DO block is searched for the words.
 */
export function lossOf(type: string, node: Node): string | null {
  if (NOT_RUN_NOW.includes(type)) return null;
  const own = ALWAYS[type] ?? special(type, node);
  if (own !== null) return own;
  for (const [key, value] of Object.entries(node)) {
    for (const item of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (item === null || typeof item !== 'object') continue;
      // A list's items are { Type: node }; a field that is a node stands under its own name.
      const found = lossOf(key, item as Node);
      if (found !== null) return found;
    }
  }
  return null;
}

function special(type: string, node: Node): string | null {
  switch (type) {
    case 'DropStmt':
      return dropped(String(node['removeType']), node['behavior'] === 'DROP_CASCADE');
    case 'AlterTableCmd':
      return node['subtype'] === 'AT_DropColumn' ? 'DROP COLUMN' : null;
    case 'MergeWhenClause':
      return node['commandType'] === 'CMD_DELETE' ? 'MERGE ... DELETE' : null;
    case 'DoStmt':
      return /\b(drop\s+(table|column|schema)|truncate|delete\s+from)\b/i.test(JSON.stringify(node))
        ? 'a DO block that drops or deletes'
        : null;
    default:
      return null;
  }
}

function dropped(what: string, cascade: boolean): string | null {
  if (what === 'OBJECT_TABLE') return 'DROP TABLE';
  if (what === 'OBJECT_SCHEMA') return 'DROP SCHEMA';
  return cascade && CARRIES_COLUMNS.includes(what)
    ? `DROP ${what.replace('OBJECT_', '')} CASCADE`
    : null;
}
