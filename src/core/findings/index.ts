import type { Finding, Severity } from '../finding.js';
import { evidenceRules } from './evidence.js';
import { fileRules } from './files.js';
import { historyRules } from './history.js';
import { historyTableRules } from './history-table.js';
import type { RuleInput } from './input.js';
import { nextRunRules } from './next-run.js';
import { schemaRules } from './schema.js';
import { snapshotRules } from './snapshots.js';
import { surroundingRules } from './surroundings.js';

const rules = [
  ...nextRunRules,
  ...evidenceRules,
  ...fileRules,
  ...snapshotRules,
  ...historyTableRules,
  ...historyRules,
  ...schemaRules,
  ...surroundingRules,
];
const weight: Record<Severity, number> = { error: 0, warning: 1, info: 2 };

/** What is wrong: the gravest first, then in the order of the board; what concerns no migration before what does. */
export function findFindings(input: RuleInput): Finding[] {
  const position = new Map(input.facts.folder.migrations.map(({ id }, index) => [id, index]));
  const first = ({ migrations }: Finding): number =>
    Math.min(
      ...migrations.map((id) => position.get(id) ?? Infinity),
      migrations.length === 0 ? -1 : Infinity,
    );
  return rules
    .flatMap((rule) => rule(input))
    .toSorted((a, b) => weight[a.severity] - weight[b.severity] || first(a) - first(b));
}
