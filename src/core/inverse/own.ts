import type { Effects } from '../sql.js';
import { identsOf } from './names.js';
import { replaced } from './live-names.js';
import { nameBack } from './rename.js';
import type { Applied } from './states.js';

/**
 * For each applied statement, whether a table or column, as it is called after the statement, was made
 * by one that is taken back as well: then it goes, and what was written into it goes with it.
 */
export function ownSets(
  applied: readonly Applied[],
  effects: readonly Effects[],
): readonly ((key: string) => boolean)[] {
  let own = new Set<string>();
  return applied.map(({ deltas }, index) => {
    const effect = effects[index];
    const moved =
      effect?.renames == null ? null : (nameBack(effect.renames, deltas)?.moved ?? null);
    if (moved !== null) {
      own = new Set([...own].map((key) => renamed(key, moved.from, moved.to)));
    } else if (effect?.renames == null && deltas.length > 0) {
      own = new Set(own);
      for (const { key, now, prior } of deltas) {
        const kind = (now ?? prior)?.kind;
        if (kind !== 'table' && kind !== 'column') continue;
        if (now === null) own.delete(key);
        else if (prior === null) own.add(key);
      }
    }
    const here = own;
    return (key) => here.has(key);
  });
}

function renamed(key: string, from: readonly string[], to: readonly string[]): string {
  const kind = key.slice(0, key.indexOf(' '));
  return `${kind} ${replaced(identsOf(key.slice(kind.length + 1)), from, to).join('.')}`;
}
