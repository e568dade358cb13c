/** `npm run test:deep` */
export const isDeep = Boolean(process.env['PGMEDIC_DEEP']);

/** Those cases that are always run; all with `npm run test:deep`. */
export function inDepth<T>(always: readonly T[], all: readonly T[]): readonly T[] {
  return isDeep ? all : always;
}

/**
 * How many generated cases a property runs: few by default, the number with `npm run test:deep`.
 * PGMEDIC_SEED gives other cases than the usual ones.
 */
export function cases(
  few: number,
  deep: number,
): { numRuns: number; seed: number; endOnFailure: boolean } {
  const seed = Number(process.env['PGMEDIC_SEED'] ?? (isDeep ? 20_261_121 : 1));
  // A deep run's cases are dear: the first that fails is told as it is, and at once.
  return { numRuns: isDeep ? deep : few, seed, endOnFailure: isDeep };
}
