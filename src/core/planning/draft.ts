import type { Facts, Folder, History, HistoryRow } from '../facts.js';
import type { NewRow, NextRun, ToolRules } from '../tool.js';

/** The world as it will be after the steps drafted so far; every step rests on this, not on today. */
export interface Draft {
  readonly folder: Folder;
  readonly history: History;
}

/** @throws when the facts were read offline. */
export function draftOf(facts: Facts): Draft {
  if (facts.history === null) throw new Error('facts were read offline');
  return { folder: facts.folder, history: facts.history };
}

export function withFolder(draft: Draft, folder: Folder): Draft {
  return { ...draft, folder };
}

/** A step before has made the history table. */
export function withTable({ folder, history }: Draft): Draft {
  const { locked = null, table } = history;
  const left = locked?.code === 'history-table-missing' ? null : locked;
  return { folder, history: { ...history, table: table ?? history.expected, locked: left } };
}

/** The row as it will be: in tools that have no id beside the name, `id` is not looked at. */
export function withId(id: string, row: NewRow): HistoryRow {
  return row.name === undefined ? { id, hash: row.hash, stamp: row.stamp } : { id, ...row };
}

/** The row's id is given by the server; until then it has a name that no row can have. */
export function withRow(draft: Draft, row: NewRow): Draft {
  const { folder, history } = withTable(draft);
  const added = withId(`new ${history.rows.length + 1}`, row);
  // The only row of its table: it comes in place of the one before.
  if (row.follows !== undefined) return { folder, history: { ...history, rows: [added] } };
  return { folder, history: { ...history, rows: [...history.rows, added] } };
}

export function withoutRow(draft: Draft, row: HistoryRow): Draft {
  const rows = draft.history.rows.filter((other) => other.id !== row.id);
  if (row.follows != null) {
    const { follows: name, columns } = row;
    rows.push({ id: name, name, columns });
  }
  return { ...draft, history: { ...draft.history, rows } };
}

/** The row of a run that failed is out of the way. */
export function withCleared(draft: Draft, row: HistoryRow): Draft {
  if (row.name === undefined || row.follows !== undefined) return withoutRow(draft, row);
  const cleared: HistoryRow = { ...row, state: 'rolled back' };
  const rows = draft.history.rows.map((other) => (other.id === row.id ? cleared : other));
  return { ...draft, history: { ...draft.history, rows } };
}

export function nextRunOf(tool: ToolRules, draft: Draft): NextRun {
  return tool.nextRun(draft.folder, draft.history);
}
