import type { Facts } from '../facts.js';
import type { ReplayedStatement } from '../replay.js';

/**
 * Statements of a migration that make again what an earlier migration has made: after it they
 * fail wherever they run, so what is left of the migration can only be run without them.
 */
export function redundantIn({ schema }: Facts, id: string): readonly ReplayedStatement[] {
  if (schema.state !== 'read') return [];
  const migration = schema.replay.migrations.find((one) => one.id === id);
  return migration?.statements.filter(({ error }) => error?.redundant === true) ?? [];
}

/** "statement 1 (ALTER TABLE: column "a" of relation "t" already exists)". */
export function redundantWords(statements: readonly ReplayedStatement[]): string {
  return statements
    .map(({ number, label, error }) => `statement ${number} (${label}: ${error?.message ?? ''})`)
    .join(', ');
}
