import type { CatalogObject, SameDefinition } from '../catalog.js';
import { showParts } from './show.js';

/** Why the live object is not the one that the statements left; null where it is. */
export function driftOf(
  key: string,
  end: CatalogObject | undefined,
  live: CatalogObject | undefined,
  same: SameDefinition,
): string | null {
  if (end === undefined && live === undefined) return null;
  if (end === undefined)
    return `${key} is there (${showParts(live?.parts ?? {})}), and should be gone after what was applied`;
  if (live === undefined)
    return `${key} is not there, and should be (${showParts(end.parts)}) after what was applied`;
  const names = new Set([...Object.keys(end.parts), ...Object.keys(live.parts)]);
  const others = [...names].filter((part) => {
    const [a, b] = [end.parts[part], live.parts[part]];
    return a !== b && (a === undefined || b === undefined || !same(end.kind, part, a, b));
  });
  if (others.length === 0) return null;
  const pick = (parts: CatalogObject['parts']): string =>
    showParts(
      Object.fromEntries(
        others.flatMap((part) => (parts[part] === undefined ? [] : [[part, parts[part]]])),
      ),
    );
  return `${key} is ${pick(live.parts)}, and should be ${pick(end.parts)} after what was applied`;
}
