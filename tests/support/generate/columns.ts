import {
  type Column,
  type Family,
  fresh,
  ident,
  literal,
  named,
  quoted,
  type Table,
  type UserType,
  type World,
} from './model.js';

type Type = Column['type'];

const plain: readonly (readonly [Family, string])[] = [
  ['int', 'integer'],
  ['int', 'bigint'],
  ['int', 'smallint'],
  ['text', 'text'],
  ['varchar', 'varchar(60)'],
  ['varchar', 'varchar'],
  ['numeric', 'numeric(12, 2)'],
  ['numeric', 'double precision'],
  ['numeric', 'real'],
  ['bool', 'boolean'],
  ['time', 'timestamp'],
  ['time', 'timestamp with time zone'],
  ['time', 'timestamp (3)'],
  ['time', 'date'],
  ['uuid', 'uuid'],
  ['json', 'jsonb'],
  ['json', 'json'],
  ['array', 'text[]'],
  ['array', 'integer[]'],
  ['range', 'int4range'],
];

export function typeOf(family: Family, sql: string, user: UserType | null = null): Type {
  return { family, sql, user };
}

export function someType(world: World, families?: readonly Family[]): Type {
  const { dice } = world;
  const own = world.types.filter(({ type }) => families === undefined || families.includes(type));
  const extended = (['citext', 'hstore'] as const).filter(
    (name) => world.extensions.has(name) && (families === undefined || families.includes(name)),
  );
  if (own.length > 0 && dice.chance(35)) {
    const user = dice.pick(own);
    return typeOf(user.type, '', user);
  }
  if (extended.length > 0 && dice.chance(30)) {
    const name = dice.pick(extended);
    return typeOf(name, name);
  }
  const [family, sql] = dice.pick(
    plain.filter(([family]) => families === undefined || families.includes(family)),
  );
  return typeOf(family, sql);
}

export function typeSql(world: World, { sql, user }: Type): string {
  if (user === null) return sql;
  return world.style === 'kit'
    ? `${quoted(user.schema.name)}.${quoted(user.name)}`
    : named(world, user);
}

/** A value that fits the type and every check the makers write, and differs from those before it where the type allows. */
export function value(world: World, { family, sql, user }: Type): string {
  const number = ++world.counter;
  switch (family) {
    case 'int':
      return String(number);
    case 'numeric':
      return `${number}.5`;
    case 'bool':
      return number % 2 === 0 ? 'true' : 'false';
    case 'time':
      return sql === 'date'
        ? `'2024-01-${10 + (number % 18)}'`
        : `'2024-01-01 00:00:${10 + (number % 49)}'`;
    case 'uuid':
      return `'00000000-0000-4000-8000-${String(number).padStart(12, '0')}'`;
    case 'json':
      return `'{"n": ${number}}'`;
    case 'array':
      return sql === 'text[]' ? `'{a,b${number}}'` : `'{1,${number}}'`;
    case 'range':
      return `'[${number * 10},${number * 10 + 5})'`;
    case 'enum':
      return literal(world.dice.pick(user?.values ?? []));
    case 'domain':
      return user?.values[0] === 'integer' ? String(number) : `'value ${number}'`;
    case 'composite':
      return `ROW(${number}, 'part ${number}')`;
    case 'hstore':
      return `'n => ${number}'`;
    default:
      return `'value ${number}'`;
  }
}

export function defaultFor(world: World, type: Type): string {
  const { dice } = world;
  if (type.family === 'uuid') return 'gen_random_uuid()';
  if (type.family === 'time' && dice.chance(60)) return dice.pick(['now()', 'CURRENT_TIMESTAMP']);
  if (type.family === 'array') return `'{}'`;
  if (type.family === 'json') return `'{}'::${type.sql}`;
  return value(world, type);
}

export interface Wish {
  /** With rows in the table: no NOT NULL without a default. */
  readonly filled: boolean;
  readonly table: Table | null;
}

/** A new column and the text that makes it, as in CREATE TABLE and ADD COLUMN. */
export function newColumn(world: World, wish: Wish): { column: Column; sql: string } {
  const { dice } = world;
  const name = fresh(world, dice.pick(['name', 'email', 'total', 'state', 'at', 'note', 'ref']));
  const type = someType(world);
  const column: Column = {
    name,
    type,
    notNull: false,
    hasDefault: false,
    identity: null,
    generated: null,
    serial: false,
    reads: null,
  };
  const parts = [ident(world, name), typeSql(world, type)];
  const base = wish.table?.columns.find(
    ({ type, generated }) => type.family === 'int' && generated === null,
  );
  if (type.sql === 'bigint' && base !== undefined && dice.chance(50)) {
    column.generated = [base];
    return {
      column,
      sql: `${parts.join(' ')} GENERATED ALWAYS AS (${ident(world, base.name)}::bigint + 1) STORED`,
    };
  }
  if (type.family === 'int' && dice.chance(15)) {
    column.identity = dice.pick(['ALWAYS', 'BY DEFAULT']);
    column.notNull = true;
    return { column, sql: `${parts.join(' ')} GENERATED ${column.identity} AS IDENTITY` };
  }
  // A domain may be NOT NULL by itself.
  column.hasDefault =
    type.family !== 'composite' && (dice.chance(40) || (wish.filled && type.family === 'domain'));
  if (column.hasDefault) parts.push(`DEFAULT ${defaultFor(world, type)}`);
  column.notNull = (column.hasDefault || !wish.filled) && dice.chance(45);
  if (column.notNull) parts.push('NOT NULL');
  return { column, sql: parts.join(' ') };
}

/** The first column of a table: what drizzle-kit's projects have as their key. */
export function keyColumn(world: World): { column: Column; sql: string } {
  const { dice } = world;
  const column: Column = {
    name: 'id',
    type: typeOf('int', 'integer'),
    notNull: true,
    hasDefault: false,
    identity: null,
    generated: null,
    serial: false,
    reads: null,
  };
  const name = ident(world, 'id');
  switch (dice.below(4)) {
    case 0:
      column.serial = true;
      column.hasDefault = true;
      return { column, sql: `${name} serial` };
    case 1:
      column.identity = 'ALWAYS';
      return { column, sql: `${name} integer GENERATED ALWAYS AS IDENTITY` };
    case 2:
      column.type = typeOf('uuid', 'uuid');
      column.hasDefault = true;
      return { column, sql: `${name} uuid DEFAULT gen_random_uuid()` };
    default:
      return { column, sql: `${name} integer` };
  }
}

/** An INSERT of one row that the table takes; null when that cannot be said beforehand. */
export function insertRow(world: World, table: Table, nulls: boolean): string | null {
  if (table.deferred) return null;
  const columns: string[] = [];
  const values: string[] = [];
  for (const column of table.columns) {
    const keys = table.constraints.filter(({ columns }) => columns.includes(column));
    const foreign = keys.some(({ type }) => type === 'foreign');
    const optional =
      column.type.family !== 'domain' &&
      (!column.notNull || column.hasDefault || column.identity !== null);
    if (foreign && column.notNull) return null;
    if (column.generated !== null || column.identity === 'ALWAYS') continue;
    if (foreign) {
      columns.push(column.name);
      values.push('NULL');
      continue;
    }
    // A default would come twice under a unique key.
    const unique =
      keys.some(({ type }) => ['unique', 'primary', 'exclusion'].includes(type)) ||
      table.indexes.some(({ unique, columns }) => unique && columns.includes(column));
    if (unique && ['bool', 'enum', 'time'].includes(column.type.family)) {
      if (column.notNull) return null;
      columns.push(column.name);
      values.push('NULL');
      continue;
    }
    if (optional && !unique && nulls && world.dice.chance(40)) continue;
    columns.push(column.name);
    values.push(value(world, column.type));
  }
  const into = named(world, table);
  table.filled = true;
  return columns.length === 0
    ? `INSERT INTO ${into} DEFAULT VALUES`
    : `INSERT INTO ${into} (${columns.map((name) => ident(world, name)).join(', ')}) VALUES (${values.join(', ')})`;
}
