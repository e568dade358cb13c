import type { Folder } from '../../core/facts.js';
import type { Forgetting } from '../../core/tool.js';
import { journalPath } from './journal.js';
import { renderJournal } from './journal-text.js';
import { withJournal } from './read-folder.js';
import { salvage } from './salvage.js';

/**
 * The project without these migrations: no entry, no file, no snapshot. Only the newest ones: each
 * snapshot holds the whole schema, so what came later would still say that they were there.
 */
export function forget(folder: Folder, ids: readonly string[]): Forgetting {
  const { journal } = folder;
  if (journal === null || journal.state !== 'read') {
    return { ok: false, why: 'the journal cannot be read: reconcile it first' };
  }
  const salvaged = salvage(folder, null);
  const kept = salvaged.entries.filter(({ tag }) => !ids.includes(tag));
  const firstGone = salvaged.entries.findIndex(({ tag }) => ids.includes(tag));
  const later = salvaged.entries
    .slice(Math.max(firstGone, 0))
    .filter(({ tag }) => !ids.includes(tag));
  if (firstGone >= 0 && later.length > 0) {
    const names = later.map(({ tag }) => tag).join(', ');
    return {
      ok: false,
      why: `${names} came later, and the snapshot of each holds what these made`,
    };
  }
  const gone = folder.migrations.filter(({ id }) => ids.includes(id));
  const stays = new Set(
    folder.migrations.filter(({ id }) => !ids.includes(id)).map(({ snapshot }) => snapshot),
  );
  const after = renderJournal(
    salvaged,
    kept.map((source) => ({
      tag: source.tag,
      source,
      row: null,
      when: source.when ?? 0,
      idx: source.idx,
      moved: false,
    })),
  );
  const next = withJournal(folder, firstGone < 0 ? journal.text : after);
  return {
    ok: true,
    journal: firstGone < 0 ? null : { path: journalPath, before: journal.sha256, after },
    // Its own file last: while that is there, what is left of a migration can be named and taken out.
    files: gone.flatMap(({ file, down, snapshot }) => [
      ...(snapshot === null || stays.has(snapshot) ? [] : [snapshot]),
      ...(down == null ? [] : [down.path]),
      ...(file === null ? [] : [file.path]),
    ]),
    folder: {
      ...next,
      migrations: next.migrations.filter(({ id }) => !ids.includes(id)),
      snapshots: next.snapshots.filter(
        ({ path }) => stays.has(path) || !gone.some(({ snapshot }) => snapshot === path),
      ),
    },
  };
}
