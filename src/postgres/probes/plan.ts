import { parseSync } from 'libpg-query';
import type { Node } from '../write-kinds.js';
import { alterProbes } from './alter.js';
import type { ProbeSchema } from './schema.js';
import { sourceOf, type Source } from './text.js';
import type { PlannedProbe } from './types.js';

/**
 * What to ask the live rows about one statement, in the order in which PostgreSQL would stumble;
 * empty where no rows decide. Pure.
 * @param schema as it stands in front of the statement: readProbeSchema on the live database or,
 *   once pending statements have changed it, on the copy they ran in.
 */
export function planProbes(statement: string, schema: ProbeSchema): readonly PlannedProbe[] {
  return trees(statement).flatMap(([type, node]) =>
    plan({ schema, source: sourceOf(statement) }, type, node),
  );
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

interface Given {
  readonly schema: ProbeSchema;
  readonly source: Source;
}

function plan(given: Given, type: string, node: Node): readonly PlannedProbe[] {
  switch (type) {
    case 'AlterTableStmt':
      return alterProbes(given, node);
    default:
      return [];
  }
}
