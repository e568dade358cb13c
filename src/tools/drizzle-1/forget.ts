import type { Folder } from '../../core/facts.js';
import type { Forgetting } from '../../core/tool.js';

/**
 * The project without these migrations. Only the newest ones: each snapshot holds the whole
 * schema, so what came later would still say that they were there.
 */
export function forget(folder: Folder, ids: readonly string[]): Forgetting {
  const { migrations } = folder;
  const first = migrations.findIndex(({ id }) => ids.includes(id));
  const later = migrations.slice(Math.max(first, 0)).filter(({ id }) => !ids.includes(id));
  if (later.some(({ snapshot }) => snapshot !== null)) {
    const names = later.map(({ id }) => id).join(', ');
    return {
      ok: false,
      why: `${names} came later, and the snapshot of each holds what these made`,
    };
  }
  const gone = migrations.filter(({ id }) => ids.includes(id));
  return {
    ok: true,
    journal: null,
    // Its own file last: while that is there, what is left of a migration can be named and taken out.
    files: gone.flatMap(({ file, down, snapshot }) =>
      [snapshot, down?.path, file?.path].filter((path) => typeof path === 'string'),
    ),
    folder: {
      ...folder,
      migrations: migrations.filter(({ id }) => !ids.includes(id)),
      snapshots: folder.snapshots.filter(
        ({ path }) => !gone.some(({ snapshot }) => snapshot === path),
      ),
    },
  };
}
