import { parseSync } from 'libpg-query';
import type { Node } from '../write-kinds.js';
import { alterProbes } from './alter.js';
import { alterDomainProbes } from './domains.js';
import { indexProbes } from './keys.js';
import { partitionOfProbes } from './partitions.js';
import { asTheyAre } from './rows.js';
import type { ProbeSchema, ProbeTable } from './schema.js';
import { sourceOf, type Source } from './text.js';
import { tableOf } from './tree.js';
import type { PlannedProbe } from './types.js';

/**
 * What to ask the live rows about one statement, in the order in which PostgreSQL would stumble;
 * empty where no rows decide. Pure.
 * @param schema as it stands in front of the statement: readProbeSchema on the live database or,
 *   once pending statements have changed it, on the copy they ran in.
 */
export function planProbes(statement: string, schema: ProbeSchema): readonly PlannedProbe[] {
  return trees(statement).flatMap(([type, node]) => plan(schema, sourceOf(statement), type, node));
}

function trees(statement: string): readonly (readonly [string, Node])[] {
  try {
    return (parseSync(statement).stmts ?? []).flatMap(({ stmt }) =>
      Object.entries((stmt ?? {}) as Readonly<Record<string, Node>>),
    );
  } catch {
    // What does not parse fails without any row: the rehearsal shows it.
    return [];
  }
}

function plan(
  schema: ProbeSchema,
  source: Source,
  type: string,
  node: Node,
): readonly PlannedProbe[] {
  switch (type) {
    case 'AlterTableStmt':
      return alterProbes(schema, source, node);
    case 'AlterDomainStmt':
      return alterDomainProbes(schema, source, node);
    case 'CreateStmt':
      return partitionOfProbes(schema, source, node);
    case 'IndexStmt': {
      const table = tableOf(schema, node['relation']);
      if (table === null || isThere(schema, table, node)) return [];
      return indexProbes(schema, source, node, asTheyAre(table));
    }
    default:
      return [];
  }
}

/** IF NOT EXISTS, and it does. */
function isThere(schema: ProbeSchema, table: ProbeTable, node: Node): boolean {
  const beside = schema.tables.filter((one) => one.schema === table.schema);
  return (
    node['if_not_exists'] === true &&
    beside.some(({ indexes }) => indexes.some(({ name }) => name === node['idxname']))
  );
}
