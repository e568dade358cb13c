import type { CatalogObject } from '../catalog.js';
import type { Made } from './made.js';

/** Enums, domains (their checks are made by themselves), composite types and ranges. */
export function createType({ key, kind, parts }: CatalogObject, name: string): Made {
  const collation = parts['collation'] === undefined ? '' : ` COLLATE ${parts['collation']}`;
  if (kind === 'enum') return { sql: [`CREATE TYPE ${name} AS ENUM (${parts['values'] ?? ''})`] };
  if (kind === 'domain') {
    const rest = [
      ...(parts['default'] === undefined ? [] : [` DEFAULT ${parts['default']}`]),
      ...(parts['nullable'] === 'false' ? [' NOT NULL'] : []),
    ].join('');
    return { sql: [`CREATE DOMAIN ${name} AS ${parts['type'] ?? ''}${collation}${rest}`] };
  }
  if (parts['attributes'] !== undefined)
    return { sql: [`CREATE TYPE ${name} AS (${parts['attributes']})`] };
  if (parts['subtype'] === undefined)
    return { why: `${key} is a base type, which C functions make` };
  const options = [
    ['subtype', 'SUBTYPE'],
    ['subtype operator class', 'SUBTYPE_OPCLASS'],
    ['subtype collation', 'COLLATION'],
    ['canonical', 'CANONICAL'],
    ['subtype difference', 'SUBTYPE_DIFF'],
    ['multirange', 'MULTIRANGE_TYPE_NAME'],
  ].flatMap(([part = '', word = '']) => {
    const value = parts[part];
    // Functions are named there without arguments.
    return value === undefined
      ? []
      : [
          `${word} = ${/^(?:canonical|subtype difference)$/.test(part) ? value.replace(/\(.*\)$/s, '') : value}`,
        ];
  });
  return { sql: [`CREATE TYPE ${name} AS RANGE (${options.join(', ')})`] };
}
