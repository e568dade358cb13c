import type { CatalogObject } from '../core/catalog.js';
import type { History, TableRef, Target } from '../core/facts.js';
import type { ToolRules } from '../core/tool.js';
import { readCatalog } from '../postgres/catalog/read-catalog.js';
import { type LiveRole, type LiveSession, readRoles, readSession } from '../postgres/read-roles.js';
import { readSizes, type RelationSizes } from '../postgres/read-sizes.js';
import type { Query } from '../tools/contract.js';

/** The live side of the evidence, read in the transaction of the facts. */
export interface LiveSchema {
  readonly serverVersionNum: number;
  readonly catalog: readonly CatalogObject[];
  /** None of the migrations' business: the history table, others of its shape, and what the tool keeps beside it. */
  readonly leaveOut: readonly TableRef[];
  /** Roles that own something in it, quoted as in the catalog's keys. */
  readonly owners: readonly string[];
  readonly roles: readonly LiveRole[];
  readonly session: LiveSession;
  readonly sizes: Readonly<Record<string, RelationSizes>>;
}

/** Of tables, views, sequences, functions, types and schemas outside the system's own. */
async function readOwners(query: Query): Promise<readonly string[]> {
  const rows = await query(`
    SELECT DISTINCT pg_catalog.quote_ident(r.rolname) AS name
    FROM (
      SELECT relowner AS owner, relnamespace AS schema FROM pg_catalog.pg_class
      UNION SELECT proowner, pronamespace FROM pg_catalog.pg_proc
      UNION SELECT typowner, typnamespace FROM pg_catalog.pg_type
      UNION SELECT nspowner, oid FROM pg_catalog.pg_namespace
    ) o
    JOIN pg_catalog.pg_namespace n ON n.oid = o.schema
    JOIN pg_catalog.pg_roles r ON r.oid = o.owner
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`);
  return rows.map((row) => row['name'] ?? '');
}

export async function readLiveSchema(
  query: Query,
  { target, history }: { readonly target: Target; readonly history: History },
  tool: Pick<ToolRules, 'beside'>,
): Promise<LiveSchema> {
  const { serverVersionNum } = target;
  const leaveOut = [
    history.expected,
    ...(history.table ? [history.table] : []),
    ...history.elsewhere,
    ...(tool.beside?.(history.table ?? history.expected) ?? []),
  ];
  return {
    serverVersionNum,
    catalog: await readCatalog(query, serverVersionNum, leaveOut),
    leaveOut,
    owners: await readOwners(query),
    roles: await readRoles(query),
    session: await readSession(query),
    sizes: await readSizes(query),
  };
}
