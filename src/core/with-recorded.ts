import type { Folder, History, Migration } from './facts.js';
import { nameOfRow } from './tool.js';

/**
 * The folder with the migrations that only the history still knows: recorded, and the file gone.
 * Tools that record no names cannot say which those were; rows of another folder stay with it.
 */
export function withRecorded(folder: Folder, history: History | null): Folder {
  const known = new Set([
    ...folder.migrations.map(({ name }) => name),
    ...folder.siblings.flatMap(({ marks }) => marks),
  ]);
  const ids = new Set(folder.migrations.map(({ id }) => id));
  const migrations = [...folder.migrations];
  for (const row of history?.rows ?? []) {
    const name = nameOfRow(row);
    if (name === null || known.has(name) || row.state === 'rolled back') continue;
    known.add(name);
    const gone: Migration = {
      id: ids.has(name) ? `${name} (recorded)` : name,
      name,
      file: null,
      entries: [],
      snapshot: null,
    };
    const after = migrations.findLastIndex((one) => isBefore(one.name ?? '', name));
    migrations.splice(after + 1, 0, gone);
  }
  return migrations.length === folder.migrations.length ? folder : { ...folder, migrations };
}

/** Numbers by their value: 9 before 10. */
function isBefore(a: string, b: string): boolean {
  const numbers = [a, b].every((name) => /^\d{1,15}$/.test(name));
  return numbers ? Number(a) < Number(b) : a < b;
}
