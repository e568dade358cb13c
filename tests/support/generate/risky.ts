import { defaultFor, someType, typeSql, value } from './columns.js';
import { makers } from './folder.js';
import {
  type Column,
  fresh,
  ident,
  literal,
  named,
  quoted,
  type Table,
  type World,
} from './model.js';

/** Statements that go through or fail, as the rows and the schema will have it; null: nothing to try it on. */
export type RiskyMaker = (world: World) => string[] | null;

function alter(world: World, table: Table, what: string): string {
  return `ALTER TABLE ${named(world, table)} ${what}`;
}

function tableOf(world: World): Table | null {
  const filled = world.tables.filter(({ filled }) => filled);
  return world.dice.maybe(filled.length > 0 && world.dice.chance(85) ? filled : world.tables);
}

function columnOf(
  world: World,
  fits: (column: Column) => boolean = () => true,
): { table: Table; column: Column; name: string } | null {
  const table = tableOf(world);
  const column = world.dice.maybe(
    table?.columns.filter((column) => column.generated === null && fits(column)) ?? [],
  );
  return table === null || column === null
    ? null
    : { table, column, name: ident(world, column.name) };
}

const setNotNull: RiskyMaker = (world) => {
  const found = columnOf(world, ({ notNull }) => !notNull);
  if (found === null) return null;
  const { table, column, name } = found;
  const set = alter(world, table, `ALTER COLUMN ${name} SET NOT NULL`);
  // Filled before, wholly or in part.
  const fill = `UPDATE ${named(world, table)} SET ${name} = ${value(world, column.type)} WHERE ${name} IS NULL`;
  return world.dice.chance(45) ? [fill, set] : [set];
};

const addNotNull: RiskyMaker = (world) => {
  const table = tableOf(world);
  if (table === null) return null;
  const { dice } = world;
  const type = someType(world);
  const name = ident(world, fresh(world, 'required'));
  const of = typeSql(world, type);
  const add = alter(world, table, `ADD COLUMN ${name} ${of}`);
  const backfill = `UPDATE ${named(world, table)} SET ${name} = ${value(world, type)}`;
  const set = alter(world, table, `ALTER COLUMN ${name} SET NOT NULL`);
  const usual = type.family === 'composite' ? '' : ` DEFAULT ${defaultFor(world, type)}`;
  return dice.pick([
    [`${add} NOT NULL`],
    [`${add} NOT NULL`],
    [`${add}${usual} NOT NULL`],
    [add, backfill, set],
    [add, set],
  ]);
};

const comparable = ['int', 'text', 'varchar', 'numeric', 'uuid', 'time', 'bool', 'enum'];

const makeUnique: RiskyMaker = (world) => {
  const found = columnOf(world, ({ type }) => comparable.includes(type.family));
  if (found === null) return null;
  const { table, name } = found;
  const key = quoted(fresh(world, 'risky'));
  const on = named(world, table);
  const rest = world.dice.pick([
    [alter(world, table, `ADD CONSTRAINT ${key} UNIQUE (${name})`)],
    [`CREATE UNIQUE INDEX ${key} ON ${on} (${name})`],
    [`CREATE UNIQUE INDEX ${key} ON ${on} (${name}) WHERE ${name} IS NOT NULL`],
    [`CREATE UNIQUE INDEX ${key} ON ${on} ((${name} IS NULL))`],
    [alter(world, table, `ADD CONSTRAINT ${key} PRIMARY KEY (${name})`)],
  ]);
  const dedupe = `DELETE FROM ${on} a USING ${on} b WHERE a.${name} = b.${name} AND a.ctid > b.ctid`;
  return world.dice.chance(25) ? [dedupe, ...rest] : rest;
};

const addForeign: RiskyMaker = (world) => {
  const { dice } = world;
  const found = columnOf(world, ({ type }) => ['int', 'uuid', 'text'].includes(type.family));
  const targets = world.tables.flatMap((table) =>
    table.constraints
      .filter(({ type, columns }) => ['primary', 'unique'].includes(type) && columns.length === 1)
      .map(({ columns: [key] }) => ({ table, key: key as Column })),
  );
  const fitting = targets.filter(({ key }) => key.type.family === found?.column.type.family);
  const target = dice.maybe(fitting.length > 0 && dice.chance(85) ? fitting : targets);
  if (found === null || target === null) return null;
  const { table, column, name } = found;
  const key = quoted(fresh(world, 'risky'));
  const to = named(world, target.table);
  const toKey = ident(world, target.key.name);
  const add = alter(
    world,
    table,
    `ADD CONSTRAINT ${key} FOREIGN KEY (${name}) REFERENCES ${to} (${toKey})`,
  );
  const clear = `UPDATE ${named(world, table)} SET ${name} = NULL`;
  const validate = alter(world, table, `VALIDATE CONSTRAINT ${key}`);
  return dice.pick([
    [add],
    [add],
    column.notNull ? [add] : [clear, add],
    [
      `DELETE FROM ${named(world, table)} t WHERE NOT EXISTS (SELECT FROM ${to} WHERE ${toKey}::text = t.${name}::text)`,
      add,
    ],
    [`${add} NOT VALID`, validate],
    [`${add} NOT VALID`],
    // Pending trigger events stand in the way of ALTER TABLE in the same run.
    [
      `${add} DEFERRABLE INITIALLY DEFERRED`,
      `UPDATE ${named(world, table)} SET ${name} = ${name}`,
      alter(world, table, `ADD COLUMN ${quoted(fresh(world, 'late'))} text`),
    ],
  ]);
};

const addCheck: RiskyMaker = (world) => {
  const found = columnOf(world, ({ type }) =>
    ['int', 'numeric', 'text', 'varchar', 'bool'].includes(type.family),
  );
  if (found === null) return null;
  const { table, column, name } = found;
  const key = quoted(fresh(world, 'risky'));
  const rule = world.dice.pick([
    column.type.family === 'bool' ? name : `length(${name}::text) < ${1 + world.dice.below(12)}`,
    `${name} IS NOT NULL`,
    `${name} = ${value(world, column.type)}`,
  ]);
  const add = alter(world, table, `ADD CONSTRAINT ${key} CHECK (${rule})`);
  return world.dice.pick([
    [add],
    [`${add} NOT VALID`],
    [`${add} NOT VALID`, alter(world, table, `VALIDATE CONSTRAINT ${key}`)],
  ]);
};

const cast: RiskyMaker = (world) => {
  const found = columnOf(world);
  if (found === null) return null;
  const { table, name } = found;
  const to = world.dice.pick([
    'integer',
    'smallint',
    'varchar(3)',
    'text',
    'boolean',
    'uuid',
    'date',
    'jsonb',
    'bigint',
    'numeric(3, 2)',
  ]);
  const using = world.dice.pick(['', ` USING ${name}::${to}`, ` USING ${name}::text::${to}`]);
  const change = alter(world, table, `ALTER COLUMN ${name} SET DATA TYPE ${to}${using}`);
  return world.dice.chance(30)
    ? [alter(world, table, `ALTER COLUMN ${name} DROP DEFAULT`), change]
    : [change];
};

const newValue: RiskyMaker = (world) => {
  const { dice } = world;
  const type = dice.maybe(world.types.filter(({ type }) => type === 'enum'));
  if (type === null) return null;
  const name = named(world, type);
  const made = literal(`fresh ${++world.counter}`);
  const add = `ALTER TYPE ${name} ADD VALUE ${dice.chance(30) ? 'IF NOT EXISTS ' : ''}${made}`;
  const user = world.tables
    .flatMap((table) => table.columns.map((column) => ({ table, column })))
    .find(({ column }) => column.type.user === type);
  const use =
    user === undefined
      ? `CREATE TABLE ${quoted(fresh(world, 'uses'))} (state ${name} DEFAULT ${made})`
      : dice.pick([
          `UPDATE ${named(world, user.table)} SET ${ident(world, user.column.name)} = ${made}`,
          alter(
            world,
            user.table,
            `ALTER COLUMN ${ident(world, user.column.name)} SET DEFAULT ${made}`,
          ),
          alter(
            world,
            user.table,
            `ADD CONSTRAINT ${quoted(fresh(world, 'risky'))} CHECK (${ident(world, user.column.name)} <> ${made})`,
          ),
        ]);
  return dice.chance(75) ? [add, use] : [add];
};

const exists: RiskyMaker = (world) => {
  const { dice } = world;
  const found = columnOf(world);
  if (found === null) return null;
  const { table, name } = found;
  const index = table.indexes[0]?.name ?? null;
  const type = dice.maybe(world.types);
  return dice.pick([
    [`CREATE TABLE ${named(world, table)} (id integer)`],
    [`CREATE TABLE IF NOT EXISTS ${named(world, table)} (id integer)`],
    [alter(world, table, `ADD COLUMN ${name} text`)],
    [alter(world, table, `ADD COLUMN IF NOT EXISTS ${name} text`)],
    ...(index === null
      ? []
      : [[`CREATE INDEX ${quoted(index)} ON ${named(world, table)} (${name})`]]),
    ...(type === null ? [] : [[`CREATE TYPE ${named(world, type)} AS ENUM ('a')`]]),
    [`CREATE SCHEMA public`],
  ]);
};

const absent: RiskyMaker = (world) => {
  const { dice } = world;
  const found = columnOf(world);
  if (found === null) return null;
  const { table, name } = found;
  const never = quoted(`never ${++world.counter}`);
  return [
    dice.pick([
      `DROP TABLE ${never}`,
      alter(world, table, `DROP COLUMN ${never}`),
      alter(world, table, `ALTER COLUMN ${never} SET NOT NULL`),
      alter(world, table, `ADD CONSTRAINT ${never} FOREIGN KEY (${name}) REFERENCES ${never} (id)`),
      alter(world, table, `ADD COLUMN ${never} ${never}`),
      `ALTER TYPE ${never} ADD VALUE 'x'`,
      `CREATE INDEX ON ${named(world, table)} (${never})`,
      `CREATE VIEW ${never} AS SELECT ${never} FROM ${named(world, table)}`,
      `CREATE TRIGGER ${never} BEFORE UPDATE ON ${named(world, table)} FOR EACH ROW EXECUTE FUNCTION ${never}()`,
      `DROP POLICY ${never} ON ${named(world, table)}`,
      `GRANT SELECT ON ${named(world, table)} TO ${never}`,
      `UPDATE ${never} SET a = 1`,
      `CREATE EXTENSION ${never}`,
    ]),
  ];
};

const wrong: RiskyMaker = (world) => [
  world.dice.pick([
    'CREATE TABEL broken (id integer)',
    'ALTER TABLE ADD COLUMN x text',
    'CREATE TABLE broken (id integer,)',
    "UPDATE broken SET a = 'open",
    'DO $$ BEGIN SELECT; END $$',
  ]),
];

const outside: RiskyMaker = (world) => {
  const table = tableOf(world);
  if (table === null) return null;
  const on = named(world, table);
  const column = ident(world, table.columns[0]?.name ?? 'id');
  return [
    world.dice.pick([
      `CREATE INDEX CONCURRENTLY ${quoted(fresh(world, 'late'))} ON ${on} (${column})`,
      `VACUUM ${on}`,
      `CREATE DATABASE pgmedic_never`,
      `REINDEX TABLE CONCURRENTLY ${on}`,
    ]),
  ];
};

/** What only the rows decide, and no catalog tells. */
const raise: RiskyMaker = (world) => {
  const found = columnOf(world);
  if (found === null) return null;
  const { table, name } = found;
  const on = named(world, table);
  return [
    world.dice.pick([
      `DO $$ BEGIN IF EXISTS (SELECT FROM ${on}) THEN RAISE EXCEPTION 'rows are there'; END IF; END $$`,
      `DO $$ BEGIN IF (SELECT count(*) FROM ${on} WHERE ${name} IS NULL) > 1 THEN RAISE EXCEPTION 'no' USING ERRCODE = 'PG001'; END IF; END $$`,
      `SELECT 1 / (SELECT count(*) FROM ${on})`,
      `SELECT (SELECT ${name} FROM ${on})`,
      `DELETE FROM ${on}`,
      `TRUNCATE ${on}`,
      `INSERT INTO ${on} SELECT * FROM ${on}`,
      `INSERT INTO ${on} DEFAULT VALUES`,
      `DROP TABLE ${on}`,
      alter(world, table, `DROP COLUMN ${name}`),
    ]),
  ];
};

const exclusion: RiskyMaker = (world) => {
  const found = columnOf(world, ({ type }) => type.family === 'range');
  if (found === null) return null;
  return [
    alter(
      world,
      found.table,
      `ADD CONSTRAINT ${quoted(fresh(world, 'risky'))} EXCLUDE USING gist (${found.name} WITH &&)`,
    ),
  ];
};

/** One that the model holds for valid, though a risky one before it may have made it otherwise. */
const ordinary: RiskyMaker = (world) =>
  makers[world.dice.pick(Object.keys(makers))]?.(world) ?? null;

export const riskyMakers: Readonly<Record<string, RiskyMaker>> = {
  setNotNull,
  addNotNull,
  makeUnique,
  addForeign,
  addCheck,
  cast,
  newValue,
  exists,
  absent,
  wrong,
  outside,
  raise,
  exclusion,
  ordinary,
};
