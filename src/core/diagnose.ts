import type { BoardRow, Diagnosis } from './diagnosis.js';
import type { Facts, Folder, Migration } from './facts.js';
import { findFindings } from './findings/index.js';
import type { Matching, NextRun, RowMatch, ToolRules } from './tool.js';

/** Facts to judgement: the board, the findings and the tool's next run. Pure. */
export function diagnose(facts: Facts, tool: ToolRules): Diagnosis {
  const { folder, history } = facts;
  const matching: Matching =
    history === null ? { recorded: new Map(), unknown: [] } : tool.match(folder, history);
  const nextRun = tool.nextRun(folder, history);
  const board = folder.migrations.map((migration) => boardRow(migration, facts, matching, nextRun));
  const findings = findFindings({ facts, matching, nextRun });
  return { facts, matching, board, findings, nextRun, evidence: null };
}

function boardRow(
  migration: Migration,
  facts: Facts,
  matching: Matching,
  nextRun: NextRun,
): BoardRow {
  const { folder } = facts;
  const rows = matching.recorded.get(migration.id) ?? [];
  return {
    id: migration.id,
    file: fileState(migration, rows),
    journal: journalState(migration, folder),
    snapshot: snapshotState(migration, folder),
    history: rows.length === 0 ? 'absent' : rows.length === 1 ? 'recorded' : 'duplicate',
    schema: 'unknown',
    lacks: [],
    stoppedAt: null,
    note: note(migration, facts, rows, nextRun),
  };
}

function fileState({ file }: Migration, rows: readonly RowMatch[]): BoardRow['file'] {
  if (file === null) return 'missing';
  return rows[0]?.by === 'stamp' ? 'edited' : 'present';
}

function journalState({ entries }: Migration, { journal }: Folder): BoardRow['journal'] {
  if (entries.length > 0) return 'listed';
  return journal?.state === 'read' ? 'unlisted' : 'none';
}

function snapshotState({ snapshot, id }: Migration, folder: Folder): BoardRow['snapshot'] {
  const found = folder.snapshots.find(({ path }) => path === snapshot);
  if (found !== undefined) return found.state === 'read' ? 'present' : 'malformed';
  // A project without any snapshot, or one in prefix mode "none", does not go by them.
  return folder.snapshots.length === 0 || id.startsWith('_') ? 'none' : 'missing';
}

function note(
  migration: Migration,
  { folder, history }: Facts,
  rows: readonly RowMatch[],
  nextRun: NextRun,
): string {
  const { id, file, entries } = migration;
  const words: string[] = [];
  const listed = entries.length > 0;
  if (rows.length > 0)
    words.push(rows.length === 1 ? 'applied' : `applied, recorded ${times(rows.length)}`);
  if (rows[0]?.by === 'stamp' && file !== null) words.push('edited since');
  if (file === null) words.push(listed ? 'listed, file gone' : 'file gone');
  if (!listed) {
    words.push(
      folder.journal?.state === 'read'
        ? 'the migrator cannot see it'
        : 'the journal cannot be read',
    );
  }
  if (entries.length > 1) words.push(`listed ${times(entries.length)}`);
  if (nextRun.runs.includes(id)) {
    const when = history === null ? 'would run on a fresh database' : 'runs next';
    words.push(rows.length > 0 ? 'would run again' : `pending: ${when}`);
  }
  if (nextRun.skips.includes(id)) words.push('would be skipped');
  if (words.length === 0)
    words.push(nextRun.fails === null ? 'pending' : 'pending: the migrator refuses');
  return words.join('; ');
}

function times(number: number): string {
  return number === 2 ? 'twice' : `${number} times`;
}
