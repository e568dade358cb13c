import { defaultFor, value } from './columns.js';
import { guarded } from './make-keys.js';
import type { Maker } from './make-tables.js';
import {
  fresh,
  ident,
  literal,
  named,
  pinned,
  quoted,
  remove,
  someSchema,
  type UserType,
  usesType,
  type World,
} from './model.js';

function qualified(world: World, object: Parameters<typeof named>[1]): string {
  return world.style === 'kit'
    ? `${quoted(object.schema.name)}.${quoted(object.name)}`
    : named(world, object);
}

function newType(world: World, type: UserType['type'], values: string[]): UserType {
  const made: UserType = {
    schema: someSchema(world),
    name: fresh(world, type),
    type,
    values,
    added: [],
    constraints: [],
  };
  world.types.push(made);
  return made;
}

const createEnum: Maker = (world) => {
  const values = world.dice.some(['new', 'open', 'Closed', "won't do", 'größer'], 4);
  const made = newType(world, 'enum', values);
  const sql = `CREATE TYPE ${qualified(world, made)} AS ENUM(${values.map(literal).join(', ')})`;
  return [world.dice.chance(30) ? guarded(sql) : sql];
};

const addValue: Maker = (world) => {
  const { dice } = world;
  const type = dice.maybe(world.types.filter(({ type }) => type === 'enum'));
  if (type === null) return null;
  const made = `extra ${++world.counter}`;
  const place = dice.pick(['', 'BEFORE', 'AFTER']);
  const beside = literal(dice.pick([...type.values, ...type.added]));
  type.added.push(made);
  return [
    `ALTER TYPE ${qualified(world, type)} ADD VALUE ${dice.chance(20) ? 'IF NOT EXISTS ' : ''}${literal(made)}${place === '' ? '' : ` ${place} ${beside}`}`,
  ];
};

const renameValue: Maker = (world) => {
  const type = world.dice.maybe(world.types.filter(({ type }) => type === 'enum'));
  if (type === null) return null;
  const before = world.dice.pick(type.values);
  const after = `value ${++world.counter}`;
  type.values = type.values.map((other) => (other === before ? after : other));
  return [
    `ALTER TYPE ${qualified(world, type)} RENAME VALUE ${literal(before)} TO ${literal(after)}`,
  ];
};

/** As drizzle-kit takes a value out of an enum: columns to text, the type anew, columns back. */
const rebuildEnum: Maker = (world) => {
  const type = world.dice.maybe(
    world.types.filter((made) => {
      const used = world.tables.flatMap((table) =>
        table.columns.filter(({ type }) => type.user === made).map((column) => ({ table, column })),
      );
      return (
        made.type === 'enum' &&
        used.length === 1 &&
        used.every(
          ({ table, column }) =>
            !pinned(world, table, column) &&
            !column.hasDefault &&
            [...table.constraints, ...table.indexes].every(
              ({ columns }) => !columns.includes(column),
            ),
        )
      );
    }),
  );
  if (type === null) return null;
  const name = qualified(world, type);
  const values = [...type.values, `value ${++world.counter}`];
  const alter = world.tables.flatMap((table) =>
    table.columns
      .filter((column) => column.type.user === type)
      .map(({ name }) => ({ table: named(world, table), column: ident(world, name) })),
  );
  type.values = values;
  type.added = [];
  return [
    ...alter.map(
      ({ table, column }) => `ALTER TABLE ${table} ALTER COLUMN ${column} SET DATA TYPE text`,
    ),
    `DROP TYPE ${name}`,
    `CREATE TYPE ${name} AS ENUM(${values.map(literal).join(', ')})`,
    ...alter.map(
      ({ table, column }) =>
        `ALTER TABLE ${table} ALTER COLUMN ${column} SET DATA TYPE ${name} USING ${column}::${name}`,
    ),
  ];
};

const word: Readonly<Record<UserType['type'], string>> = {
  enum: 'TYPE',
  domain: 'DOMAIN',
  composite: 'TYPE',
};

const renameType: Maker = (world) => {
  const type = world.dice.maybe(world.types);
  if (type === null) return null;
  const before = qualified(world, type);
  type.name = fresh(world, 'renamed');
  return [`ALTER ${word[type.type]} ${before} RENAME TO ${ident(world, type.name)}`];
};

const moveType: Maker = (world) => {
  const type = world.dice.maybe(world.types);
  const schema = world.dice.maybe(world.schemas.filter((schema) => schema !== type?.schema));
  if (type === null || schema === null) return null;
  const before = qualified(world, type);
  type.schema = schema;
  return [`ALTER ${word[type.type]} ${before} SET SCHEMA ${ident(world, schema.name)}`];
};

const dropType: Maker = (world) => {
  const type = world.dice.maybe(world.types.filter((type) => !usesType(world, type)));
  if (type === null) return null;
  remove(world.types, (other) => other === type);
  return [
    `DROP ${word[type.type]} ${world.dice.chance(30) ? 'IF EXISTS ' : ''}${qualified(world, type)}`,
  ];
};

const createDomain: Maker = (world) => {
  const { dice } = world;
  const base = dice.pick(['text', 'integer']);
  const made = newType(world, 'domain', [base]);
  const rule = base === 'text' ? "VALUE <> ''" : 'VALUE > -5';
  const name = fresh(world, 'rule');
  const checked = dice.chance(70);
  if (checked) made.constraints.push(name);
  return [
    `CREATE DOMAIN ${qualified(world, made)} AS ${base}${dice.chance(30) ? ` DEFAULT ${base === 'text' ? "'none'" : '7'}` : ''}${checked ? ` CONSTRAINT ${quoted(name)} CHECK (${rule})` : ''}`,
  ];
};

const changeDomain: Maker = (world) => {
  const { dice } = world;
  const domain = dice.maybe(world.types.filter(({ type }) => type === 'domain'));
  if (domain === null) return null;
  const [base] = domain.values;
  const change = (what: string): string[] => [`ALTER DOMAIN ${qualified(world, domain)} ${what}`];
  const rule = domain.constraints[0];
  if (rule !== undefined && dice.chance(30)) {
    domain.constraints.splice(0, 1);
    return change(`DROP CONSTRAINT ${quoted(rule)}`);
  }
  if (dice.chance(40)) return change(`SET DEFAULT ${base === 'text' ? "'other'" : '8'}`);
  if (dice.chance(20)) return change('DROP DEFAULT');
  if (dice.chance(20) && !usesType(world, domain)) return change('SET NOT NULL');
  const name = fresh(world, 'rule');
  domain.constraints.push(name);
  return change(
    `ADD CONSTRAINT ${quoted(name)} CHECK (${base === 'text' ? 'length(VALUE) < 999' : 'VALUE < 999999'})`,
  );
};

const createComposite: Maker = (world) => {
  const made = newType(world, 'composite', ['number', 'part']);
  return [`CREATE TYPE ${qualified(world, made)} AS ("number" integer, "part" text)`];
};

/** Only of a type that no column has: PostgreSQL refuses the others. A third field would not fit the values, so it goes again. */
const changeComposite: Maker = (world) => {
  const { dice } = world;
  const type = dice.maybe(
    world.types.filter((type) => type.type === 'composite' && !usesType(world, type)),
  );
  if (type === null) return null;
  const [number = '', part = ''] = type.values;
  const change = (what: string): string => `ALTER TYPE ${qualified(world, type)} ${what}`;
  if (dice.chance(40)) {
    type.values = [number, `part ${++world.counter}`];
    return [change(`RENAME ATTRIBUTE ${quoted(part)} TO ${quoted(type.values[1] ?? '')}`)];
  }
  const name = quoted(fresh(world, 'field'));
  if (dice.chance(50)) return [change(`ALTER ATTRIBUTE ${quoted(part)} SET DATA TYPE varchar(90)`)];
  return [change(`ADD ATTRIBUTE ${name} date`), change(`DROP ATTRIBUTE ${name}`)];
};

const createSequence: Maker = (world) => {
  const { dice } = world;
  const sequence = { schema: someSchema(world), name: fresh(world, 'seq'), owner: null };
  world.sequences.push(sequence);
  return [
    `CREATE SEQUENCE ${qualified(world, sequence)}${dice.pick([' INCREMENT BY 2 MINVALUE 1 MAXVALUE 9999 START WITH 10 CACHE 1', '', ' AS integer', ' CYCLE'])}`,
  ];
};

const changeSequence: Maker = (world) => {
  const { dice } = world;
  const sequence = dice.maybe(world.sequences);
  if (sequence === null) return null;
  const before = qualified(world, sequence);
  const read = world.tables.some(({ columns }) => columns.some(({ reads }) => reads === sequence));
  if (!read && dice.chance(25)) {
    remove(world.sequences, (other) => other === sequence);
    return [`DROP SEQUENCE ${before}`];
  }
  if (dice.chance(30)) {
    sequence.name = fresh(world, 'renamed');
    return [`ALTER SEQUENCE ${before} RENAME TO ${ident(world, sequence.name)}`];
  }
  const table = dice.maybe(world.tables.filter(({ schema }) => schema === sequence.schema));
  const column = dice.maybe(table?.columns ?? []);
  if (table !== null && column !== null && !read && dice.chance(60)) {
    sequence.owner = column;
    return [
      `ALTER SEQUENCE ${before} OWNED BY ${named(world, table)}.${ident(world, column.name)}`,
    ];
  }
  return [
    `ALTER SEQUENCE ${before} ${dice.pick(['INCREMENT BY 3', 'MAXVALUE 8888', 'CACHE 5', 'NO CYCLE', 'RESTART'])}`,
  ];
};

/** A column whose default reads a free sequence: as serial was before it had a name. */
const readSequence: Maker = (world) => {
  const { dice } = world;
  const sequence = dice.maybe(world.sequences.filter(({ owner }) => owner === null));
  const table = dice.maybe(world.tables);
  const column = dice.maybe(
    table?.columns.filter(
      (column) =>
        ['integer', 'bigint'].includes(column.type.sql) &&
        column.identity === null &&
        column.generated === null &&
        !column.serial &&
        column.reads === null,
    ) ?? [],
  );
  if (sequence === null || table === null || column === null) return null;
  column.reads = sequence;
  column.hasDefault = true;
  return [
    `ALTER TABLE ${named(world, table)} ALTER COLUMN ${ident(world, column.name)} SET DEFAULT nextval(${literal(qualifiedText(sequence))})`,
  ];
};

function qualifiedText({ schema, name }: { schema: { name: string }; name: string }): string {
  return `${quoted(schema.name)}.${quoted(name)}`;
}

const columnOfType: Maker = (world) => {
  const { dice } = world;
  const type = dice.maybe(world.types);
  const table = dice.maybe(world.tables);
  if (type === null || table === null || type.constraints.length > 5) return null;
  const made = { family: type.type, sql: '', user: type } as const;
  const hasDefault = type.type !== 'composite' && dice.chance(40);
  const column = {
    name: fresh(world, 'typed'),
    type: made,
    notNull: false,
    hasDefault,
    identity: null,
    generated: null,
    serial: false,
    reads: null,
  };
  const of = qualified(world, type);
  const rest = hasDefault
    ? ` DEFAULT ${dice.chance(50) ? value(world, made) : defaultFor(world, made)}`
    : '';
  // A domain may have become NOT NULL while no column had it.
  if (type.type === 'domain' && table.filled && !hasDefault) return null;
  table.columns.push(column);
  return [
    `ALTER TABLE ${named(world, table)} ADD COLUMN ${ident(world, column.name)} ${of}${rest}`,
  ];
};

export const typeMakers: Readonly<Record<string, Maker>> = {
  createEnum,
  addValue,
  renameValue,
  rebuildEnum,
  renameType,
  moveType,
  dropType,
  createDomain,
  changeDomain,
  createComposite,
  changeComposite,
  createSequence,
  changeSequence,
  readSequence,
  columnOfType,
};
