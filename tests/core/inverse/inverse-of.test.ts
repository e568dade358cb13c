import { beforeAll, describe, expect, test } from 'vitest';
import type { CatalogObject, SameDefinition } from '../../../src/core/catalog.js';
import { inverseOf } from '../../../src/core/inverse/inverse-of.js';
import type { Inverse, InverseRequest } from '../../../src/core/inverse/inverse.js';
import type { Replay } from '../../../src/core/replay.js';
import type { SqlParser } from '../../../src/core/sql.js';
import { loadSameDefinition } from '../../../src/postgres/catalog/same.js';
import { loadParser } from '../../../src/postgres/parse.js';
import { endOf, replayOf } from '../../sandbox/replay-support.js';
import { appliedOf } from './support.js';

let parser: SqlParser;
let same: SameDefinition;

beforeAll(async () => {
  [parser, same] = [await loadParser(), await loadSameDefinition()];
});

interface Wish {
  /** Which are taken back: all but the first. */
  readonly back?: readonly string[];
  /** Of the last of them, the first so many statements. */
  readonly ran?: number;
  readonly live?: (end: Map<string, CatalogObject>) => void;
  readonly version?: number;
}

/** Migrations m0, m1, ... replayed; the live database is what they leave. */
async function inverse(texts: readonly string[], wish: Wish = {}): Promise<Inverse> {
  const replay = await replayOf(texts);
  const ids = replay.migrations.map(({ id }) => id);
  const back = wish.back ?? ids.slice(1);
  const end = endOf(stopped(replay, back.at(-1) ?? '', wish.ran)) as Map<string, CatalogObject>;
  wish.live?.(end);
  const request: InverseRequest = {
    replay,
    applied: appliedOf(replay, back, wish.ran),
    ...(back.at(-1) === ids.at(-1)
      ? {}
      : {
          kept: appliedOf(
            replay,
            ids.filter((id) => !back.includes(id)),
          ),
        }),
    live: [...end.values()],
    serverVersionNum: wish.version ?? 180000,
    same,
    parser,
  };
  return inverseOf(request);
}

function stopped(replay: Replay, id: string, ran = Number.POSITIVE_INFINITY): Replay {
  const migrations = replay.migrations.map((one) =>
    one.id === id
      ? { ...one, statements: one.statements.filter(({ number }) => number <= ran) }
      : one,
  );
  return { ...replay, migrations };
}

const sqlOf = ({ statements }: Inverse): string[] => statements.map(({ sql }) => sql);
const whysOf = ({ refused }: Inverse): string[] => refused.map(({ why }) => why);

const USERS = 'CREATE TABLE users (id int PRIMARY KEY, name text, age int NOT NULL)';

describe('names', () => {
  test('a renaming is never a drop: nothing is lost', async () => {
    const found = await inverse([
      USERS,
      'ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME COLUMN name TO "Full Name"; CREATE SCHEMA s; ALTER TABLE people SET SCHEMA s',
    ]);
    expect(sqlOf(found)).toEqual([
      'ALTER TABLE s.people SET SCHEMA public',
      'DROP SCHEMA s',
      'ALTER TABLE public.people RENAME COLUMN "Full Name" TO name',
      'ALTER TABLE public.people RENAME TO users',
    ]);
    expect(found.losses).toEqual([]);
    expect(found.refused).toEqual([]);
  });

  test('an index behind a constraint is renamed with it', async () => {
    const found = await inverse([USERS, 'ALTER INDEX users_pkey RENAME TO by_id']);
    expect(sqlOf(found)).toEqual([
      'ALTER TABLE public.users RENAME CONSTRAINT by_id TO users_pkey',
    ]);
  });

  test('a renaming within a block is refused: it could be a drop', async () => {
    const found = await inverse([
      USERS,
      'DO $$ BEGIN ALTER TABLE users RENAME COLUMN name TO called; END $$',
    ]);
    expect(whysOf(found)).toEqual([
      'column public.users.name may have been renamed to column public.users.called within the block, or dropped and made: its text does not tell',
    ]);
  });
});

describe('what is lost', () => {
  test('is counted under the names of now, with the key of its row', async () => {
    const found = await inverse([
      USERS,
      'ALTER TABLE users ADD COLUMN nick text',
      'ALTER TABLE users RENAME COLUMN nick TO nickname; ALTER TABLE users RENAME TO people',
    ]);
    expect(found.losses).toEqual([
      {
        undoes: { migration: 'm1', number: 1, label: 'ALTER TABLE' },
        type: 'goes',
        table: 'public.people',
        what: 'column public.people.nickname',
        count: 'SELECT pg_catalog.count(*) FROM public.people WHERE nickname IS NOT NULL',
        rows: 'SELECT id, nickname FROM public.people WHERE nickname IS NOT NULL',
      },
    ]);
  });

  test('is not counted where the live database has not got it any more, or it can be computed', async () => {
    const gone = await inverse([USERS, 'CREATE TABLE t (id int)', 'DROP TABLE t']);
    expect(gone.losses).toEqual([]);
    const again = await inverse([
      USERS,
      'DROP TABLE users',
      USERS.replace('name text', 'name text, more int'),
      'ALTER TABLE users DROP COLUMN more',
    ]);
    expect(again.losses.map(({ what }) => what)).toEqual(['table public.users']);
    const computed = await inverse([
      USERS,
      'ALTER TABLE users ADD COLUMN twice int GENERATED ALWAYS AS (age * 2) STORED',
    ]);
    expect(computed.losses).toEqual([]);
  });

  test('values that do not go back to the type before stop it, others that would be changed go', async () => {
    const found = await inverse([
      USERS,
      'ALTER TABLE users ALTER age TYPE text, ALTER age DROP NOT NULL',
    ]);
    expect(found.losses.map(({ type, what }) => [type, what])).toEqual([
      ['stops', 'values of public.users.age that do not fit integer'],
      ['goes', 'values of public.users.age that are other ones as integer'],
      ['stops', 'rows of public.users without age, which may not be empty then'],
    ]);
    expect(sqlOf(found)).toEqual([
      'ALTER TABLE public.users ALTER COLUMN age TYPE integer USING age::integer',
      'ALTER TABLE public.users ALTER COLUMN age SET NOT NULL',
    ]);
  });

  test('before 16 every value counts as one that may not fit', async () => {
    const found = await inverse([USERS, 'ALTER TABLE users ALTER age TYPE bigint'], {
      version: 150000,
    });
    expect(found.losses.map(({ what, count }) => [what, count])).toEqual([
      [
        'values of public.users.age that may not fit integer',
        'SELECT pg_catalog.count(*) FROM public.users WHERE age IS NOT NULL AND true',
      ],
    ]);
  });

  test('what a migration destroyed comes back empty, and that is said', async () => {
    const found = await inverse([USERS, 'ALTER TABLE users DROP COLUMN age']);
    expect(sqlOf(found)).toEqual(['ALTER TABLE public.users ADD COLUMN age integer NOT NULL']);
    expect(found.remarks).toEqual([
      'column public.users.age comes back as the last of its table, without its values: they went when it was dropped, and only a restored backup has them',
    ]);
    expect(found.losses.map(({ type, what }) => [type, what])).toEqual([
      [
        'stops',
        'rows of public.users, which have no value for age: it comes back, and may not be empty',
      ],
    ]);
  });
});

describe('rows', () => {
  test('go with the table or column that goes', async () => {
    const found = await inverse([
      USERS,
      `CREATE TABLE kinds (id int); INSERT INTO kinds VALUES (1); ALTER TABLE kinds RENAME TO sorts; DELETE FROM sorts;
       ALTER TABLE users ADD COLUMN nick text; UPDATE users SET nick = name;
       DO $$ BEGIN CREATE TYPE mood AS ENUM ('a'); EXCEPTION WHEN duplicate_object THEN NULL; END $$`,
    ]);
    expect(whysOf(found)).toEqual([]);
  });

  test.each([
    ['UPDATE users SET name = 1', 'changed rows of users: what they were before is in no catalog'],
    [
      'ALTER TABLE users ADD COLUMN nick text; UPDATE users SET nick = name, name = NULL',
      'changed rows of users',
    ],
    ['DELETE FROM public.users', 'changed rows of public.users'],
    ['TRUNCATE users', 'changed rows of users'],
    ['INSERT INTO users VALUES (1, null, 1)', 'put rows into users, which stays'],
    ['WITH old AS (DELETE FROM users RETURNING id) SELECT 1', 'changed rows of users'],
    [
      'INSERT INTO users VALUES (1, null, 1) ON CONFLICT (id) DO UPDATE SET age = 2',
      'may have written rows',
    ],
    [
      'DO $$ BEGIN UPDATE users SET age = 1; END $$',
      'a DO block with UPDATE may have written rows',
    ],
    [
      "DO $$ DECLARE s text := 'DELETE FROM users'; BEGIN EXECUTE s; END $$",
      'may have written rows',
    ],
    [
      "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; SELECT f()",
      'f() may have written rows',
    ],
  ])('%s is refused', async (text, why) => {
    expect(whysOf(await inverse([USERS, text]))).toEqual([expect.stringContaining(why)]);
  });

  test('a sequence that was set stays where it is', async () => {
    const found = await inverse([
      'CREATE SEQUENCE s',
      "SELECT setval('s', 5); ALTER SEQUENCE s RESTART",
    ]);
    expect([found.refused, found.statements]).toEqual([[], []]);
    expect(found.remarks).toHaveLength(2);
  });
});

describe('what really ran', () => {
  test('what was made only where it was not there may have been there: that is said', async () => {
    const found = await inverse([
      USERS,
      'CREATE TABLE IF NOT EXISTS t (id int); CREATE OR REPLACE VIEW v AS SELECT 1 AS one',
    ]);
    expect(found.remarks).toEqual([
      'statement 2 (CREATE OR) of m1 says OR REPLACE: view public.v is dropped, also if it was there before',
      'statement 1 (CREATE TABLE) of m1 says IF NOT EXISTS: table public.t is dropped, also if it was there before',
    ]);
  });

  test('a half-run migration: only its statements that ran', async () => {
    const found = await inverse(
      [USERS, 'ALTER TABLE users ADD COLUMN a int; ALTER TABLE users ADD COLUMN b int'],
      { ran: 1 },
    );
    expect(sqlOf(found)).toEqual(['ALTER TABLE public.users DROP COLUMN a']);
    expect(found.target).toEqual([{ key: 'column public.users.a', is: 'missing' }]);
  });

  test('a statement that fails in the sandbox is refused; one that had nothing to do is not', async () => {
    const found = await inverse([
      USERS,
      'CREATE TABLE users (id int); ALTER TABLE nowhere ADD COLUMN b int',
    ]);
    expect(whysOf(found)).toEqual([
      'statement 2 (ALTER TABLE) fails in the sandbox (42P01 relation "nowhere" does not exist), so what it did is not known',
    ]);
  });

  test('the live object is another one: refused with both definitions', async () => {
    const found = await inverse([USERS, 'ALTER TABLE users ADD COLUMN a int'], {
      live: (end) => {
        const column = end.get('column public.users.a') as CatalogObject;
        end.set(column.key, { ...column, parts: { ...column.parts, type: 'bigint' } });
      },
    });
    expect(whysOf(found)).toEqual([
      'column public.users.a is type bigint, and should be type integer after what was applied',
    ]);
  });

  test('a later migration that stays and changed the same is named', async () => {
    const texts = [
      USERS,
      'ALTER TABLE users ADD COLUMN a int; CREATE TABLE t (id int)',
      'ALTER TABLE users ALTER a SET DEFAULT 1; CREATE TABLE u (id int)',
    ];
    const found = await inverse(texts, { back: ['m1'] });
    expect(whysOf(found)).toEqual([
      'column public.users.a was changed again by statement 1 (ALTER TABLE) of m2, which stays',
    ]);
    const free = await inverse([USERS, 'CREATE TABLE t (id int)', 'CREATE TABLE u (id int)'], {
      back: ['m1'],
    });
    expect([whysOf(free), sqlOf(free)]).toEqual([[], ['DROP TABLE public.t']]);
  });

  test('a later migration, or a person, that built on it is named', async () => {
    const later = await inverse(
      [
        USERS,
        'CREATE TABLE t (id int PRIMARY KEY)',
        'ALTER TABLE users ADD CONSTRAINT to_t FOREIGN KEY (age) REFERENCES t (id)',
      ],
      { back: ['m1'] },
    );
    expect(whysOf(later)).toEqual([
      'constraint public.users.to_t depends on table public.t, and nothing that is taken back made it',
    ]);
    const view: CatalogObject = {
      key: 'view public.v',
      kind: 'view',
      schema: 'public',
      parent: null,
      parts: { definition: ' SELECT id\n   FROM public.t;' },
    };
    const index: CatalogObject = {
      key: 'index public.i',
      kind: 'index',
      schema: 'public',
      parent: 'table public.users',
      parts: { definition: 'CREATE INDEX i ON public.users USING btree (nick)', valid: 'true' },
    };
    const byHand = await inverse(
      [USERS, 'CREATE TABLE t (id int); ALTER TABLE users ADD COLUMN nick text'],
      {
        live: (end) => void end.set(view.key, view).set(index.key, index),
      },
    );
    expect(whysOf(byHand)).toEqual([
      'view public.v depends on table public.t, and nothing that is taken back made it',
    ]);
    expect(byHand.remarks).toEqual([
      'index public.i, which nothing that is taken back made, goes with column public.users.nick',
    ]);
  });
});

test('an enum that got several values is made anew once', async () => {
  const found = await inverse([
    "CREATE TYPE mood AS ENUM ('a'); CREATE TABLE t (id int PRIMARY KEY, m mood DEFAULT 'a')",
    "ALTER TYPE mood ADD VALUE 'b'; ALTER TYPE mood ADD VALUE 'c' BEFORE 'a'",
  ]);
  expect(sqlOf(found)).toEqual([
    'ALTER TYPE public.mood RENAME TO pgmedic_going',
    "CREATE TYPE public.mood AS ENUM ('a')",
    'ALTER TABLE public.t ALTER COLUMN m DROP DEFAULT',
    'ALTER TABLE public.t ALTER COLUMN m TYPE public.mood USING m::pg_catalog.text::public.mood',
    "ALTER TABLE public.t ALTER COLUMN m SET DEFAULT 'a'::public.mood",
    'DROP TYPE public.pgmedic_going',
  ]);
  expect(found.losses).toEqual([
    expect.objectContaining({
      type: 'stops',
      count: "SELECT pg_catalog.count(*) FROM public.t WHERE m::pg_catalog.text IN ('c', 'b')",
    }),
  ]);
});

test('all rights are given back as all: MAINTAIN, which is not shown then, is one of them', async () => {
  const found = await inverse([
    `${USERS}; GRANT ALL ON users TO pg_monitor`,
    'REVOKE UPDATE ON users FROM pg_monitor',
  ]);
  expect(sqlOf(found)).toEqual(['GRANT ALL PRIVILEGES ON TABLE public.users TO pg_monitor']);
});

test('a foreign key that came back may rest on a later key: it gives way when that goes', async () => {
  const found = await inverse([
    'CREATE TABLE p (id int PRIMARY KEY); CREATE TABLE q (p int CONSTRAINT k REFERENCES p)',
    'CREATE UNIQUE INDEX later ON p (id)',
    'ALTER TABLE q DROP CONSTRAINT k',
  ]);
  const key = 'ALTER TABLE public.q ADD CONSTRAINT k FOREIGN KEY (p) REFERENCES public.p(id)';
  expect(sqlOf(found)).toEqual([
    key,
    'ALTER TABLE public.q DROP CONSTRAINT k',
    'DROP INDEX public.later',
    key,
  ]);
});

test('the columns of a table come back in their order', async () => {
  const found = await inverse([
    'CREATE TABLE t (z int, a int); ALTER TABLE t ADD COLUMN m int',
    'DROP TABLE t',
  ]);
  expect(sqlOf(found)).toEqual([
    'CREATE TABLE public.t (\n  z integer,\n  a integer,\n  m integer\n)',
  ]);
});

test('nothing is ever dropped with CASCADE', async () => {
  const found = await inverse([
    USERS,
    'CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a); ALTER TABLE a ADD COLUMN b int REFERENCES b; CREATE VIEW v AS SELECT id FROM b; DO $$ BEGIN CREATE TABLE c (id int PRIMARY KEY); CREATE TABLE d (c int REFERENCES c); ALTER TABLE c ADD COLUMN d int; CREATE VIEW w AS SELECT d FROM c; END $$',
  ]);
  expect(sqlOf(found)).toEqual([
    'DROP VIEW public.w',
    'ALTER TABLE public.d DROP CONSTRAINT d_c_fkey',
    'DROP TABLE public.d',
    'DROP TABLE public.c',
    'DROP VIEW public.v',
    'ALTER TABLE public.a DROP CONSTRAINT a_b_fkey',
    'ALTER TABLE public.a DROP COLUMN b',
    'DROP TABLE public.b',
    'DROP TABLE public.a',
  ]);
});
