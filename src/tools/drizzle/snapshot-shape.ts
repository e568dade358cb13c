/** A shape of JSON: a scalar, a list, a map from any key, or named fields; `key?` may be absent. */
export type Shape =
  | 'string'
  | 'boolean'
  | 'number'
  | 'any'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly oneOf: readonly string[] }
  | Fields;

interface Fields {
  readonly [key: string]: Shape;
}

const strings = { list: 'string' } as const;
const named = { name: 'string' } as const;
const sequence = {
  ...named,
  schema: 'string',
  'increment?': 'string',
  'minValue?': 'string',
  'maxValue?': 'string',
  'startWith?': 'string',
  'cache?': 'string',
  'cycle?': 'boolean',
} as const;
const column = {
  ...named,
  type: 'string',
  'typeSchema?': 'string',
  primaryKey: 'boolean',
  notNull: 'boolean',
  'uniqueName?': 'string',
  'nullsNotDistinct?': 'boolean',
  'generated?': { type: { oneOf: ['stored'] }, as: 'string' },
  'identity?': { ...sequence, type: { oneOf: ['always', 'byDefault'] } },
} as const;
const index = {
  ...named,
  columns: {
    list: {
      expression: 'string',
      isExpression: 'boolean',
      asc: 'boolean',
      'nulls?': 'string',
      'opclass?': 'string',
    },
  },
  isUnique: 'boolean',
  'with?': { map: 'any' },
  'method?': 'string',
  'where?': 'string',
  'concurrently?': 'boolean',
} as const;
const foreignKey = {
  ...named,
  tableFrom: 'string',
  columnsFrom: strings,
  tableTo: 'string',
  'schemaTo?': 'string',
  columnsTo: strings,
  'onUpdate?': 'string',
  'onDelete?': 'string',
} as const;
const policy = {
  ...named,
  'as?': { oneOf: ['PERMISSIVE', 'RESTRICTIVE'] },
  'for?': { oneOf: ['ALL', 'SELECT', 'INSERT', 'UPDATE', 'DELETE'] },
  'to?': strings,
  'using?': 'string',
  'withCheck?': 'string',
  'on?': 'string',
  'schema?': 'string',
} as const;
/** A member of `tables`. */
export const tableShape = {
  ...named,
  schema: 'string',
  columns: { map: column },
  indexes: { map: index },
  foreignKeys: { map: foreignKey },
  compositePrimaryKeys: { map: { ...named, columns: strings } },
  'uniqueConstraints?': { map: { ...named, columns: strings, nullsNotDistinct: 'boolean' } },
  'policies?': { map: policy },
  'checkConstraints?': { map: { ...named, value: 'string' } },
  'isRLSEnabled?': 'boolean',
} as const satisfies Shape;

/** Version 7 for PostgreSQL, after `pgSchema` of drizzle-kit 0.31.11. Keys it does not know are let pass: a later kit may write more. */
export const snapshotShape: Shape = {
  id: 'string',
  prevId: 'string',
  dialect: { oneOf: ['postgresql'] },
  tables: { map: tableShape },
  enums: { map: { ...named, schema: 'string', values: strings } },
  schemas: { map: 'string' },
  'views?': {
    map: {
      ...named,
      schema: 'string',
      columns: { map: column },
      'definition?': 'string',
      materialized: 'boolean',
      isExisting: 'boolean',
      'withNoData?': 'boolean',
      'using?': 'string',
      'tablespace?': 'string',
    },
  },
  'sequences?': { map: sequence },
  'roles?': {
    map: { ...named, 'createDb?': 'boolean', 'createRole?': 'boolean', 'inherit?': 'boolean' },
  },
  'policies?': { map: policy },
  _meta: { schemas: { map: 'string' }, tables: { map: 'string' }, columns: { map: 'string' } },
};

/** The first place where a value departs from a shape, as "$.tables.x.name: expected a string, found a number"; null when it fits. */
export function mismatch(value: unknown, shape: Shape): string | null {
  // Folders of hundreds of large snapshots are read before anything is shown: no path is put together that nobody will read.
  return fits(value, shape) ? null : departure(value, shape, '$');
}

function fits(value: unknown, shape: Shape): boolean {
  if (typeof shape === 'string') return shape === 'any' || typeof value === shape;
  if (isOneOf(shape)) return shape.oneOf.includes(value as string);
  if (isList(shape)) {
    return Array.isArray(value) && value.every((item) => fits(item, shape.list));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const object = value as Readonly<Record<string, unknown>>;
  if (isMap(shape)) {
    for (const key in object) if (!fits(object[key], shape.map)) return false;
    return true;
  }
  return fieldsOf(shape as Fields).every(({ key, optional, inner }) => {
    const item = object[key];
    return (optional && item === undefined) || fits(item, inner);
  });
}

interface Field {
  readonly key: string;
  readonly optional: boolean;
  readonly inner: Shape;
}

const known = new WeakMap<Fields, readonly Field[]>();

function fieldsOf(shape: Fields): readonly Field[] {
  let fields = known.get(shape);
  if (fields === undefined) {
    fields = Object.entries(shape).map(([field, inner]) => {
      const key = field.replace(/\?$/, '');
      return { key, optional: key !== field, inner };
    });
    known.set(shape, fields);
  }
  return fields;
}

function departure(value: unknown, shape: Shape, path: string): string | null {
  if (shape === 'any') return null;
  const expected = (what: string): string => `${path}: expected ${what}, found ${kindOf(value)}`;
  if (typeof shape === 'string') return typeof value === shape ? null : expected(`a ${shape}`);
  if (isOneOf(shape)) {
    const words = shape.oneOf.map((word) => JSON.stringify(word)).join(' or ');
    return shape.oneOf.includes(value as string) ? null : expected(words);
  }
  if (isList(shape)) {
    if (!Array.isArray(value)) return expected('a list');
    return first(value.map((item, at) => departure(item, shape.list, `${path}[${at}]`)));
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return expected('an object');
  }
  const object = value as Readonly<Record<string, unknown>>;
  if (isMap(shape)) {
    return first(
      Object.entries(object).map(([key, item]) => departure(item, shape.map, step(path, key))),
    );
  }
  return first(
    fieldsOf(shape as Fields).map(({ key, optional, inner }) =>
      optional && object[key] === undefined ? null : departure(object[key], inner, step(path, key)),
    ),
  );
}

const isOneOf = (shape: object): shape is { oneOf: readonly string[] } => 'oneOf' in shape;
const isList = (shape: object): shape is { list: Shape } => 'list' in shape;
const isMap = (shape: object): shape is { map: Shape } => 'map' in shape;

function first(results: readonly (string | null)[]): string | null {
  return results.find((result) => result !== null) ?? null;
}

function step(path: string, key: string): string {
  return /^[A-Za-z_]\w*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  return typeof value === 'string' ? JSON.stringify(value) : `a ${typeof value}`;
}
