import type { Drift, MigrationEvidence } from './evidence.js';

/** What is missing, by key: the migrations that made it. */
export function missingIn(
  drift: readonly Drift[],
): ReadonlyMap<string, readonly Drift['madeBy'][]> {
  const missing = new Map<string, Drift['madeBy'][]>();
  for (const { type, key, madeBy } of drift) {
    if (type === 'missing') missing.set(key, [...(missing.get(key) ?? []), madeBy]);
  }
  return missing;
}

/**
 * The recorded migration without what it lacks only because that went with something an earlier
 * migration made and that is missing now: a column added to a table that was dropped by hand.
 *
 * @param recorded another recorded migration, of which nothing may be left but what went
 * @param madeBy the id of the migration that made an object; null: none did
 */
export function withoutGone(
  one: MigrationEvidence,
  missing: ReturnType<typeof missingIn>,
  recorded: (id: string) => MigrationEvidence | undefined,
  madeBy: (key: string) => string | null,
): MigrationEvidence {
  const drifted = (key: string): boolean =>
    missing.get(key)?.some((maker) => maker !== one.id) === true;
  // Of one of which a part is there, what it changed was there once.
  const wasThere = (key: string): boolean => {
    const maker = one.schema === 'partial' ? madeBy(key) : null;
    const other = maker === null || maker === one.id ? undefined : recorded(maker);
    return other?.schema === 'absent' && other.lacks.includes(key);
  };
  const went = (key: string): boolean => drifted(key) || wasThere(key);
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
