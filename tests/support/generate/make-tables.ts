import { insertRow, keyColumn, newColumn, typeOf, typeSql, defaultFor, value } from './columns.js';
import {
  type Column,
  forgetColumn,
  forgetTable,
  fresh,
  ident,
  named,
  pinned,
  quoted,
  referrers,
  remove,
  someSchema,
  type Table,
  type World,
} from './model.js';

/** Writes statements that are valid in the world as it is, and changes it; null: nothing to do it to. */
export type Maker = (world: World) => string[] | null;

function tableSql(world: World, table: Table, lines: readonly string[], exists = false): string {
  const name =
    world.style === 'kit' && table.schema.name === 'public'
      ? quoted(table.name)
      : named(world, table);
  return `CREATE TABLE ${exists ? 'IF NOT EXISTS ' : ''}${name} (\n\t${lines.join(',\n\t')}\n)`;
}

function emptyTable(world: World, name: string): Table {
  return {
    schema: someSchema(world),
    name,
    columns: [],
    constraints: [],
    indexes: [],
    triggers: [],
    policies: [],
    filled: false,
    security: false,
    forced: false,
    deferred: false,
  };
}

function fill(world: World, table: Table): string[] {
  const { dice } = world;
  const lines: string[] = [];
  if (dice.chance(85)) {
    const { column, sql } = keyColumn(world);
    table.columns.push(column);
    const name = `${table.name}_pk_${++world.counter}`;
    if (dice.chance(50)) lines.push(`${sql} CONSTRAINT ${quoted(name)} PRIMARY KEY NOT NULL`);
    else
      lines.push(
        `${sql} NOT NULL`,
        `CONSTRAINT ${quoted(name)} PRIMARY KEY (${ident(world, 'id')})`,
      );
    table.constraints.push({ name, type: 'primary', columns: [column], target: null, valid: true });
  }
  for (let left = 1 + dice.below(4); left > 0; left--) {
    const { column, sql } = newColumn(world, { filled: false, table });
    table.columns.push(column);
    lines.unshift(sql);
    if (
      ['int', 'text', 'varchar'].includes(column.type.family) &&
      column.generated === null &&
      dice.chance(20)
    ) {
      const name = fresh(world, `${table.name}_uq`);
      lines.push(`CONSTRAINT ${quoted(name)} UNIQUE(${ident(world, column.name)})`);
      table.constraints.push({
        name,
        type: 'unique',
        columns: [column],
        target: null,
        valid: true,
      });
    }
  }
  // The constraints of the table come behind its columns.
  return lines.toSorted(
    (a, b) => Number(a.startsWith('CONSTRAINT')) - Number(b.startsWith('CONSTRAINT')),
  );
}

export const createTable: Maker = (world) => {
  const { dice } = world;
  const table = emptyTable(world, fresh(world, dice.pick(['users', 'orders', 'items', 'posts'])));
  const lines = fill(world, table);
  world.tables.push(table);
  return [tableSql(world, table, lines, dice.chance(15))];
};

/** CREATE ... IF NOT EXISTS of what is there: it does nothing. */
const createAgain: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null) return null;
  const [column] = table.columns as [Column];
  return dice.pick([
    () => [tableSql(world, table, [`${ident(world, 'other')} text NOT NULL`], true)],
    () => [
      `ALTER TABLE ${named(world, table)} ADD COLUMN IF NOT EXISTS ${ident(world, column.name)} text`,
    ],
    () => [`CREATE SCHEMA IF NOT EXISTS ${ident(world, table.schema.name)}`],
    () => [`DROP TABLE IF EXISTS ${ident(world, `never_${++world.counter}`)}`],
  ])();
};

const dropTable: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null || world.tables.length < 2) return null;
  const others = referrers(world, table).some(({ table: from }) => from !== table);
  const cascade =
    others || world.views.some(({ sources }) => sources.includes(table)) || dice.chance(50);
  const name = named(world, table);
  forgetTable(world, table);
  return [`DROP TABLE ${dice.chance(30) ? 'IF EXISTS ' : ''}${name}${cascade ? ' CASCADE' : ''}`];
};

const recreateTable: Maker = (world) => {
  const { dice } = world;
  const old = dice.maybe(world.tables);
  if (old === null) return null;
  const drop = `DROP TABLE ${named(world, old)} CASCADE`;
  forgetTable(world, old);
  const table = { ...emptyTable(world, old.name), schema: old.schema };
  const lines = fill(world, table);
  world.tables.push(table);
  return [drop, tableSql(world, table, lines)];
};

const renameTable: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null) return null;
  const before = named(world, table);
  const old = table.name;
  table.name = fresh(world, 'renamed');
  const rename = `ALTER TABLE ${before} RENAME TO ${ident(world, table.name)}`;
  if (dice.chance(70)) return [rename];
  // Another one takes its name.
  const next = { ...emptyTable(world, old), schema: table.schema };
  const column = newColumn(world, { filled: false, table: next });
  next.columns.push(column.column);
  world.tables.push(next);
  return [rename, tableSql(world, next, [column.sql])];
};

const moveTable: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  const schema = dice.maybe(world.schemas.filter((schema) => schema !== table?.schema));
  if (table === null || schema === null) return null;
  const before = named(world, table);
  for (const sequence of world.sequences) {
    if (sequence.owner !== null && table.columns.includes(sequence.owner)) sequence.schema = schema;
  }
  table.schema = schema;
  return [`ALTER TABLE ${before} SET SCHEMA ${ident(world, schema.name)}`];
};

/** A column that may be dropped or become another. */
function freeColumn(
  world: World,
  fits: (column: Column, table: Table) => boolean,
): { table: Table; column: Column } | null {
  return world.dice.maybe(
    world.tables.flatMap((table) =>
      table.columns.filter((column) => fits(column, table)).map((column) => ({ table, column })),
    ),
  );
}

const addColumn: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null) return null;
  const adds: string[] = [];
  for (let left = dice.chance(80) ? 1 : 3; left > 0; left--) {
    const { column, sql } = newColumn(world, { filled: table.filled, table });
    adds.push(`ADD COLUMN ${dice.chance(15) ? 'IF NOT EXISTS ' : ''}${sql}`);
    // What the same ALTER TABLE makes, a generated column of it may not use.
    table.columns.push(column);
    if (left > 1 && column.type.family === 'int') break;
  }
  return [`ALTER TABLE ${named(world, table)} ${adds.join(', ')}`];
};

const dropColumn: Maker = (world) => {
  const found = freeColumn(
    world,
    (column, table) => table.columns.length > 1 && !pinned(world, table, column),
  );
  if (found === null) return null;
  forgetColumn(world, found.table, found.column);
  return [
    `ALTER TABLE ${named(world, found.table)} DROP COLUMN ${world.dice.chance(30) ? 'IF EXISTS ' : ''}${ident(world, found.column.name)}`,
  ];
};

const renameColumn: Maker = (world) => {
  const found = freeColumn(world, () => true);
  if (found === null) return null;
  const before = ident(world, found.column.name);
  found.column.name = fresh(world, 'renamed');
  return [
    `ALTER TABLE ${named(world, found.table)} RENAME COLUMN ${before} TO ${ident(world, found.column.name)}`,
  ];
};

const wider: Readonly<Record<string, readonly [Column['type']['family'], string]>> = {
  smallint: ['int', 'integer'],
  integer: ['int', 'bigint'],
  bigint: ['numeric', 'numeric(20, 2)'],
  'varchar(60)': ['text', 'text'],
  varchar: ['text', 'text'],
  text: ['varchar', 'varchar(200)'],
  real: ['numeric', 'double precision'],
  timestamp: ['time', 'timestamp with time zone'],
  'timestamp (3)': ['time', 'timestamp'],
  json: ['json', 'jsonb'],
};

const changeType: Maker = (world) => {
  const found = freeColumn(world, (column, table) => {
    const next = wider[column.type.sql];
    const keyed = table.constraints.some(({ columns }) => columns.includes(column));
    const inIndex = table.indexes.some(({ columns }) => columns.includes(column));
    return (
      next !== undefined &&
      column.generated === null &&
      !pinned(world, table, column) &&
      !((column.identity !== null || keyed || inIndex) && next[0] !== column.type.family) &&
      !(column.hasDefault && column.type.family === 'json')
    );
  });
  if (found === null) return null;
  const { table, column } = found;
  const [family, sql] = wider[column.type.sql] as readonly [Column['type']['family'], string];
  const using =
    column.type.family === 'json' || world.dice.chance(25)
      ? ` USING ${ident(world, column.name)}::${sql}`
      : '';
  column.type = typeOf(family, sql);
  return [
    `ALTER TABLE ${named(world, table)} ALTER COLUMN ${ident(world, column.name)} SET DATA TYPE ${sql}${using}`,
  ];
};

const toText: Maker = (world) => {
  const found = freeColumn(
    world,
    (column, table) =>
      ['int', 'uuid', 'numeric'].includes(column.type.family) &&
      column.generated === null &&
      column.identity === null &&
      !column.serial &&
      column.reads === null &&
      !column.hasDefault &&
      !pinned(world, table, column) &&
      !table.constraints.some(({ columns }) => columns.includes(column)) &&
      !table.indexes.some(({ columns }) => columns.includes(column)),
  );
  if (found === null) return null;
  const name = ident(world, found.column.name);
  found.column.type = typeOf('text', 'text');
  return [
    `ALTER TABLE ${named(world, found.table)} ALTER COLUMN ${name} TYPE text USING ${name}::text`,
  ];
};

function alterColumn(
  world: World,
  { table, column }: { table: Table; column: Column },
  what: string,
): string {
  return `ALTER TABLE ${named(world, table)} ALTER COLUMN ${ident(world, column.name)} ${what}`;
}

const nullability: Maker = (world) => {
  const found = freeColumn(
    world,
    (column, table) =>
      column.identity === null &&
      column.generated === null &&
      !table.constraints.some(
        ({ type, columns }) => type === 'primary' && columns.includes(column),
      ),
  );
  if (found === null) return null;
  const { table, column } = found;
  if (column.notNull) {
    column.notNull = false;
    return [alterColumn(world, found, 'DROP NOT NULL')];
  }
  const keys = [...table.constraints.filter(({ type }) => type !== 'check'), ...table.indexes];
  if (table.filled && keys.some(({ columns }) => columns.includes(column))) return null;
  if (column.type.family === 'enum' && table.filled && column.type.user?.values.length === 0)
    return null;
  column.notNull = true;
  const backfill = `UPDATE ${named(world, table)} SET ${ident(world, column.name)} = ${value(world, column.type)} WHERE ${ident(world, column.name)} IS NULL`;
  return [...(table.filled ? [backfill] : []), alterColumn(world, found, 'SET NOT NULL')];
};

const changeDefault: Maker = (world) => {
  const found = freeColumn(
    world,
    (column) =>
      column.identity === null &&
      column.generated === null &&
      column.reads === null &&
      !column.serial &&
      column.type.family !== 'composite',
  );
  if (found === null) return null;
  const drop = found.column.hasDefault && world.dice.chance(50);
  found.column.hasDefault = !drop;
  return [
    alterColumn(
      world,
      found,
      drop ? 'DROP DEFAULT' : `SET DEFAULT ${defaultFor(world, found.column.type)}`,
    ),
  ];
};

const changeIdentity: Maker = (world) => {
  const found = freeColumn(
    world,
    (column, table) =>
      column.type.family === 'int' &&
      column.notNull &&
      column.generated === null &&
      !column.hasDefault &&
      !(table.filled && column.identity === null),
  );
  if (found === null) return null;
  const { column } = found;
  if (column.identity === null) {
    column.identity = world.dice.pick(['ALWAYS', 'BY DEFAULT']);
    return [
      alterColumn(
        world,
        found,
        `ADD GENERATED ${column.identity} AS IDENTITY (START WITH 100 INCREMENT BY 5)`,
      ),
    ];
  }
  if (world.dice.chance(50)) {
    column.identity = null;
    return [alterColumn(world, found, 'DROP IDENTITY')];
  }
  column.identity = column.identity === 'ALWAYS' ? 'BY DEFAULT' : 'ALWAYS';
  return [alterColumn(world, found, `SET GENERATED ${column.identity}`)];
};

const addGenerated: Maker = (world) => {
  const found = freeColumn(
    world,
    ({ type, generated }) => type.family === 'int' && generated === null,
  );
  if (found === null) return null;
  const { table, column } = found;
  const made: Column = {
    name: fresh(world, 'computed'),
    type: typeOf('int', 'bigint'),
    notNull: false,
    hasDefault: false,
    identity: null,
    generated: [column],
    serial: false,
    reads: null,
  };
  table.columns.push(made);
  return [
    `ALTER TABLE ${named(world, table)} ADD COLUMN ${ident(world, made.name)} bigint GENERATED ALWAYS AS (${ident(world, column.name)} * 2) STORED`,
  ];
};

const dropExpression: Maker = (world) => {
  const found = freeColumn(world, (column) => column.generated !== null);
  if (found === null) return null;
  found.column.generated = null;
  return [alterColumn(world, found, 'DROP EXPRESSION')];
};

const createSchema: Maker = (world) => {
  const schema = { name: fresh(world, 'area') };
  world.schemas.push(schema);
  return [
    `CREATE SCHEMA ${world.dice.chance(30) ? 'IF NOT EXISTS ' : ''}${ident(world, schema.name)}`,
  ];
};

const changeSchema: Maker = (world) => {
  const schema = world.dice.maybe(world.schemas.slice(1));
  if (schema === null) return null;
  const before = ident(world, schema.name);
  const within = [world.tables, world.views, world.types, world.sequences, world.functions];
  if (within.flat().every((object) => object.schema !== schema) && world.dice.chance(60)) {
    remove(world.schemas, (other) => other === schema);
    return [`DROP SCHEMA ${before}`];
  }
  schema.name = fresh(world, 'renamed');
  return [`ALTER SCHEMA ${before} RENAME TO ${ident(world, schema.name)}`];
};

const insert: Maker = (world) => {
  const table = world.dice.maybe(world.tables);
  const sql = table === null ? null : insertRow(world, table, true);
  return sql === null ? null : [sql];
};

/** Columns whose values no key guards. */
const loose = (column: Column, table: Table): boolean =>
  column.generated === null &&
  column.identity === null &&
  ![...table.constraints, ...table.indexes].some(({ columns }) => columns.includes(column));

const update: Maker = (world) => {
  const found = freeColumn(world, (column, table) => !table.deferred && loose(column, table));
  if (found === null) return null;
  const name = ident(world, found.column.name);
  return [
    `UPDATE ${named(world, found.table)} SET ${name} = ${value(world, found.column.type)}${world.dice.chance(50) ? ` WHERE ${name} IS NULL` : ''}`,
  ];
};

const deleteRows: Maker = (world) => {
  const table = world.dice.maybe(
    world.tables.filter((table) => !table.deferred && referrers(world, table).length === 0),
  );
  if (table === null) return null;
  return [`DELETE FROM ${named(world, table)}`];
};

/** A column added empty, filled by an UPDATE, then made NOT NULL: the last rests on the one before. */
const backfill: Maker = (world) => {
  const table = world.dice.maybe(world.tables.filter(({ deferred }) => !deferred));
  if (table === null) return null;
  const { column } = newColumn(world, { filled: true, table: null });
  if (column.identity !== null || column.type.family === 'domain') return null;
  column.notNull = true;
  column.hasDefault = false;
  table.columns.push(column);
  const name = ident(world, column.name);
  const row = insertRow(world, { ...table, columns: table.columns.slice(0, -1) }, true);
  if (row !== null) table.filled = true;
  return [
    ...(row === null ? [] : [row]),
    `ALTER TABLE ${named(world, table)} ADD COLUMN ${name} ${typeSql(world, column.type)}`,
    `UPDATE ${named(world, table)} SET ${name} = ${value(world, column.type)}`,
    alterColumn(world, { table, column }, 'SET NOT NULL'),
  ];
};

export const tableMakers: Readonly<Record<string, Maker>> = {
  createTable,
  createAgain,
  dropTable,
  recreateTable,
  renameTable,
  moveTable,
  addColumn,
  dropColumn,
  renameColumn,
  changeType,
  toText,
  nullability,
  changeDefault,
  changeIdentity,
  addGenerated,
  dropExpression,
  createSchema,
  changeSchema,
  insert,
  update,
  deleteRows,
  backfill,
};
