import type { Fence } from '../fence.js';
import { isServerWide, reachesOut } from '../outward.js';
import { fieldOf, textOf, treesOf } from '../replay/tree.js';
import type { Placed } from './run.js';

/** The server of the copy, as far as a migration may change it. */
export interface CopyServer {
  /** Started by pgmedic and gone with it; false: the one that --sandbox-url names. */
  readonly own: boolean;
  /** The sandbox's role: a migration that changed it would lock the sandbox. */
  readonly admin: string;
  readonly fence: Fence | null;
}

/**
 * Why a statement is not tried; null: it is. `block`: it is in a transaction block, or beside
 * others, so that PostgreSQL itself refuses what cannot be there.
 */
export function whyLeftOut(
  { text, parsed }: Placed,
  block: boolean,
  server: CopyServer,
): string | null {
  if (parsed === null || (block && parsed.kind === 'outside-transaction')) return null;
  const [tree] = treesOf(text);
  if (tree === undefined) return null;
  const out = reachesOut(tree) ?? server.fence?.(tree) ?? null;
  if (out !== null) return out;
  const ofRoles = /^(?:AlterRole|AlterRoleSet|DropRole)Stmt$/.test(tree.type);
  if (!ofRoles) return isServerWide(tree) ? 'it is for the whole server' : null;
  if (!server.own) return 'roles are of the whole server, and this one is not ours';
  const role = textOf(fieldOf(tree.node, 'role'), 'rolename');
  return role === server.admin ? "it is about the sandbox's own role" : null;
}

/** Whether one that was left out may have made what a later one names: all but those about the server itself. */
export function mayHaveMade({ text }: Placed): boolean {
  const [tree] = treesOf(text);
  return tree === undefined || !(isServerWide(tree) || tree.type === 'DropRoleStmt');
}
