import type { MigrationEvidence } from './evidence.js';

/** Of a migration that was not replayed: nothing is known of it, and `why` says so in a sentence. */
export function unknownMigration(id: string, why: string): MigrationEvidence {
  return {
    id,
    schema: 'unknown',
    lacks: [],
    stoppedAt: null,
    stoppedAtStatement: null,
    statements: [],
    why,
    ambiguous: [],
  };
}
