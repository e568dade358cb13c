import type { MigrationEvidence } from './evidence.js';

/**
 * Whether nothing of a migration that failed is there. Statements run one after another: where the
 * first that leaves something is not done, and none is, none was; also where a later one fails in the
 * sandbox as well, so that the schema alone leaves it unknown.
 */
export function isNotBegun({ schema, statements }: MigrationEvidence): boolean {
  if (schema === 'absent') return true;
  const seen = statements.filter(({ state }) => state !== 'unprovable');
  return (
    schema === 'unknown' &&
    seen[0]?.state === 'not done' &&
    seen.every(({ state }) => state === 'not done' || state === 'unknown')
  );
}
