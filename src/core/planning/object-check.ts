import type { CatalogObject } from '../catalog.js';
import type { Check, ExpectedObject } from '../plan.js';

/** One check that all of them are as expected; null: there is nothing to look at. */
export function asExpected(objects: readonly ExpectedObject[]): Check | null {
  if (objects.length === 0) return null;
  const names = (there: boolean): string[] =>
    objects.filter(({ is }) => (is !== 'missing') === there).map(({ key }) => key);
  const parts = [...listed('there', names(true)), ...listed('not there', names(false))];
  return { type: 'schema', title: `as the plan has it (${parts.join('; ')})`, objects };
}

function listed(word: string, keys: readonly string[]): readonly string[] {
  if (keys.length === 0) return [];
  const more = keys.length > 4 ? ` and ${keys.length - 3} more` : '';
  return [`${word}: ${keys.slice(0, more === '' ? 4 : 3).join(', ')}${more}`];
}

/** The live objects by key; what a plan saw. */
export type Seen = ReadonlyMap<string, CatalogObject>;

/** These keys, each exactly as the plan sees it. */
export function seenNow(keys: readonly string[], seen: Seen): readonly ExpectedObject[] {
  return [...new Set(keys)].sort().map((key) => {
    const live = seen.get(key);
    return live === undefined
      ? { key, is: 'missing' }
      : { key, is: 'unchanged', parts: live.parts };
  });
}

/**
 * What a change of the sandbox's makes on the live server too. Only parts that every server prints
 * alike, and where an extension stands in another schema.
 */
export function steadyParts({ key, parts }: Pick<CatalogObject, 'key' | 'parts'>): ExpectedObject {
  const steady = Object.entries(parts).filter(([name]) => STEADY.has(name));
  return { key, is: 'there', parts: Object.fromEntries(steady) };
}

const STEADY = new Set(['nullable', 'validated', 'values']);
