import type { CatalogObject } from '../catalog.js';
import { identsOf, nameOf } from './names.js';
import type { Delta } from './states.js';

const HOLDS = [
  'table',
  'column',
  'enum',
  'domain',
  'type',
  'sequence',
  'schema',
  'view',
  'materialized view',
];

/**
 * Renamings within a block, which are not to be told from a drop and a creation: something is gone, and
 * another of its kind and definition is there. To take that for what it looks like would lose rows.
 */
export function hiddenRenames(deltas: readonly Delta[]): string[] {
  const gone = deltas.flatMap(({ now, prior }) => (now === null && prior !== null ? [prior] : []));
  const made = deltas.flatMap(({ now, prior }) => (prior === null && now !== null ? [now] : []));
  return gone
    .filter(({ kind }) => HOLDS.includes(kind))
    .flatMap((was) => {
      const is = made.find((other) => other.kind === was.kind && isAlike(other, was));
      return is === undefined
        ? []
        : [
            `${was.key} may have been renamed to ${is.key} within the block, or dropped and made: its text does not tell`,
          ];
    });
}

function isAlike(a: CatalogObject, b: CatalogObject): boolean {
  if (JSON.stringify(a.parts) !== JSON.stringify(b.parts)) return false;
  // A column's table, a table's own name or its own schema.
  const [one, other] = [identsOf(nameOf(a)), identsOf(nameOf(b))];
  return a.kind !== 'column' || one[1] === other[1] || one[2] === other[2];
}
