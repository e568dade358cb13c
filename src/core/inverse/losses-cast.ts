import type { CatalogObject } from '../catalog.js';
import { ownName } from './names.js';

const FAMILIES: readonly RegExp[] = [
  /^(?:smallint|integer|bigint|numeric|real|double precision|money)\b/,
  /^(?:text|character varying|character|name|"char")\b/,
  /^(?:timestamp|date)\b/,
  /^(?:time)\b/,
  /^jsonb?\b/,
];

/** How a value of the column goes back to the type before: by a cast of PostgreSQL's where there is one, else through its text. */
export function castBack(now: CatalogObject, prior: CatalogObject): string {
  const column = ownName(now);
  const [from = '', to = ''] = [now.parts['type'], prior.parts['type']];
  return `${isDirect(from, to) ? column : `${column}::pg_catalog.text`}::${to}`;
}

function isDirect(from: string, to: string): boolean {
  const text = FAMILIES[1];
  if (text?.test(from.replace(/(?:\[\])+$/, '')) || text?.test(to)) return true;
  const pair = [from, to].join('>');
  if (pair === 'boolean>integer' || pair === 'integer>boolean') return true;
  return FAMILIES.some(
    (family) => family.test(from) && family.test(to) && from.endsWith('[]') === to.endsWith('[]'),
  );
}

/** Types of one family, with casts both ways; any text may be tried as any type. */
export function isAlike(from: string, to: string): boolean {
  const text = FAMILIES[1];
  if (from.includes('.') || to.includes('.')) return false;
  return (
    (text?.test(from) ?? false) || FAMILIES.some((family) => family.test(from) && family.test(to))
  );
}
