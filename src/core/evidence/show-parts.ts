import type { CatalogObject, ObjectKind } from '../catalog.js';

/** A definition in one short line, as an operator would write it: "varchar(50) NOT NULL DEFAULT 'x'". */
export function showParts(kind: ObjectKind, parts: CatalogObject['parts']): string {
  const { type, nullable, default: value, definition, ...others } = parts;
  const rest = Object.entries(others).map(([name, text]) => `${name} ${text}`);
  const words =
    kind === 'column'
      ? [
          type ?? '',
          nullable === 'no' ? 'NOT NULL' : '',
          value === undefined ? '' : `DEFAULT ${value}`,
          ...rest,
        ]
      : [definition ?? type ?? '', ...rest];
  return words
    .filter((word) => word !== '')
    .join(' ')
    .replaceAll(/\s+/g, ' ');
}
