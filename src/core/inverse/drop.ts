import type { CatalogObject } from '../catalog.js';
import { keyName, nameOf, ownName, relationOf } from './names.js';
import { isOfDomain } from './order.js';

/** The statement that drops an object and nothing else; null where there is none for its kind. */
export function dropSql(object: CatalogObject): string | null {
  const { noun, name } = keyName(object.key);
  switch (object.kind) {
    case 'column':
      return `ALTER TABLE ${relationOf(object)} DROP COLUMN ${ownName(object)}`;
    case 'constraint':
      return `ALTER ${isOfDomain(object) ? 'DOMAIN' : 'TABLE'} ${relationOf(object)} DROP CONSTRAINT ${ownName(object)}`;
    case 'trigger':
    case 'policy':
    case 'rule':
      return `DROP ${noun} ${ownName(object)} ON ${relationOf(object)}`;
    case 'aggregate':
      return `DROP AGGREGATE ${name.endsWith('()') ? `${name.slice(0, -2)}(*)` : name}`;
    case 'domain':
      return `DROP DOMAIN ${name}`;
    case 'default privilege':
    case 'comment':
    case 'grant':
      return null;
    default:
      return `DROP ${noun} ${nameOf(object)}`;
  }
}
