import type { Replay } from '../replay.js';
import type { Refusal } from '../inverse/inverse.js';
import type { Dependent } from './dependents.js';
import type { RolledBack, Tried } from './roll-back.js';

/**
 * The migrations that came later, stay, and made or changed what would not be as it is any more: in
 * the order of the folder.
 */
export function uponOf(
  replay: Replay,
  migrations: readonly RolledBack[],
  { differences }: Pick<Tried, 'differences'>,
  refused: readonly Refusal[],
  dependents: readonly Dependent[],
): readonly string[] {
  const back = new Set(migrations.map(({ id }) => id));
  const keys = new Set(differences.map(({ key }) => key));
  const first = replay.migrations.findIndex(({ id }) => back.has(id));
  return replay.migrations.slice(first + 1).flatMap(({ id, statements }) => {
    if (back.has(id)) return [];
    const touches = statements.some(({ changes }) =>
      changes.some((change) => keys.has(change.type === 'set' ? change.object.key : change.key)),
    );
    if (dependents.some(({ by }) => by.includes(id))) return [id];
    return touches || refused.some(({ why }) => why.split(/[\s,;]+/).includes(id)) ? [id] : [];
  });
}
