import type { Node } from '../write-kinds.js';
import { nullProbe } from './nulls.js';
import { asTheyAre } from './rows.js';
import { tableNamed, type ProbeSchema } from './schema.js';
import type { Source } from './text.js';
import type { PlannedProbe } from './types.js';

export function alterProbes(
  { schema }: { schema: ProbeSchema; source: Source },
  node: Node,
): readonly PlannedProbe[] {
  const relation = node['relation'] as Node;
  const table = tableNamed(
    schema,
    (relation['schemaname'] as string | undefined) ?? null,
    String(relation['relname']),
  );
  if (table === null) return [];
  return ((node['cmds'] ?? []) as readonly Node[]).flatMap((item) => {
    const command = item['AlterTableCmd'] as Node;
    return command['subtype'] === 'AT_SetNotNull'
      ? [nullProbe(schema, asTheyAre(table), relation['inh'] !== true, String(command['name']))]
      : [];
  });
}
