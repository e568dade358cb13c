import { test } from 'vitest';
import { isDeep } from './cases.js';

/** A near twin of a test that always runs, or one whose parts have tests of their own: with `npm run test:deep`. */
export const deepTest: (name: string, run: () => Promise<void>) => void = isDeep ? test : () => {};
