/** How many generated cases a property runs: few by default, the number with `npm run test:deep`. */
export function cases(few: number, deep: number): { numRuns: number; seed: number } {
  return process.env['PGMEDIC_DEEP']
    ? { numRuns: deep, seed: 20_261_121 }
    : { numRuns: few, seed: 1 };
}
