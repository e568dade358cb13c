import { createHash } from 'node:crypto';

/** Files of a Drizzle folder by path, with a snapshot after each migration where they were wanted. */
export interface GeneratedFolder {
  readonly files: Readonly<Record<string, string>>;
  readonly migrations: readonly { readonly id: string; readonly text: string }[];
}

/** drizzle-kit's snapshot of version 7, as far as it is filled here. */
interface Snapshot {
  readonly tables: Record<string, Table>;
  readonly enums: Record<string, { name: string; schema: string; values: string[] }>;
}

interface Table {
  readonly name: string;
  readonly columns: Record<string, Column>;
  readonly indexes: Record<string, object>;
  readonly foreignKeys: Record<string, object>;
  readonly uniqueConstraints: Record<string, object>;
}

interface Column {
  readonly name: string;
  readonly type: string;
  readonly typeSchema?: string;
  readonly primaryKey: boolean;
  readonly notNull: boolean;
  default?: string | number | boolean;
}

const breakpoint = '--> statement-breakpoint\n';

/**
 * As drizzle-kit writes them, and always the same for the same numbers: tables, columns, enums,
 * foreign keys, indexes, unique constraints, later changes and removals, in about the shares of the
 * public folders that were looked at.
 */
export function generateFolder(
  migrations: number,
  statements: number,
  { snapshots }: { readonly snapshots: boolean },
): GeneratedFolder {
  const model = newModel();
  const files: Record<string, string> = {};
  const made: { id: string; text: string }[] = [];
  const entries: object[] = [];
  let written = 0;
  let prevId = '00000000-0000-0000-0000-000000000000';
  for (let at = 0; at < migrations; at++) {
    const due = Math.round((statements * (at + 1)) / migrations);
    const sql = model.next(due - written);
    written += sql.length;
    const id = `${String(at).padStart(4, '0')}_generated`;
    const text = sql.join(breakpoint);
    files[`${id}.sql`] = text;
    made.push({ id, text });
    entries.push({ idx: at, version: '7', when: stamp(at), tag: id, breakpoints: true });
    if (!snapshots) continue;
    const own = uuid(at);
    files[`meta/${String(at).padStart(4, '0')}_snapshot.json`] = snapshotText(
      own,
      prevId,
      model.snapshot,
    );
    prevId = own;
  }
  files['meta/_journal.json'] = json({ version: '7', dialect: 'postgresql', entries });
  return { files, migrations: made };
}

const stamp = (at: number): number => Date.UTC(2024, 0, 1) + at * 3_600_000;

function uuid(at: number): string {
  const hex = createHash('sha256').update(`snapshot ${at}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `4${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

const json = (value: object): string => JSON.stringify(value, null, 2);

function snapshotText(id: string, prevId: string, { tables, enums }: Snapshot): string {
  return json({
    id,
    prevId,
    version: '7',
    dialect: 'postgresql',
    tables: Object.fromEntries(
      Object.entries(tables).map(([key, table]) => [
        key,
        {
          name: table.name,
          schema: '',
          columns: table.columns,
          indexes: table.indexes,
          foreignKeys: table.foreignKeys,
          compositePrimaryKeys: {},
          uniqueConstraints: table.uniqueConstraints,
          policies: {},
          checkConstraints: {},
          isRLSEnabled: false,
        },
      ]),
    ),
    enums,
    schemas: {},
    sequences: {},
    roles: {},
    policies: {},
    views: {},
    _meta: { columns: {}, schemas: {}, tables: {} },
  });
}

interface Model {
  readonly snapshot: Snapshot;
  /** The statements of one migration. */
  next(count: number): string[];
}

const TYPES = [
  'text',
  'integer',
  'boolean',
  'timestamp',
  'jsonb',
  'varchar(255)',
  'numeric(12, 2)',
];

/** Out of 100, as often as in the public folders. */
const SHARES = [
  [8, 'table'],
  [40, 'index'],
  [56, 'foreign key'],
  [74, 'column'],
  [77, 'enum'],
  [79, 'value'],
  [85, 'default'],
  [91, 'unique'],
  [96, 'drop index'],
  [100, 'drop column'],
] as const;

function newModel(): Model {
  const snapshot: Snapshot = { tables: {}, enums: {} };
  const tables: Table[] = [];
  const dice = newDice();
  let made = 0;

  const column = (name: string): Column => {
    const kinds = Object.values(snapshot.enums);
    const kind = kinds[dice(kinds.length)];
    const plain = { name, primaryKey: false, notNull: false };
    if (kind !== undefined && dice(6) === 0)
      return { ...plain, type: kind.name, typeSchema: 'public' };
    const type = TYPES[dice(TYPES.length)] ?? 'text';
    return type === 'timestamp'
      ? { ...plain, type, notNull: true, default: 'now()' }
      : { ...plain, type };
  };

  const table = (): string => {
    const name = `table_${++made}`;
    const columns: Record<string, Column> = {
      id: {
        name: 'id',
        type: 'uuid',
        primaryKey: true,
        notNull: true,
        default: 'gen_random_uuid()',
      },
    };
    for (let left = 5 + dice(9); left > 0; left--) {
      const one = column(`column_${++made}`);
      columns[one.name] = one;
    }
    const one = { name, columns, indexes: {}, foreignKeys: {}, uniqueConstraints: {} };
    tables.push(one);
    snapshot.tables[`public.${name}`] = one;
    const lines = Object.values(columns).map((each) => `\t${definition(each)}`);
    return `CREATE TABLE "${name}" (\n${lines.join(',\n')}\n);\n`;
  };

  const free = (of: Table): Column | undefined => {
    const used = JSON.stringify([of.indexes, of.foreignKeys, of.uniqueConstraints]);
    const plain = Object.values(of.columns).filter(
      ({ name, type }) => type === 'text' && !used.includes(`"${name}"`),
    );
    return plain[dice(plain.length)];
  };

  /** A table may have no column left for it: then another column is added. */
  const change = (kind: (typeof SHARES)[number][1], of: Table): string => {
    const alter = `ALTER TABLE "${of.name}"`;
    const columns = Object.values(of.columns);
    const any = columns[dice(columns.length)] ?? column('id');
    if (kind === 'enum') {
      const name = `enum_${++made}`;
      const values = ['first', 'second', 'third'];
      snapshot.enums[`public.${name}`] = { name, schema: 'public', values };
      return `CREATE TYPE "public"."${name}" AS ENUM(${values.map((one) => `'${one}'`).join(', ')});`;
    }
    const [kindOf] = Object.values(snapshot.enums).slice(-1);
    if (kind === 'value' && kindOf !== undefined) {
      const value = `value_${++made}`;
      kindOf.values.push(value);
      return `ALTER TYPE "public"."${kindOf.name}" ADD VALUE '${value}';`;
    }
    if (kind === 'index') {
      const name = `index_${++made}`;
      of.indexes[name] = index(name, any.type === 'jsonb' ? 'id' : any.name);
      return `CREATE INDEX "${name}" ON "${of.name}" USING btree ("${any.type === 'jsonb' ? 'id' : any.name}");`;
    }
    if (kind === 'foreign key') {
      const to = tables[dice(tables.length)] ?? of;
      const own = { ...column(`key_${++made}`), type: 'uuid', notNull: false };
      delete own.typeSchema;
      delete own.default;
      const name = `${of.name}_${own.name}_${to.name}_id_fk`;
      of.columns[own.name] = own;
      of.foreignKeys[name] = {
        name,
        tableFrom: of.name,
        tableTo: to.name,
        columnsFrom: [own.name],
        columnsTo: ['id'],
        onDelete: 'cascade',
        onUpdate: 'no action',
      };
      return [
        `${alter} ADD COLUMN ${definition(own)};`,
        `${alter} ADD CONSTRAINT "${name}" FOREIGN KEY ("${own.name}") REFERENCES "public"."${to.name}"("id") ON DELETE cascade ON UPDATE no action;`,
      ].join(breakpoint);
    }
    const left = free(of);
    if (kind === 'unique' && left !== undefined) {
      const name = `${of.name}_${left.name}_unique`;
      of.uniqueConstraints[name] = { name, nullsNotDistinct: false, columns: [left.name] };
      return `${alter} ADD CONSTRAINT "${name}" UNIQUE("${left.name}");`;
    }
    if (kind === 'default' && left !== undefined && left.default === undefined) {
      left.default = `'value ${++made}'`;
      return `${alter} ALTER COLUMN "${left.name}" SET DEFAULT ${left.default};`;
    }
    const [last] = Object.keys(of.indexes).slice(-1);
    if (kind === 'drop index' && last !== undefined) {
      delete of.indexes[last];
      return `DROP INDEX "${last}";`;
    }
    if (kind === 'drop column' && left !== undefined && columns.length > 4) {
      delete of.columns[left.name];
      return `${alter} DROP COLUMN "${left.name}";`;
    }
    const added = column(`column_${++made}`);
    of.columns[added.name] = added;
    return `${alter} ADD COLUMN ${definition(added)};`;
  };

  const one = (room: number): string => {
    const roll = dice(100);
    const kind = SHARES.find(([below]) => roll < below)?.[1] ?? 'column';
    const of = tables[dice(tables.length)];
    if (of === undefined || kind === 'table') return table();
    return change(kind === 'foreign key' && room < 2 ? 'column' : kind, of);
  };

  return {
    snapshot,
    next(count) {
      const sql: string[] = [];
      while (sql.length < count) sql.push(...one(count - sql.length).split(breakpoint));
      return sql;
    },
  };
}

function definition({
  name,
  type,
  typeSchema,
  primaryKey,
  notNull,
  default: value,
}: Column): string {
  return [
    `"${name}"`,
    typeSchema === undefined ? type : `"${typeSchema}"."${type}"`,
    ...(primaryKey ? ['PRIMARY KEY'] : []),
    ...(value === undefined ? [] : [`DEFAULT ${value}`]),
    ...(notNull ? ['NOT NULL'] : []),
  ].join(' ');
}

function index(name: string, column: string): object {
  return {
    name,
    columns: [{ expression: column, isExpression: false, asc: true, nulls: 'last' }],
    isUnique: false,
    concurrently: false,
    method: 'btree',
    with: {},
  };
}

/** A number from 0 up to, not including, `sides`; always in the same order. */
function newDice(): (sides: number) => number {
  let state = 20_240_101;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}
