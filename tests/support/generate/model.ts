import type { Dice } from './dice.js';

/**
 * The schema as the generated statements leave it. Objects are known by identity, so that a
 * rename reaches everything that mentions them. Mutable: the makers change it as they write SQL.
 */
export interface World {
  readonly schemas: Schema[];
  readonly tables: Table[];
  readonly views: View[];
  readonly types: UserType[];
  readonly sequences: Sequence[];
  readonly functions: Fn[];
  readonly extensions: Set<string>;
  readonly dice: Dice;
  /** Hand: names unquoted where they may be, no schema where it is public. */
  readonly style: 'kit' | 'hand';
  /** Major version of the server: what it does not know is not written. */
  readonly server: number;
  /** For names and values that must not come twice. */
  counter: number;
}

export interface Schema {
  name: string;
}

interface Named {
  schema: Schema;
  name: string;
}

export interface Table extends Named {
  columns: Column[];
  constraints: Constraint[];
  indexes: Index[];
  triggers: Trigger[];
  policies: Policy[];
  /** Rows may be there: what depends on rows is avoided, or prepared by an UPDATE. */
  filled: boolean;
  security: boolean;
  forced: boolean;
  /** No rows are written: its checks wait for the end of the transaction and would stand in the way of ALTER TABLE, or take NULL but once. */
  deferred: boolean;
}

export type Family =
  | 'int'
  | 'text'
  | 'varchar'
  | 'numeric'
  | 'bool'
  | 'time'
  | 'uuid'
  | 'json'
  | 'array'
  | 'range'
  | 'enum'
  | 'domain'
  | 'composite'
  | 'citext'
  | 'hstore';

export interface Column {
  name: string;
  type: { readonly family: Family; readonly sql: string; readonly user: UserType | null };
  notNull: boolean;
  hasDefault: boolean;
  identity: 'ALWAYS' | 'BY DEFAULT' | null;
  generated: readonly Column[] | null;
  /** Filled by a sequence of its own. */
  serial: boolean;
  /** A free sequence that its default reads. */
  reads: Sequence | null;
}

export interface Constraint {
  name: string;
  type: 'primary' | 'unique' | 'check' | 'foreign' | 'exclusion';
  columns: Column[];
  /** What a foreign key points to. */
  target: { readonly table: Table; readonly by: Constraint } | null;
  valid: boolean;
}

export interface Index {
  name: string;
  columns: Column[];
  unique: boolean;
  extension: string | null;
}

export interface Trigger {
  name: string;
  fn: Fn;
  columns: Column[];
}

export interface Policy {
  name: string;
  columns: Column[];
  command: string;
}

export interface View extends Named {
  materialized: boolean;
  columns: Column[];
  sources: (Table | View)[];
}

export interface UserType extends Named {
  type: 'enum' | 'domain' | 'composite';
  /** Values that may be used in this run, for enums; field names for composites. */
  values: string[];
  /** Values added by ALTER TYPE: there, and not to be used before the run has ended. */
  added: string[];
  constraints: string[];
}

export interface Sequence extends Named {
  owner: Column | null;
}

export interface Fn extends Named {
  args: string;
  returns: string;
  type: 'trigger' | 'sql' | 'plpgsql' | 'procedure';
}

export function emptyWorld(dice: Dice, style: World['style'], server: number): World {
  return {
    schemas: [{ name: 'public' }],
    tables: [],
    views: [],
    types: [],
    sequences: [],
    functions: [],
    extensions: new Set(),
    dice,
    style,
    server,
    counter: 0,
  };
}

const reserved = new Set(['user', 'order', 'select', 'group', 'table', 'check', 'default']);

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** An identifier as the style of the folder writes it. */
export function ident({ style }: Pick<World, 'style'>, name: string): string {
  return style === 'hand' && /^[a-z_][a-z0-9_]*$/.test(name) && !reserved.has(name)
    ? name
    : quoted(name);
}

/** A qualified name; public is left out in half of the hand-written ones and all tables of drizzle-kit. */
export function named(world: World, { schema, name }: Named): string {
  return schema.name === 'public' && (world.style === 'kit' || world.dice.chance(50))
    ? ident(world, name)
    : `${ident(world, schema.name)}.${ident(world, name)}`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const odd = ['größe', 'Kunde', 'Mixed Case', '表', 'order', "o'clock", 'with"quote', 'данные'];

/** A name that was not given before, now and then one that has to be quoted. */
export function fresh(world: World, word: string): string {
  const number = ++world.counter;
  return world.dice.chance(12) ? `${world.dice.pick(odd)} ${number}` : `${word}_${number}`;
}

export function someSchema(world: World): Schema {
  const [first] = world.schemas as [Schema];
  return world.dice.chance(70) ? first : world.dice.pick(world.schemas);
}

/** Columns that stand in the way of a drop, or of another type: views, policies, generated columns, triggers, foreign keys to them. */
export function pinned(world: World, table: Table, column: Column): boolean {
  return (
    world.views.some((view) => view.columns.includes(column)) ||
    table.policies.some((policy) => policy.columns.includes(column)) ||
    table.triggers.some((trigger) => trigger.columns.includes(column)) ||
    table.columns.some(({ generated }) => generated?.includes(column)) ||
    referrers(world, table).some(({ constraint }) => constraint.target?.by.columns.includes(column))
  );
}

/** Foreign keys that point to the table, its own among them. */
export function referrers(
  world: World,
  table: Table,
): { readonly table: Table; readonly constraint: Constraint }[] {
  return world.tables.flatMap((from) =>
    from.constraints
      .filter(({ target }) => target?.table === table)
      .map((constraint) => ({ table: from, constraint })),
  );
}

/** Takes away what goes with a dropped column: constraints, indexes, its sequence. */
export function forgetColumn(world: World, table: Table, column: Column): void {
  const without = (has: { readonly columns: readonly Column[] }): boolean =>
    !has.columns.includes(column);
  table.columns = table.columns.filter((other) => other !== column);
  table.constraints = table.constraints.filter(without);
  table.indexes = table.indexes.filter(without);
  remove(world.sequences, ({ owner }) => owner === column);
}

/** Takes away a view and the views on it. */
export function forgetView(world: World, view: View): void {
  remove(world.views, (other) => other === view);
  for (const other of world.views.filter(({ sources }) => sources.includes(view))) {
    forgetView(world, other);
  }
}

/** What DROP TABLE ... CASCADE takes along. */
export function forgetTable(world: World, table: Table): void {
  for (const { table: from, constraint } of referrers(world, table)) {
    from.constraints = from.constraints.filter((other) => other !== constraint);
  }
  for (const view of world.views.filter(({ sources }) => sources.includes(table))) {
    forgetView(world, view);
  }
  remove(world.sequences, ({ owner }) => owner !== null && table.columns.includes(owner));
  remove(world.tables, (other) => other === table);
}

export function remove<T>(items: T[], gone: (item: T) => boolean): void {
  for (let at = items.length - 1; at >= 0; at--) if (gone(items[at] as T)) items.splice(at, 1);
}

export function usesType(world: World, type: UserType): boolean {
  return world.tables.some(({ columns }) => columns.some((column) => column.type.user === type));
}
