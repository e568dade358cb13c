import type { Drift, MigrationEvidence } from './evidence.js';

/**
 * The recorded migration without what it lacks only because that went with something an earlier
 * migration made and that is missing now: a column added to a table that was dropped by hand.
 */
export function withoutGone(one: MigrationEvidence, drift: readonly Drift[]): MigrationEvidence {
  const others = new Set(
    drift
      .filter(({ type, madeBy }) => type === 'missing' && madeBy !== one.id)
      .map(({ key }) => key),
  );
  if (one.lacks.length === 0 || !one.lacks.every((key) => others.has(key))) return one;
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
