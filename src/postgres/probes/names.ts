import type { ProbeSchema, ProbeTable } from './schema.js';

/** The name PostgreSQL gives a constraint or an index without one (ChooseRelationName, ChooseConstraintName). */
export function defaultName(
  schema: ProbeSchema,
  table: ProbeTable,
  columns: readonly string[],
  label: 'pkey' | 'key' | 'idx' | 'excl' | 'fkey' | 'check',
): string {
  const taken = new Set(
    schema.tables
      .filter((one) => one.schema === table.schema)
      .flatMap((one) => [one.table, ...one.indexes.map(nameOf), ...one.constraints.map(nameOf)]),
  );
  const parts = label === 'pkey' ? [] : columns;
  for (let number = 0; ; number++) {
    const name = joined(table.table, parts.join('_'), number === 0 ? label : `${label}${number}`);
    if (!taken.has(name)) return name;
  }
}

const nameOf = ({ name }: { readonly name: string }): string => name;

/** As makeObjectName: 63 bytes, the longer of the two parts is shortened. */
function joined(table: string, columns: string, label: string): string {
  let [first, second] = [table, columns];
  const rest = 63 - Buffer.byteLength(label) - 1 - (columns === '' ? 0 : 1);
  while (Buffer.byteLength(first) + Buffer.byteLength(second) > rest) {
    if (Buffer.byteLength(first) > Buffer.byteLength(second)) first = shortened(first);
    else second = shortened(second);
  }
  return [first, second, label].filter((part) => part !== '').join('_');
}

/** Without its last character (code point). */
const shortened = (text: string): string => text.replace(/.$/su, '');
