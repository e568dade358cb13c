import { callName, roles, routine } from './make-code.js';
import { createTable, type Maker } from './make-tables.js';
import { fresh, ident, literal, named, quoted, someSchema, type World } from './model.js';

const extension: Maker = (world) => {
  const { dice } = world;
  const name = dice.pick(['pg_trgm', 'citext', 'hstore', 'pgcrypto', 'uuid-ossp']);
  const used = ({ columns, indexes }: World['tables'][number]): boolean =>
    columns.some(({ type }) => type.sql === name) ||
    indexes.some((index) => index.extension === name);
  if (world.extensions.has(name) && dice.chance(60)) {
    if (world.tables.some(used)) return null;
    world.extensions.delete(name);
    return [`DROP EXTENSION ${dice.chance(50) ? 'IF EXISTS ' : ''}${quoted(name)}`];
  }
  const exists = world.extensions.has(name) || dice.chance(60);
  world.extensions.add(name);
  return [
    `CREATE EXTENSION ${exists ? 'IF NOT EXISTS ' : ''}${quoted(name)}${dice.chance(30) ? ' WITH SCHEMA public' : ''}`,
  ];
};

/** All that can be commented on, with the words that name it. */
function commentable(world: World): string[] {
  return [
    ...world.schemas.slice(1).map(({ name }) => `SCHEMA ${ident(world, name)}`),
    ...world.types.map(
      (type) => `${type.type === 'domain' ? 'DOMAIN' : 'TYPE'} ${named(world, type)}`,
    ),
    ...world.sequences.map((sequence) => `SEQUENCE ${named(world, sequence)}`),
    ...world.functions.map((fn) => `${routine(fn)} ${callName(world, fn)}`),
    ...world.views.map(
      (view) => `${view.materialized ? 'MATERIALIZED VIEW' : 'VIEW'} ${named(world, view)}`,
    ),
    ...world.tables.flatMap((table) => {
      const on = named(world, table);
      return [
        `TABLE ${on}`,
        ...table.columns.map(({ name }) => `COLUMN ${on}.${ident(world, name)}`),
        ...table.constraints.map(({ name }) => `CONSTRAINT ${quoted(name)} ON ${on}`),
        ...table.indexes.map(({ name }) => `INDEX ${named(world, { schema: table.schema, name })}`),
        ...table.triggers.map(({ name }) => `TRIGGER ${quoted(name)} ON ${on}`),
        ...table.policies.map(({ name }) => `POLICY ${quoted(name)} ON ${on}`),
      ];
    }),
  ];
}

const comment: Maker = (world) => {
  const { dice } = world;
  const on = dice.maybe(commentable(world));
  if (on === null) return null;
  const text = dice.chance(15) ? 'NULL' : literal(`it's number ${++world.counter}; more`);
  return [`COMMENT ON ${on} IS ${text}`];
};

/** All that can be granted on, with what can be granted. */
function grantable(world: World): { on: string; rights: readonly string[] }[] {
  return [
    ...world.schemas.slice(1).map(({ name }) => ({
      on: `SCHEMA ${ident(world, name)}`,
      rights: ['USAGE', 'CREATE'],
    })),
    ...world.sequences.map((sequence) => ({
      on: `SEQUENCE ${named(world, sequence)}`,
      rights: ['USAGE', 'SELECT'],
    })),
    ...world.functions.map((fn) => ({
      on: `${routine(fn)} ${callName(world, fn)}`,
      rights: ['EXECUTE'],
    })),
    ...world.types.map((type) => ({ on: `TYPE ${named(world, type)}`, rights: ['USAGE'] })),
    ...[...world.tables, ...world.views].map((table) => ({
      on: named(world, table),
      rights: ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'ALL'],
    })),
    ...world.tables.map((table) => {
      const [column] = table.columns;
      return {
        on: `TABLE ${named(world, table)}`,
        rights: [`SELECT (${ident(world, column?.name ?? '')})`, 'SELECT, UPDATE'],
      };
    }),
  ];
}

const grant: Maker = (world) => {
  const { dice } = world;
  const found = dice.maybe(grantable(world));
  if (found === null) return null;
  const right = dice.pick(found.rights);
  const role = dice.pick(found.on.startsWith('FUNCTION') ? ['PUBLIC', ...roles] : roles);
  return [
    dice.chance(30)
      ? `REVOKE ${right} ON ${found.on} FROM ${role}`
      : `GRANT ${right} ON ${found.on} TO ${role}${role !== 'PUBLIC' && dice.chance(15) ? ' WITH GRANT OPTION' : ''}`,
  ];
};

const block: Maker = (world) => {
  const { dice } = world;
  const [sql = ''] = createTable(world) ?? [];
  return [
    dice.pick([
      `DO $do$ BEGIN\n  IF current_setting('server_version_num')::int > 1 THEN\n    ${sql};\n  END IF;\nEND $do$`,
      `DO $do$\nBEGIN\n  EXECUTE ${literal(sql)};\nEND;\n$do$ LANGUAGE plpgsql`,
    ]),
  ];
};

/** A loop over the catalog: what it does cannot be read off its text. */
const loop: Maker = (world) => {
  const table = world.dice.maybe(world.tables);
  if (table === null) return null;
  const name = fresh(world, 'looped');
  const columns = [`${name}_a`, `${name}_b`];
  for (const made of columns) {
    table.columns.push({
      name: made,
      type: { family: 'text', sql: 'text', user: null },
      notNull: false,
      hasDefault: false,
      identity: null,
      generated: null,
      serial: false,
      reads: null,
    });
  }
  return [
    `DO $do$ DECLARE made text; BEGIN\n  FOREACH made IN ARRAY ARRAY[${columns.map(literal).join(', ')}] LOOP\n    EXECUTE format('ALTER TABLE %I.%I ADD COLUMN %I text', ${literal(table.schema.name)}, ${literal(table.name)}, made);\n  END LOOP;\nEND $do$`,
  ];
};

const temporary: Maker = (world) => {
  const { dice } = world;
  const name = quoted(fresh(world, 'temp'));
  const table = dice.maybe(world.tables);
  const make = dice.pick([
    `CREATE TEMPORARY TABLE ${name} (id integer, note text)`,
    `CREATE TEMP TABLE ${name} AS SELECT 1 AS id${table === null ? '' : ` FROM ${named(world, table)}`}`,
  ]);
  return [
    make,
    ...(dice.chance(50) ? [`INSERT INTO ${name} (id) VALUES (${++world.counter})`] : []),
    ...(dice.chance(70) ? [`DROP TABLE ${name}`] : []),
  ];
};

/** A table made of what another one has in it. */
const tableOfQuery: Maker = (world) => {
  const { dice } = world;
  const source = dice.maybe(world.tables);
  if (source === null) return null;
  const columns = dice.some(source.columns, 3);
  const name = fresh(world, 'copy');
  const schema = someSchema(world);
  world.tables.push({
    schema,
    name,
    columns: columns.map((column) => ({
      ...column,
      notNull: false,
      hasDefault: false,
      identity: null,
      generated: null,
      serial: false,
      reads: null,
    })),
    constraints: [],
    indexes: [],
    triggers: [],
    policies: [],
    filled: source.filled,
    security: false,
    forced: false,
    deferred: false,
  });
  const made = named(world, { schema, name });
  return [
    `CREATE TABLE ${made} AS SELECT ${columns.map((column) => ident(world, column.name)).join(', ')} FROM ${named(world, source)}`,
  ];
};

const nothing: Maker = (world) =>
  world.dice.pick([
    ['SELECT 1'],
    [`SELECT ';' AS "semi;colon"`],
    ["SELECT set_config('pgmedic.seen', 'yes', false)"],
  ]);

export const otherMakers: Readonly<Record<string, Maker>> = {
  extension,
  comment,
  grant,
  block,
  loop,
  temporary,
  tableOfQuery,
  nothing,
};
