import type { CatalogObject } from '../../src/core/catalog.js';
import type { Facts } from '../../src/core/facts.js';
import type { Rehearsal } from '../../src/core/rehearsal.js';
import { project, row, stamp } from './drizzle-facts.js';
import type { Case } from './finding-case.js';
import {
  addColumn,
  catalogAfter,
  column,
  createIndex,
  createTable,
  does,
  failing,
  index,
  type Migrations,
  object,
  replayed,
  rows,
  type Statement,
  withObjects,
  without,
} from './finding-case-replay.js';

const tags = ['0000_a', '0001_b', '0002_c'] as const;

/** What the three migrations of `project` do. */
export const shop = {
  '0000_a': [createTable('public.users', 'id', 'email'), createTable('public.orders', 'id')],
  '0001_b': [addColumn('public.users.name'), createIndex('public.users_name', 'public.users')],
  '0002_c': [createTable('public.posts', 'id')],
};

interface Shown {
  readonly migrations?: Migrations;
  /** As for `catalogAfter`; all by default. */
  readonly ran?: readonly string[];
  /** Tags that the history has; all by default. */
  readonly recorded?: readonly string[];
  readonly alter?: (catalog: CatalogObject[]) => CatalogObject[];
  readonly rehearsal?: Rehearsal;
}

/** The project with its schema read. */
export function shown({
  migrations = shop,
  ran = tags,
  recorded = tags,
  alter = (catalog) => catalog,
  rehearsal,
}: Shown = {}): Facts {
  const replay = replayed(migrations);
  const own = tags.flatMap((tag, at) =>
    recorded.includes(tag) ? [row(at + 1, tag, stamp + at)] : [],
  );
  return {
    ...project({ history: { rows: own } }),
    schema: {
      state: 'read',
      catalog: alter(catalogAfter(replay, ...ran)),
      replay,
      rehearsal: rehearsal ?? null,
      owners: [],
      sizes: {},
      searchPath: 'public',
    },
  };
}

type Alter = (catalog: CatalogObject[]) => CatalogObject[];

const adding =
  (...objects: readonly CatalogObject[]): Alter =>
  (catalog) =>
    withObjects(catalog, ...objects);
const removing =
  (...keys: readonly string[]): Alter =>
  (catalog) =>
    without(catalog, ...keys);

const offline: Facts = { ...shown(), schema: { state: 'not read' } };
const onlyRows: Migrations = {
  '0000_a': shop['0000_a'],
  '0001_b': shop['0001_b'],
  '0002_c': [rows()],
};
/** With a last migration of these statements, all recorded. */
const last = (...statements: readonly Statement[]): Migrations => ({
  ...shop,
  '0002_c': statements,
});

const validated = (value: string): CatalogObject =>
  object('constraint public.orders.orders_user', {
    ...{ definition: 'FOREIGN KEY (id) REFERENCES users(id)', validated: value },
  });
const withKey = last(does('ALTER TABLE', validated('true')));
const long = (valid: string): CatalogObject => ({
  ...index('public.users_name', 'public.users', valid),
  parts: { definition: `CREATE INDEX ON public.users (name) WHERE ${'name '.repeat(60)}`, valid },
});

export const historyEvidenceCases = {
  'applied-unrecorded': {
    facts: shown({ recorded: ['0000_a'] }),
    severity: 'error',
    says: /^0001_b and 0002_c are in the database, but not in the history\.$/,
    shows: /^0001_b: found column public\.users\.name and index public\.users_name; no row in/,
    migrations: ['0001_b', '0002_c'],
    playbooks: ['baseline', 'mark-applied'],
    near: [
      shown(),
      shown({ ran: ['0000_a'], recorded: ['0000_a'] }),
      shown({ ran: ['0000_a', '0001_b:1'], recorded: ['0000_a'] }),
      shown({ migrations: onlyRows, recorded: ['0000_a', '0001_b'] }),
      offline,
    ],
  },
  'recorded-absent': {
    facts: shown({ ran: ['0000_a', '0001_b'] }),
    severity: 'error',
    says: /^The history records 0002_c as applied, but nothing of it is in the database\.$/,
    shows:
      /^0002_c lacks table public\.posts: it was recorded without being run, or taken back since$/,
    migrations: ['0002_c'],
    playbooks: ['mark-unapplied'],
    near: [
      shown(),
      shown({ ran: ['0000_a', '0001_b'], recorded: ['0000_a', '0001_b'] }),
      shown({ migrations: onlyRows }),
      shown({ migrations: last(failing('CREATE TABLE')), ran: ['0000_a', '0001_b'] }),
      // Its column went with the table, which is told.
      shown({
        migrations: last(addColumn('public.users.x')),
        alter: removing('table public.users'),
      }),
      // All are: the schema was reset.
      shown({ ran: [] }),
    ],
  },
  'history-full-schema-empty': {
    facts: shown({ ran: [] }),
    severity: 'error',
    says: /^The history is full and the schema is empty: 3 migrations are recorded/,
    shows: /^0000_a lacks table public\.users and table public\.orders$/,
    migrations: tags,
    playbooks: ['mark-unapplied'],
    near: [shown(), shown({ ran: ['0000_a'] }), shown({ ran: [], recorded: [] })],
  },
  'partially-applied': {
    facts: shown({ ran: ['0000_a', '0001_b:1'], recorded: ['0000_a'] }),
    severity: 'error',
    says: /^Only a part of 0001_b is in the database: it stopped at statement 2 of 2, CREATE INDEX\.$/,
    shows: /^drizzle\/0001_b\.sql:2: lacks index public\.users_name$/,
    migrations: ['0001_b'],
    playbooks: ['finish-partial'],
    near: [
      shown(),
      shown({ ran: ['0000_a'], recorded: ['0000_a'] }),
      // Later ones are there: it was run whole, and something went since.
      shown({ alter: removing('index public.users_name') }),
    ],
  },
} satisfies Record<string, Case>;

export const driftCases = {
  'drift-missing': {
    facts: shown({ alter: removing('column public.users.email', 'table public.orders') }),
    severity: 'error',
    says: /^column public\.users\.email and table public\.orders are not in the database, though 0000_a left them there\.$/,
    shows: /^column public\.users\.email: missing; should be text$/,
    migrations: ['0000_a'],
    near: [
      shown(),
      shown({ ran: ['0000_a', '0001_b:1'], recorded: ['0000_a'] }),
      shown({ ran: ['0000_a', '0001_b'] }),
    ],
  },
  'drift-changed': {
    facts: shown({ alter: adding(column('public.users.name', 'integer')) }),
    severity: 'warning',
    says: /^column public\.users\.name is not as 0001_b left it\.$/,
    shows: /^column public\.users\.name: found integer; should be text$/,
    migrations: ['0001_b'],
    near: [
      shown(),
      shown({ alter: adding(long('false')), migrations: last(does('CREATE INDEX', long('true'))) }),
      shown({ migrations: withKey, alter: adding(validated('false')) }),
    ],
  },
  'drift-extra': {
    facts: shown({ alter: adding(column('public.users.extra')) }),
    severity: 'info',
    says: /^No migration makes column public\.users\.extra, within what 0000_a made\.$/,
    shows: /^column public\.users\.extra: found text$/,
    migrations: ['0000_a'],
    near: [
      shown(),
      shown({ alter: adding(object('schema auth'), object('table auth.users')) }),
      // Pending, and there already: another finding.
      shown({ recorded: ['0000_a', '0001_b'] }),
    ],
  },
  'invalid-index': {
    // Of which only the first 200 characters are told.
    facts: shown({
      migrations: last(does('CREATE INDEX', long('true'))),
      alter: adding(long('false')),
    }),
    severity: 'error',
    says: /^index public\.users_name is not valid: building it was broken off/,
    shows: /; to build it again: REINDEX INDEX CONCURRENTLY public\.users_name;$/,
    near: [
      shown(),
      shown({ alter: removing('index public.users_name') }),
      shown({
        alter: adding(
          object(
            'index public.extra',
            { definition: "CREATE INDEX ON public.users (id) WHERE x = 'INVALID'", valid: 'true' },
            'table public.users',
          ),
        ),
      }),
    ],
  },
  'constraint-not-validated': {
    facts: shown({ migrations: withKey, alter: adding(validated('false')) }),
    severity: 'warning',
    says: /^constraint public\.orders\.orders_user was never validated: rows from before may break it\.$/,
    shows: /; to check them: ALTER TABLE public\.orders VALIDATE CONSTRAINT orders_user;$/,
    migrations: ['0002_c'],
    near: [
      shown({ migrations: withKey }),
      // As the migration leaves it.
      shown({ migrations: last(does('ALTER TABLE', validated('false'))) }),
    ],
  },
} satisfies Record<string, Case>;
