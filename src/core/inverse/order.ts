import type { CatalogObject, ObjectKind } from '../catalog.js';
import { identsOf, keyName, nameOf, saysOf, RELATIONS } from './names.js';
import type { Catalog } from './states.js';

/** In which order kinds are made; they are dropped the other way round. */
const RANK: Readonly<Record<ObjectKind, number>> = {
  extension: 0,
  schema: 1,
  collation: 2,
  'text search': 3,
  enum: 4,
  domain: 4,
  type: 4,
  sequence: 5,
  function: 6,
  procedure: 6,
  aggregate: 7,
  operator: 7,
  cast: 8,
  table: 10,
  'foreign table': 10,
  column: 11,
  constraint: 12,
  index: 13,
  statistics: 15,
  'materialized view': 16,
  view: 16,
  rule: 17,
  trigger: 18,
  policy: 19,
  publication: 20,
  'event trigger': 21,
  'default privilege': 22,
  comment: 23,
  grant: 23,
};

export function isForeignKey({ kind, parts }: CatalogObject): boolean {
  return kind === 'constraint' && (parts['definition'] ?? '').startsWith('FOREIGN KEY');
}

/** Of a domain, not of a table. */
export function isOfDomain({ kind, parent }: CatalogObject): boolean {
  return kind === 'constraint' && parent !== null && keyName(parent).noun === 'DOMAIN';
}

function rankOf(object: CatalogObject): number {
  if (isForeignKey(object)) return 14;
  if (isOfDomain(object)) return 4.5;
  return RANK[object.kind];
}

/** Types, functions and the like, on which tables stand. */
export function isLower(object: CatalogObject): boolean {
  return rankOf(object) < 10;
}

/** What the object is called where another one's definition names it. */
function called(object: CatalogObject): string | null {
  if (
    rankOf(object) > 16 ||
    ['column', 'constraint', 'index', 'cast', 'schema'].includes(object.kind)
  )
    return null;
  const name = nameOf(object);
  return object.kind === 'operator' ? null : identsOf(name).join('.');
}

/**
 * In the order in which they can be made: by kind, and what names another one after that. The
 * definition of a table is that of its columns as well.
 */
export function inOrder(objects: Iterable<CatalogObject>, all: Catalog): CatalogObject[] {
  const list = [...objects].sort((a, b) => rankOf(a) - rankOf(b) || (a.key < b.key ? -1 : 1));
  const columns = new Map<string, CatalogObject[]>();
  for (const object of all.values()) {
    if (object.kind !== 'column' || object.parent === null) continue;
    const own = columns.get(object.parent);
    if (own === undefined) columns.set(object.parent, [object]);
    else own.push(object);
  }
  const names = list.flatMap((object) => {
    const name = called(object);
    return name === null ? [] : [{ name, object }];
  });
  const placed = new Set<CatalogObject>();
  const sorted: CatalogObject[] = [];
  const place = (object: CatalogObject): void => {
    if (placed.has(object)) return;
    placed.add(object);
    const texts = RELATIONS.includes(object.kind)
      ? [object, ...(columns.get(object.key) ?? [])]
      : [object];
    for (const { name, object: other } of names) {
      if (other !== object && texts.some((text) => saysOf(withoutOwner(text), name))) place(other);
    }
    sorted.push(object);
  };
  for (const object of list) place(object);
  return sorted;
}

/** A sequence is there before the table whose column owns it. */
function withoutOwner(object: CatalogObject): CatalogObject {
  if (object.kind !== 'sequence') return object;
  const { 'owned by': _, ...parts } = object.parts;
  return { ...object, parts };
}
