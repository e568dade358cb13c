import { blockText, findIn, nameParts } from '../postgres/statement-tree.js';
import { itemsOf, type Node, textOf, type Tree } from './replay/tree.js';

/** Server functions by which a statement leaves its database: other servers, files, other sessions. */
const OUTWARD =
  /^(?:dblink(?:_\w+)?|lo_(?:im|ex)port|pg_file_\w+|pg_logfile_rotate|pg_reload_conf|pg_rotate_logfile|pg_promote|pg_switch_wal|pg_(?:terminate|cancel)_backend|pg_create_(?:logical|physical)_replication_slot|pg_drop_replication_slot)$/;

/** What is put together or called in a block cannot be parsed: its words are looked at. */
const IN_BLOCK =
  /\bdblink(?:_\w+)?\s*\(|\blo_(?:im|ex)port\s*\(|\bpg_file_\w+\s*\(|\bpg_(?:terminate|cancel)_backend\s*\(|\bcopy\b[^;]*\b(?:from|to)\s+(?:program\b|''?\/)|\balter\s+system\b|\b(?:create|alter|drop)\s+subscription\b/i;

/**
 * Why a statement of a migration is not run in any sandbox: it would reach beyond its database, to a
 * program, a file or another server, as the sandbox's own superuser. Null: it stays inside, as far as
 * its text shows. What a function does that it calls is not looked at.
 */
export function reachesOut({ type, node }: Tree): string | null {
  if (type === 'DoStmt') {
    return inBlock(blockText(node)) ? 'it reaches beyond its database' : null;
  }
  if (/^(?:Create|Alter|Drop)SubscriptionStmt$/.test(type)) return 'it connects to another server';
  return findIn(type, node, lookAt);
}

/** Whether the words of a block or of a function's body are such. */
export function inBlock(body: string): boolean {
  return IN_BLOCK.test(body);
}

function lookAt(type: string, node: Node): string | null {
  if (type === 'CopyStmt') {
    if (node['is_program'] === true) return 'it runs a program on the server';
    return textOf(node, 'filename') === undefined ? null : 'it uses a file of the server';
  }
  if (type !== 'FuncCall') return null;
  const name = nameParts(node['funcname']).at(-1) ?? '';
  return OUTWARD.test(name) && !isAboutItself(node) ? `it calls ${name}` : null;
}

/** A session may well end itself. */
function isAboutItself({ args }: Node): boolean {
  const [only] = itemsOf(args);
  return nameParts(only?.node['funcname']).at(-1) === 'pg_backend_pid';
}

/** They are for the whole server, which may not be ours alone. */
const SERVER_WIDE = new Set([
  'AlterSystemStmt',
  'CreatedbStmt',
  'DropdbStmt',
  'AlterDatabaseStmt',
  'AlterDatabaseSetStmt',
  'AlterDatabaseRefreshCollStmt',
  'CreateTableSpaceStmt',
  'DropTableSpaceStmt',
  'AlterTableSpaceOptionsStmt',
  // They decide who may log in and how, which no schema shows.
  'AlterRoleStmt',
  'AlterRoleSetStmt',
]);

/** Whether a statement changes something of the server itself, beyond any one database. */
export function isServerWide({ type, node }: Tree): boolean {
  const kinds = ['objtype', 'objectType', 'renameType'].map((name) => textOf(node, name) ?? '');
  return (
    SERVER_WIDE.has(type) || kinds.some((kind) => /^OBJECT_(?:DATABASE|TABLESPACE)$/.test(kind))
  );
}
