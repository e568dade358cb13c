import type { NamesSpec, Parts } from '../set-of-names/index.js';
import type { CodePatterns } from './patterns.js';
import { readSource } from './read-source.js';

/** What a set-of-names tool says of migrations that are code and may be nothing but SQL in it. */
export function sqlInCode(
  patterns: CodePatterns,
): Required<Pick<NamesSpec, 'isSql' | 'whyCode' | 'parts'>> {
  return {
    isSql: (_, text) => readSource(patterns, text ?? '').type === 'sql',
    whyCode(text) {
      const source = readSource(patterns, text);
      return source.type === 'program' ? source.why : null;
    },
    parts(text): Parts {
      const source = readSource(patterns, text);
      return source.type === 'sql' ? source : { up: [], down: null, bare: false };
    },
  };
}
