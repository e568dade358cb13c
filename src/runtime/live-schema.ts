import type { CatalogObject } from '../core/catalog.js';
import type { History, TableRef, Target } from '../core/facts.js';
import { readCatalog } from '../postgres/catalog/read-catalog.js';
import { type LiveRole, type LiveSession, readRoles, readSession } from '../postgres/read-roles.js';
import { readSizes, type RelationSizes } from '../postgres/read-sizes.js';
import type { Query } from '../tools/contract.js';

/** The live side of the evidence, read in the transaction of the facts. */
export interface LiveSchema {
  readonly serverVersionNum: number;
  readonly catalog: readonly CatalogObject[];
  /** None of the migrations' business: the history table and others of its shape. */
  readonly leaveOut: readonly TableRef[];
  readonly roles: readonly LiveRole[];
  readonly session: LiveSession;
  readonly sizes: Readonly<Record<string, RelationSizes>>;
}

export async function readLiveSchema(
  query: Query,
  { target, history }: { readonly target: Target; readonly history: History },
): Promise<LiveSchema> {
  const { serverVersionNum } = target;
  const leaveOut = [
    history.expected,
    ...(history.table ? [history.table] : []),
    ...history.elsewhere,
  ];
  return {
    serverVersionNum,
    catalog: await readCatalog(query, serverVersionNum, leaveOut),
    leaveOut,
    roles: await readRoles(query),
    session: await readSession(query),
    sizes: await readSizes(query),
  };
}
