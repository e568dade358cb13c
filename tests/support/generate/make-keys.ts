import type { Maker } from './make-tables.js';
import {
  type Column,
  type Constraint,
  fresh,
  ident,
  named,
  quoted,
  referrers,
  type Table,
  type World,
} from './model.js';

const comparable = ['int', 'text', 'varchar', 'numeric', 'uuid', 'time', 'citext'];

function alter(world: World, table: Table, what: string): string {
  return `ALTER TABLE ${named(world, table)} ${what}`;
}

function names(world: World, columns: readonly Column[]): string {
  return columns.map(({ name }) => ident(world, name)).join(', ');
}

function add(
  table: Table,
  name: string,
  type: Constraint['type'],
  columns: Column[],
  more: Partial<Constraint> = {},
): Constraint {
  const constraint = { name, type, columns, target: null, valid: true, ...more };
  table.constraints.push(constraint);
  return constraint;
}

const primary: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(
    world.tables.filter(
      ({ filled, constraints, columns }) =>
        !filled && columns.length > 0 && constraints.every(({ type }) => type !== 'primary'),
    ),
  );
  if (table === null) return null;
  const able = table.columns.filter(({ type }) => comparable.includes(type.family));
  if (able.length === 0) return null;
  const columns = dice.some(able, 2);
  const name = fresh(world, 'pk');
  for (const column of columns) column.notNull = true;
  add(table, name, 'primary', columns);
  return [
    alter(world, table, `ADD CONSTRAINT ${quoted(name)} PRIMARY KEY (${names(world, columns)})`),
  ];
};

/** Servers know it from 15 on. Such a table stays empty: makers write NULLs. */
function nullsAlike({ server, dice }: World, table: Table): string {
  if (server < 15 || table.filled || !dice.chance(20)) return '';
  table.deferred = true;
  return ' NULLS NOT DISTINCT';
}

const unique: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables.filter(({ filled }) => !filled));
  const able = table?.columns.filter(({ type }) => comparable.includes(type.family)) ?? [];
  if (table === null || able.length === 0) return null;
  const columns = dice.some(able, 2);
  const name = fresh(world, 'uq');
  if (dice.chance(25)) {
    add(table, name, 'unique', columns);
    return [
      `CREATE UNIQUE INDEX ${quoted(name)} ON ${named(world, table)} (${names(world, columns)})`,
      alter(world, table, `ADD CONSTRAINT ${quoted(name)} UNIQUE USING INDEX ${quoted(name)}`),
    ];
  }
  const deferrable = dice.chance(15) ? ' DEFERRABLE INITIALLY DEFERRED' : '';
  if (deferrable !== '') table.deferred = true;
  add(table, name, 'unique', columns);
  const key = `UNIQUE${nullsAlike(world, table)} (${names(world, columns)})${deferrable}`;
  return [alter(world, table, `ADD CONSTRAINT ${quoted(name)} ${key}`)];
};

function condition(world: World, { name, type }: Column): string | null {
  const column = ident(world, name);
  if (type.family === 'int' || type.family === 'numeric')
    return `${column} > ${-1 - world.dice.below(9)}`;
  if (type.family === 'text' || type.family === 'varchar')
    return `length(${column}) < 1${world.dice.below(9)}00`;
  if (type.family === 'bool') return `${column} IN (true, false)`;
  if (type.family === 'enum' && type.user !== null)
    return `${column} IS NULL OR ${column}::text <> ''`;
  return null;
}

const check: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null) return null;
  const column = dice.pick(table.columns);
  const expression = condition(world, column);
  if (expression === null) return null;
  const name = fresh(world, 'ck');
  const valid = dice.chance(70);
  add(table, name, 'check', [column], { valid });
  const enforced = world.server >= 18 && valid && dice.chance(15) ? ' NOT ENFORCED' : '';
  const end = valid ? enforced : ' NOT VALID';
  return [alter(world, table, `ADD CONSTRAINT ${quoted(name)} CHECK (${expression})${end}`)];
};

/** The same name with another rule. */
const replaceCheck: Maker = (world) => {
  const { dice } = world;
  const found = constraintOf(world, ({ type }) => type === 'check');
  const column = found?.constraint.columns[0];
  const expression = column === undefined ? null : condition(world, column);
  if (found === null || expression === null) return null;
  const { table, constraint } = found;
  constraint.valid = true;
  const name = quoted(constraint.name);
  const drop = `DROP CONSTRAINT ${name}`;
  const again = `ADD CONSTRAINT ${name} CHECK (${expression})`;
  return dice.chance(50)
    ? [alter(world, table, drop), alter(world, table, again)]
    : [alter(world, table, `${drop}, ${again}`)];
};

const foreign: Maker = (world) => {
  const { dice } = world;
  const target = dice.maybe(
    world.tables.flatMap((table) =>
      table.deferred
        ? []
        : table.constraints
            .filter(
              ({ type, columns }) => ['primary', 'unique'].includes(type) && columns.length === 1,
            )
            .map((by) => ({ table, by })),
    ),
  );
  const table = dice.maybe(world.tables);
  const key = target?.by.columns[0];
  if (target === null || table === null || key === undefined || key.type.user !== null) return null;
  const name = fresh(world, 'fk');
  const action = dice.pick([
    'ON DELETE no action ON UPDATE no action',
    'ON DELETE cascade',
    'ON DELETE set null ON UPDATE cascade',
    '',
  ]);
  const rest =
    `REFERENCES ${world.style === 'kit' ? `${quoted(target.table.schema.name)}.${quoted(target.table.name)}` : named(world, target.table)}(${ident(world, key.name)}) ${action}`.trimEnd();
  const of = table.columns.find(
    (column) =>
      column.type.sql === key.type.sql &&
      column !== key &&
      column.generated === null &&
      column.identity === null &&
      !column.hasDefault &&
      !column.serial,
  );
  if (of !== undefined && dice.chance(60)) {
    const valid = dice.chance(70);
    // Rows are there that point nowhere, and would have to be checked.
    if (table.filled) return null;
    add(table, name, 'foreign', [of], { valid, target });
    const sql = alter(
      world,
      table,
      `ADD CONSTRAINT ${quoted(name)} FOREIGN KEY (${ident(world, of.name)}) ${rest}${valid ? '' : ' NOT VALID'}`,
    );
    return dice.chance(30) ? [guarded(sql)] : [sql];
  }
  const column: Column = {
    name: fresh(world, 'ref'),
    type: key.type,
    notNull: false,
    hasDefault: false,
    identity: null,
    generated: null,
    serial: false,
    reads: null,
  };
  table.columns.push(column);
  add(table, name, 'foreign', [column], { target });
  const typed = `${ident(world, column.name)} ${key.type.sql}`;
  return dice.chance(50)
    ? [alter(world, table, `ADD COLUMN ${typed} CONSTRAINT ${quoted(name)} ${rest}`)]
    : [
        alter(world, table, `ADD COLUMN ${typed}`),
        alter(
          world,
          table,
          `ADD CONSTRAINT ${quoted(name)} FOREIGN KEY (${ident(world, column.name)}) ${rest}`,
        ),
      ];
};

/** As older drizzle-kits write it. */
export function guarded(sql: string): string {
  return `DO $$ BEGIN\n ${sql};\nEXCEPTION\n WHEN duplicate_object THEN null;\nEND $$`;
}

const exclusion: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null) return null;
  const column = dice.maybe(table.columns.filter(({ type }) => type.family === 'range'));
  const name = fresh(world, 'ex');
  const excluded = (of: string): string =>
    `CONSTRAINT ${quoted(name)} EXCLUDE USING gist (${of} WITH &&)`;
  if (column !== null && !table.filled) {
    add(table, name, 'exclusion', [column]);
    return [alter(world, table, `ADD ${excluded(ident(world, column.name))}`)];
  }
  const made: Column = {
    name: fresh(world, 'span'),
    type: { family: 'range', sql: 'int4range', user: null },
    notNull: false,
    hasDefault: false,
    identity: null,
    generated: null,
    serial: false,
    reads: null,
  };
  table.columns.push(made);
  add(table, name, 'exclusion', [made]);
  const of = ident(world, made.name);
  return [alter(world, table, `ADD COLUMN ${of} int4range, ADD ${excluded(of)}`)];
};

function constraintOf(
  world: World,
  fits: (constraint: Constraint, table: Table) => boolean,
): { table: Table; constraint: Constraint } | null {
  return world.dice.maybe(
    world.tables.flatMap((table) =>
      table.constraints
        .filter((constraint) => fits(constraint, table))
        .map((constraint) => ({ table, constraint })),
    ),
  );
}

const validate: Maker = (world) => {
  const found = constraintOf(world, ({ valid }) => !valid);
  if (found === null) return null;
  found.constraint.valid = true;
  return [alter(world, found.table, `VALIDATE CONSTRAINT ${quoted(found.constraint.name)}`)];
};

const dropConstraint: Maker = (world) => {
  const found = constraintOf(world, (constraint, table) =>
    referrers(world, table).every(({ constraint: other }) => other.target?.by !== constraint),
  );
  if (found === null) return null;
  const { table, constraint } = found;
  table.constraints = table.constraints.filter((other) => other !== constraint);
  return [
    alter(
      world,
      table,
      `DROP CONSTRAINT ${world.dice.chance(30) ? 'IF EXISTS ' : ''}${quoted(constraint.name)}`,
    ),
  ];
};

const renameConstraint: Maker = (world) => {
  const found = constraintOf(world, () => true);
  if (found === null) return null;
  const before = quoted(found.constraint.name);
  found.constraint.name = fresh(world, 'renamed');
  return [
    alter(world, found.table, `RENAME CONSTRAINT ${before} TO ${quoted(found.constraint.name)}`),
  ];
};

const createIndex: Maker = (world) => {
  const { dice } = world;
  const table = dice.maybe(world.tables);
  if (table === null) return null;
  const name = fresh(world, 'idx');
  const able = table.columns.filter(({ type }) => comparable.includes(type.family));
  const special = dice.maybe(
    table.columns.filter(
      ({ type }) => ['json', 'array', 'range', 'text'].includes(type.family) && type.sql !== 'json',
    ),
  );
  const push = (columns: Column[], unique = false, extension: string | null = null): void => {
    table.indexes.push({ name, columns, unique, extension });
  };
  const on = `${dice.chance(15) ? 'IF NOT EXISTS ' : ''}${quoted(name)} ON ${named(world, table)}`;
  if (special !== null && dice.chance(40)) {
    const column = ident(world, special.name);
    if (special.type.family === 'text') {
      const trigrams = world.extensions.has('pg_trgm');
      push([special], false, trigrams ? 'pg_trgm' : null);
      return [
        trigrams
          ? `CREATE INDEX ${on} USING gin (${column} gin_trgm_ops)`
          : `CREATE INDEX ${on} USING hash (${column})`,
      ];
    }
    push([special]);
    return [
      `CREATE INDEX ${on} USING ${special.type.family === 'range' ? 'gist' : 'gin'} (${column})`,
    ];
  }
  if (able.length === 0) return null;
  const columns = dice.some(able, 3);
  const [first] = columns as [Column];
  if (dice.chance(25) && first.type.family === 'text') {
    const unique = !table.filled && dice.chance(40);
    push([first], unique);
    return [`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${on} (lower(${ident(world, first.name)}))`];
  }
  if (dice.chance(30)) {
    const by = dice.pick(table.columns);
    push([...columns, by]);
    return [
      `CREATE INDEX ${on} (${names(world, columns)}) WHERE ${ident(world, by.name)} IS ${dice.chance(50) ? 'NOT ' : ''}NULL`,
    ];
  }
  const unique = !table.filled && dice.chance(30);
  const others = unique ? [] : table.columns.filter((column) => !columns.includes(column));
  const extra = dice.chance(20) ? dice.maybe(others) : null;
  push(extra === null ? columns : [...columns, extra], unique);
  const order = dice.pick(['', '', ' DESC NULLS LAST', ' ASC NULLS FIRST']);
  const method = world.style === 'kit' ? ' USING btree' : '';
  return [
    `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${on}${method} (${names(world, columns)}${order})${extra === null ? '' : ` INCLUDE (${ident(world, extra.name)})`}${unique ? nullsAlike(world, table) : ''}`,
  ];
};

function indexOf(world: World): { table: Table; index: Table['indexes'][number] } | null {
  return world.dice.maybe(
    world.tables.flatMap((table) => table.indexes.map((index) => ({ table, index }))),
  );
}

const changeIndex: Maker = (world) => {
  const { dice } = world;
  const found = indexOf(world);
  if (found === null) return null;
  const { table, index } = found;
  const name = named(world, { schema: table.schema, name: index.name });
  if (dice.chance(40)) {
    index.name = fresh(world, 'renamed');
    return [`ALTER INDEX ${name} RENAME TO ${quoted(index.name)}`];
  }
  const drop = `DROP INDEX ${dice.chance(30) ? 'IF EXISTS ' : ''}${name}`;
  const able = table.columns.filter(({ type }) => comparable.includes(type.family));
  if (dice.chance(50) || able.length === 0) {
    table.indexes = table.indexes.filter((other) => other !== index);
    return [drop];
  }
  index.columns = dice.some(able, 2);
  index.unique = false;
  index.extension = null;
  return [
    drop,
    `CREATE INDEX ${quoted(index.name)} ON ${named(world, table)} (${names(world, index.columns)})`,
  ];
};

export const keyMakers: Readonly<Record<string, Maker>> = {
  primary,
  unique,
  check,
  replaceCheck,
  foreign,
  exclusion,
  validate,
  dropConstraint,
  renameConstraint,
  createIndex,
  changeIndex,
};
