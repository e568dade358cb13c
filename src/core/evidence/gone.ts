import type { Drift, MigrationEvidence } from './evidence.js';

/**
 * The recorded migration without what it lacks only because that went with something an earlier
 * migration made and that is missing now: a column added to a table that was dropped by hand.
 *
 * @param others other recorded migrations, of which nothing may be left but what went
 * @param madeBy the id of the migration that made an object; null: none did
 */
export function withoutGone(
  one: MigrationEvidence,
  drift: readonly Drift[],
  others: readonly MigrationEvidence[],
  madeBy: (key: string) => string | null,
): MigrationEvidence {
  const drifted = new Set(
    drift
      .filter(({ type, madeBy }) => type === 'missing' && madeBy !== one.id)
      .map(({ key }) => key),
  );
  // Of one of which a part is there, what it changed was there once.
  const wasThere = (key: string): boolean =>
    one.schema === 'partial' &&
    others.some(({ id, schema, lacks }) => {
      return schema === 'absent' && lacks.includes(key) && madeBy(key) === id;
    });
  const went = (key: string): boolean => drifted.has(key) || wasThere(key);
  if (one.lacks.length === 0 || !one.lacks.every(went)) return one;
  return {
    ...one,
    schema: one.schema === 'absent' ? 'unprovable' : 'present',
    lacks: [],
    stoppedAt: null,
    stoppedAtStatement: null,
    why: `What it makes went with ${one.lacks.join(', ')}, which is not in the database.`,
    ambiguous: [],
  };
}
