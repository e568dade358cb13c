import type { Facts, NamedRow } from '../../src/core/facts.js';
import type { Tool } from '../../src/tools/contract.js';
import { project } from './drizzle-facts.js';
import { contentsOf } from './drizzle-project.js';

/** The usual project with another tool, these files of it and these rows. */
export function namedProject(
  tool: Tool,
  files: Readonly<Record<string, string>>,
  rows: readonly NamedRow[],
): Facts {
  const facts = project();
  if (facts.history === null) throw new Error('facts without a history');
  const table = tool.defaultHistoryTable;
  return {
    ...facts,
    tool: tool.name,
    folder: tool.readFolder(contentsOf('migrations', files), []),
    history: { ...facts.history, expected: table, table, rows, sequence: null },
  };
}
