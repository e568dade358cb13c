import type { CatalogObject } from '../catalog.js';
import { listed, nameOf, ownName } from './names.js';
import { referencedBy } from './rebuild.js';
import type { Catalog } from './states.js';

/**
 * Whether something of a table goes and comes with the like of it on a table above: a column or check by its
 * name, a partition's key by its definition, a partition's index with any of the table above.
 */
export function comesWithParent(
  object: CatalogObject,
  catalog: Catalog,
  others: ReadonlyMap<string, CatalogObject>,
): boolean {
  if (!['column', 'constraint', 'index', 'trigger'].includes(object.kind)) return false;
  const table = catalog.get(object.parent ?? '');
  const isPartition = table?.parts['partition bound'] !== undefined;
  return listed(table?.parts['inherits'] ?? '').some((parent) => {
    if (object.kind !== 'index' && others.has(`${object.kind} ${parent}.${ownName(object)}`))
      return true;
    if (!isPartition) return false;
    return [...others.values()].some(
      (other) =>
        other.parent === `table ${parent}` &&
        other.kind === object.kind &&
        (other.kind === 'index' ||
          (other.kind === 'constraint' &&
            other.parts['definition'] === object.parts['definition'])),
    );
  });
}

/** A partition of a table to which foreign keys point has a share in them, which goes only this way. */
export function detach(table: CatalogObject, now: Catalog): string[] {
  if (table.kind !== 'table' || table.parts['partition bound'] === undefined) return [];
  return listed(table.parts['inherits'] ?? '')
    .filter((parent) => [...now.values()].some((object) => referencedBy(object)?.table === parent))
    .map((parent) => `ALTER TABLE ${parent} DETACH PARTITION ${nameOf(table)}`);
}
