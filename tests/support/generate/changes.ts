import fc from 'fast-check';
import { diceOf } from './dice.js';
import { callName, roles, routine } from './make-code.js';
import { literal, quoted, type Table, type World } from './model.js';

/** Something a person does to one object, past every migration. */
export interface HandChange {
  readonly type: 'remove' | 'add' | 'change';
  /** "column": what of, for counting. */
  readonly kind: string;
  readonly sql: string;
}

type Maker = (world: World) => HandChange[];

const change =
  (type: HandChange['type'], kind: string) =>
  (sql: string): HandChange => ({ type, kind, sql });

function q({ schema, name }: { schema: { name: string }; name: string }): string {
  return `${quoted(schema.name)}.${quoted(name)}`;
}

/** `with` gives the statements for one table, by what they begin with: its ALTER TABLE and its name. */
function eachTable(
  world: World,
  give: (alter: string, name: string, table: Table) => HandChange[],
): HandChange[] {
  return world.tables.flatMap((table) => give(`ALTER TABLE ${q(table)}`, q(table), table));
}

const tables: Maker = (world) => [
  change('add', 'table')('CREATE TABLE public.by_hand (id integer PRIMARY KEY, note text)'),
  ...eachTable(world, (alter, name) => [
    change('remove', 'table')(`DROP TABLE ${name} CASCADE`),
    change('change', 'table')(`${alter} RENAME TO by_hand`),
    change('change', 'row security')(`${alter} ENABLE ROW LEVEL SECURITY`),
    change('change', 'row security')(`${alter} DISABLE ROW LEVEL SECURITY`),
    change('change', 'row security')(`${alter} FORCE ROW LEVEL SECURITY`),
  ]),
];

const columns: Maker = (world) =>
  eachTable(world, (alter, _, table) => [
    change('add', 'column')(`${alter} ADD COLUMN by_hand integer`),
    change('add', 'column')(`${alter} ADD COLUMN by_hand text NOT NULL DEFAULT 'x'`),
    change('add', 'identity')(`${alter} ADD COLUMN by_hand integer GENERATED ALWAYS AS IDENTITY`),
    change(
      'add',
      'generated',
    )(`${alter} ADD COLUMN by_hand integer GENERATED ALWAYS AS (1) STORED`),
    ...table.columns.flatMap((column) => {
      const name = quoted(column.name);
      const of = `${alter} ALTER COLUMN ${name}`;
      return [
        change('remove', 'column')(`${alter} DROP COLUMN ${name} CASCADE`),
        change('change', 'column')(`${alter} RENAME COLUMN ${name} TO by_hand`),
        change('change', 'type')(`${of} TYPE text`),
        change('change', 'type')(`${of} TYPE bigint`),
        change('change', 'nullability')(`${of} ${column.notNull ? 'DROP' : 'SET'} NOT NULL`),
        change('change', 'default')(`${of} SET DEFAULT NULL::text::integer + 4711`),
        change('change', 'default')(`${of} SET DEFAULT 'by hand'`),
        ...(column.hasDefault ? [change('remove', 'default')(`${of} DROP DEFAULT`)] : []),
        ...(column.identity === null
          ? []
          : [
              change('remove', 'identity')(`${of} DROP IDENTITY`),
              change(
                'change',
                'identity',
              )(`${of} SET GENERATED ${column.identity === 'ALWAYS' ? 'BY DEFAULT' : 'ALWAYS'}`),
            ]),
        ...(column.generated === null
          ? []
          : [change('remove', 'generated')(`${of} DROP EXPRESSION`)]),
      ];
    }),
  ]);

const constraints: Maker = (world) =>
  eachTable(world, (alter, _, table) => [
    change('add', 'check')(`${alter} ADD CONSTRAINT by_hand CHECK (1 < 2)`),
    change('add', 'check')(`${alter} ADD CONSTRAINT by_hand CHECK (1 < 3) NOT VALID`),
    ...table.columns.flatMap(({ name }) => [
      change('add', 'unique')(`${alter} ADD CONSTRAINT by_hand UNIQUE (${quoted(name)})`),
      change(
        'add',
        'exclusion',
      )(`${alter} ADD CONSTRAINT by_hand EXCLUDE USING gist (${quoted(name)} WITH &&)`),
    ]),
    ...table.constraints.flatMap(({ name, type, columns: [column] }) => [
      change('remove', type)(`${alter} DROP CONSTRAINT ${quoted(name)} CASCADE`),
      change('change', type)(`${alter} RENAME CONSTRAINT ${quoted(name)} TO by_hand`),
      ...(type === 'check'
        ? [
            change(
              'change',
              type,
            )(
              `${alter} DROP CONSTRAINT ${quoted(name)}, ADD CONSTRAINT ${quoted(name)} CHECK (${quoted(column?.name ?? '')} IS NULL OR true)`,
            ),
            change('change', 'validation')(`${alter} VALIDATE CONSTRAINT ${quoted(name)}`),
          ]
        : []),
      ...(type === 'primary' || type === 'unique'
        ? [
            change(
              'add',
              'foreign',
            )(
              `${alter} ADD CONSTRAINT by_hand FOREIGN KEY (${quoted(column?.name ?? '')}) REFERENCES ${q(table)} (${quoted(column?.name ?? '')}) NOT VALID`,
            ),
          ]
        : []),
    ]),
  ]);

const indexes: Maker = (world) =>
  eachTable(world, (_, on, table) => [
    change('add', 'index')(`CREATE INDEX by_hand ON ${on} ((1))`),
    ...table.columns.flatMap(({ name }) => [
      change('add', 'index')(`CREATE INDEX by_hand ON ${on} (${quoted(name)})`),
      change('add', 'index')(`CREATE INDEX by_hand ON ${on} (${quoted(name)}) WHERE false`),
    ]),
    ...table.indexes.flatMap((index) => {
      const name = q({ schema: table.schema, name: index.name });
      return [
        change('remove', 'index')(`DROP INDEX ${name}`),
        change('change', 'index')(`ALTER INDEX ${name} RENAME TO by_hand`),
        change(
          'change',
          'index',
        )(`DROP INDEX ${name}; CREATE INDEX ${quoted(index.name)} ON ${on} ((2))`),
        change(
          'change',
          'index validity',
        )(
          `UPDATE pg_catalog.pg_index SET indisvalid = false WHERE indexrelid = ${literal(name)}::regclass`,
        ),
      ];
    }),
  ]);

const types: Maker = (world) => [
  change('add', 'enum')("CREATE TYPE public.by_hand AS ENUM ('a', 'b')"),
  change('add', 'domain')('CREATE DOMAIN public.by_hand AS text'),
  change('add', 'composite')('CREATE TYPE public.by_hand AS (a integer)'),
  ...world.types.flatMap((made) => {
    const name = q(made);
    const word = made.type === 'domain' ? 'DOMAIN' : 'TYPE';
    const common = [
      change('remove', made.type)(`DROP ${word} ${name} CASCADE`),
      change('change', made.type)(`ALTER ${word} ${name} RENAME TO by_hand`),
    ];
    if (made.type === 'enum') {
      const first = literal(made.values[0] ?? '');
      return [
        ...common,
        change('change', 'enum')(`ALTER TYPE ${name} ADD VALUE 'by hand'`),
        change('change', 'enum')(`ALTER TYPE ${name} ADD VALUE 'by hand' BEFORE ${first}`),
        change('change', 'enum')(`ALTER TYPE ${name} RENAME VALUE ${first} TO 'by hand'`),
      ];
    }
    if (made.type === 'domain') {
      const { constraints } = made;
      return [
        ...common,
        change('change', 'domain')(`ALTER DOMAIN ${name} SET DEFAULT '77'`),
        change('change', 'domain')(`ALTER DOMAIN ${name} ADD CONSTRAINT by_hand CHECK (true)`),
        ...constraints.map((rule) =>
          change('change', 'domain')(`ALTER DOMAIN ${name} DROP CONSTRAINT ${quoted(rule)}`),
        ),
      ];
    }
    return [
      ...common,
      change('change', 'composite')(`ALTER TYPE ${name} ADD ATTRIBUTE by_hand text`),
      change(
        'change',
        'composite',
      )(`ALTER TYPE ${name} RENAME ATTRIBUTE ${quoted(made.values[1] ?? '')} TO by_hand`),
    ];
  }),
];

const sequences: Maker = (world) => [
  change('add', 'sequence')('CREATE SEQUENCE public.by_hand'),
  ...world.sequences.flatMap((sequence) => [
    change('remove', 'sequence')(`DROP SEQUENCE ${q(sequence)} CASCADE`),
    change('change', 'sequence')(`ALTER SEQUENCE ${q(sequence)} INCREMENT BY 7`),
    change('change', 'sequence')(`ALTER SEQUENCE ${q(sequence)} RENAME TO by_hand`),
    change('change', 'sequence')(`ALTER SEQUENCE ${q(sequence)} OWNED BY NONE`),
  ]),
];

const views: Maker = (world) => [
  change('add', 'view')('CREATE VIEW public.by_hand AS SELECT 1 AS one'),
  change('add', 'materialized view')('CREATE MATERIALIZED VIEW public.by_hand AS SELECT 1 AS one'),
  ...world.views.flatMap((view) => {
    const kind = view.materialized ? 'materialized view' : 'view';
    const word = kind.toUpperCase();
    return [
      change('remove', kind)(`DROP ${word} ${q(view)} CASCADE`),
      change('change', kind)(`ALTER ${word} ${q(view)} RENAME TO by_hand`),
      change(
        'change',
        kind,
      )(`DROP ${word} ${q(view)}; CREATE ${word} ${q(view)} AS SELECT 4711 AS number`),
    ];
  }),
];

const functions: Maker = (world) => [
  change(
    'add',
    'function',
  )("CREATE FUNCTION public.by_hand(integer) RETURNS integer LANGUAGE sql AS 'SELECT 1'"),
  ...world.functions.flatMap((fn) => {
    // Argument types are written without schema, and the name with it.
    const full = `${q(fn)}${callName(world, fn).slice(callName(world, fn).lastIndexOf('('))}`;
    const returns = fn.type === 'procedure' ? '' : ` RETURNS ${fn.returns}`;
    const body = fn.type === 'sql' ? "'SELECT NULL'" : "'BEGIN RETURN NULL; END'";
    const language = fn.type === 'sql' ? 'sql' : 'plpgsql';
    return [
      change('remove', 'function')(`DROP ${routine(fn)} ${full} CASCADE`),
      change('change', 'function')(`ALTER ${routine(fn)} ${full} RENAME TO by_hand`),
      change(
        'change',
        'function',
      )(
        fn.type === 'procedure'
          ? `CREATE OR REPLACE PROCEDURE ${q(fn)}(${fn.args}) LANGUAGE plpgsql AS 'BEGIN NULL; END'`
          : `CREATE OR REPLACE FUNCTION ${q(fn)}(${fn.args})${returns} LANGUAGE ${language} AS ${fn.type === 'sql' ? `'SELECT NULL::${fn.returns}'` : body}`,
      ),
    ];
  }),
];

const triggers: Maker = (world) =>
  eachTable(world, (alter, on, { triggers }) => [
    ...world.functions
      .filter(({ type }) => type === 'trigger')
      .map((fn) =>
        change(
          'add',
          'trigger',
        )(`CREATE TRIGGER by_hand AFTER INSERT ON ${on} FOR EACH ROW EXECUTE FUNCTION ${q(fn)}()`),
      ),
    ...triggers.flatMap(({ name }) => [
      change('remove', 'trigger')(`DROP TRIGGER ${quoted(name)} ON ${on}`),
      change('change', 'trigger')(`ALTER TRIGGER ${quoted(name)} ON ${on} RENAME TO by_hand`),
      change('change', 'trigger')(`${alter} DISABLE TRIGGER ${quoted(name)}`),
    ]),
  ]);

const policies: Maker = (world) =>
  eachTable(world, (_, on, { policies }) => [
    change('add', 'policy')(`CREATE POLICY by_hand ON ${on} USING (true)`),
    ...policies.flatMap(({ name, command }) => [
      change('remove', 'policy')(`DROP POLICY ${quoted(name)} ON ${on}`),
      change('change', 'policy')(`ALTER POLICY ${quoted(name)} ON ${on} RENAME TO by_hand`),
      change(
        'change',
        'policy',
      )(
        `ALTER POLICY ${quoted(name)} ON ${on} TO ${roles[0]}, ${roles[1]} ${command === 'INSERT' ? 'WITH CHECK' : 'USING'} (1 = 2)`,
      ),
    ]),
  ]);

const surroundings: Maker = (world) => [
  change('add', 'schema')('CREATE SCHEMA by_hand'),
  ...world.schemas
    .slice(1)
    .flatMap(({ name }) => [
      change('remove', 'schema')(`DROP SCHEMA ${quoted(name)} CASCADE`),
      change('change', 'schema')(`ALTER SCHEMA ${quoted(name)} RENAME TO by_hand`),
    ]),
  change('add', 'extension')('CREATE EXTENSION IF NOT EXISTS unaccent'),
  ...[...world.extensions].map((name) =>
    change('remove', 'extension')(`DROP EXTENSION ${quoted(name)} CASCADE`),
  ),
];

/** Whether there is a comment or a grant to take away, the world does not say: what changes nothing is passed over. */
const notes: Maker = (world) => {
  const named = [
    ...world.tables.map((table) => `TABLE ${q(table)}`),
    ...world.types.map((type) => `${type.type === 'domain' ? 'DOMAIN' : 'TYPE'} ${q(type)}`),
    ...world.sequences.map((sequence) => `SEQUENCE ${q(sequence)}`),
    ...world.schemas.slice(1).map(({ name }) => `SCHEMA ${quoted(name)}`),
  ];
  const parts = world.tables.flatMap((table) => [
    ...table.columns.map(({ name }) => `COLUMN ${q(table)}.${quoted(name)}`),
    ...table.constraints.map(({ name }) => `CONSTRAINT ${quoted(name)} ON ${q(table)}`),
    ...table.indexes.map(({ name }) => `INDEX ${q({ schema: table.schema, name })}`),
    ...table.policies.map(({ name }) => `POLICY ${quoted(name)} ON ${q(table)}`),
    ...table.triggers.map(({ name }) => `TRIGGER ${quoted(name)} ON ${q(table)}`),
  ]);
  return [
    ...[...named, ...parts].flatMap((on) => [
      change('add', 'comment')(`COMMENT ON ${on} IS 'by hand; yes'`),
      change('remove', 'comment')(`COMMENT ON ${on} IS NULL`),
    ]),
    ...named.flatMap((on) => [
      change('add', 'grant')(`GRANT ALL ON ${on} TO ${roles[0]}`),
      change('remove', 'grant')(`REVOKE ALL ON ${on} FROM ${roles[1]}`),
      change('remove', 'grant')(`REVOKE ALL ON ${on} FROM ${roles[0]}`),
    ]),
  ];
};

const makers = [
  tables,
  columns,
  constraints,
  indexes,
  types,
  sequences,
  views,
  functions,
  triggers,
  policies,
  surroundings,
  notes,
];

/** A seed for `handChanges`; not shrunk, since a smaller one means another change and not a simpler one. */
export const changeSeeds: fc.Arbitrary<number> = fc.noShrink(fc.nat(2_147_483_647));

/**
 * Changes by hand for a database as the world describes it, in an order that the seed gives: kinds of
 * objects and ways to change them take turns, however many objects of a kind there are. Some do
 * nothing, or are refused (a column that will not be cast): the caller takes the first that tells.
 */
export function handChanges(world: World, seed: number): HandChange[] {
  const dice = diceOf(seed);
  const piles = new Map<string, HandChange[]>();
  for (const one of makers.flatMap((make) => make(world))) {
    const pile = `${one.type} ${one.kind}`;
    piles.set(pile, [...(piles.get(pile) ?? []), one]);
  }
  const order: HandChange[] = [];
  const left = [...piles.values()];
  while (left.length > 0) {
    const pile = dice.pick(left);
    order.push(...pile.splice(dice.below(pile.length), 1));
    if (pile.length === 0) left.splice(left.indexOf(pile), 1);
  }
  return order;
}
