import type { Folder, History, Migration, NamedRow } from '../../core/facts.js';
import type { Matching, NewNamedRow, NextRun, RowMatch, RunFailure } from '../../core/tool.js';
import { refusedBy } from './next-run.js';
import type { NamesSpec, OneRowSpec } from './spec.js';

/** The one row as it was read: its other columns are told by its state. */
export function asOneRow({ isFailed }: OneRowSpec, row: NamedRow): NamedRow {
  const { id, name, columns } = row;
  return { id, name, columns: {}, ...(isFailed(columns) && { state: 'failed' }) };
}

/** The row stands for all versions up to its own, whether or not each of them ran. */
export function matchOneRow(folder: Folder, history: History): Matching {
  const recorded = new Map<string, RowMatch[]>();
  const failed = new Map<string, RowMatch[]>();
  const [row] = history.rows;
  for (const { id, name } of folder.migrations) {
    if (row?.name === undefined || name === undefined || isAbove(name, row.name)) continue;
    const match = { row: { ...row, follows: before(folder, row.name) } };
    if (name !== row.name) recorded.set(id, [{ ...match, by: 'below' }]);
    else (row.state === 'failed' ? failed : recorded).set(id, [{ ...match, by: 'name' }]);
  }
  const known = folder.migrations.some(({ name }) => name === row?.name);
  return { recorded, failed, unknown: row === undefined || known ? [] : [row] };
}

/** What comes behind the row's version, in order. */
export function nextOfOneRow(
  spec: NamesSpec,
  { words }: OneRowSpec,
  folder: Folder,
  history: History | null,
): NextRun {
  const stop = (migration: string | null, message: string): NextRun => {
    const fails: RunFailure = { migration, statement: null, sqlstate: null, message };
    return { runs: [], skips: [], fails };
  };
  const files = folder.migrations.filter(({ file }) => file !== null);
  const refused = refusedBy(spec, files, files, null);
  if (refused !== null) return { runs: [], skips: [], fails: refused };
  const row = history?.rows[0];
  const own = folder.migrations.find(({ name }) => name === row?.name);
  if (row?.name !== undefined) {
    if (row.state === 'failed') return stop(own?.id ?? null, words.failed(row.name));
    if (own?.file == null) return stop(own?.id ?? row.name, words.gone(row.name));
  }
  const pending = files.filter(
    ({ name }) => row?.name === undefined || isAbove(name ?? '', row.name),
  );
  return { runs: pending.map(({ id }) => id), skips: [], fails: null };
}

/** It comes in place of the row that is there. */
export function rowInPlace({ name, file }: Migration, history: History | null): NewNamedRow | null {
  if (name === undefined || file === null) return null;
  return { name, columns: {}, follows: history?.rows[0]?.name ?? null };
}

/** The version before this one, of which there is a file. */
function before({ migrations }: Folder, version: string): string | null {
  const names = migrations.flatMap(({ name, file }) =>
    file === null || name === undefined ? [] : [name],
  );
  return (
    names
      .filter((name) => isAbove(version, name))
      .toSorted(byVersion)
      .at(-1) ?? null
  );
}

function isAbove(version: string, other: string): boolean {
  return byVersion(version, other) > 0;
}

/** Versions have up to 20 digits. */
export function byVersion(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference > 0n ? 1 : difference < 0n ? -1 : 0;
}
