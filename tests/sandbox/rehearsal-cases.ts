import type { FindingCode } from '../../src/core/finding.js';
import type { LiveRows } from '../../src/sandbox/rehearsal/types.js';

/** A live database, migrations of which none is recorded, and what the next run does. */
export interface Case {
  readonly name: string;
  /** SQL that makes the live database. */
  readonly live: string;
  /** One a migration. */
  readonly files: readonly string[];
  /** The role that migrates; `live` makes it. */
  readonly as?: string;
  /** It may CREATE on the database. */
  readonly mayCreate?: boolean;
  readonly limits?: Pick<LiveRows, 'rowLimit'>;
  readonly code: FindingCode | null;
  /** Rehearsed without rows too, not only in deep mode. */
  readonly blind?: true;
  /** Not only in deep mode. */
  readonly always?: true;
  /** The statement that fails. */
  readonly statement?: string;
}

const mark = '\n--> statement-breakpoint\n';
const orders = `CREATE TABLE orders (id serial PRIMARY KEY, note text, amount text);`;
const threeOrders = `${orders} INSERT INTO orders (note, amount) VALUES ('a', '1'), ('b', 'x'), (NULL, '3');`;
const users = `CREATE TABLE users (id int PRIMARY KEY); INSERT INTO users VALUES (1);
  CREATE TABLE posts (id int, author int); INSERT INTO posts VALUES (1, 1), (2, 7);`;

export const rehearsalCases: readonly Case[] = [
  {
    name: 'a table that is there',
    always: true,
    live: orders,
    files: ['CREATE TABLE ok (id int);', `SELECT 1;${mark}CREATE TABLE "orders" ("id" int)`],
    code: 'will-fail-exists',
    statement: 'CREATE TABLE "orders" ("id" int)',
  },
  {
    name: 'a column that is there',
    live: orders,
    files: ['ALTER TABLE orders ADD COLUMN note text'],
    code: 'will-fail-exists',
  },
  {
    name: 'a type that is there',
    live: `CREATE TYPE mood AS ENUM ('sad')`,
    files: [`CREATE TYPE mood AS ENUM ('sad', 'glad')`],
    code: 'will-fail-exists',
  },
  {
    name: 'a constraint that is there',
    live: `${orders} ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 0)`,
    files: ['ALTER TABLE orders ADD CONSTRAINT c CHECK (id > 1)'],
    code: 'will-fail-exists',
  },
  {
    name: 'a second primary key',
    live: orders,
    files: ['ALTER TABLE orders ADD PRIMARY KEY (note)'],
    code: 'will-fail-exists',
  },
  {
    name: 'a schema that is there',
    live: 'CREATE SCHEMA app',
    files: ['CREATE SCHEMA app'],
    code: 'will-fail-exists',
  },
  {
    name: 'CREATE TABLE IF NOT EXISTS of one that is there',
    live: orders,
    files: ['CREATE TABLE IF NOT EXISTS orders (id int)'],
    code: null,
  },
  {
    name: 'a table that is not there',
    live: '',
    files: ['DROP TABLE nope'],
    code: 'will-fail-absent',
  },
  {
    name: 'a column that is not there',
    always: true,
    live: orders,
    files: ['ALTER TABLE orders DROP COLUMN nope'],
    code: 'will-fail-absent',
  },
  {
    name: 'a schema that is not there',
    live: '',
    files: ['CREATE TABLE nope.a (id int)'],
    code: 'will-fail-absent',
  },
  {
    name: 'a NOT NULL column without default on rows',
    always: true,
    live: threeOrders,
    files: [`CREATE TABLE a (id int);${mark}ALTER TABLE "orders" ADD COLUMN "kind" text NOT NULL;`],
    code: 'will-fail-not-null',
    statement: 'ALTER TABLE "orders" ADD COLUMN "kind" text NOT NULL',
  },
  {
    name: 'a NOT NULL column without default on no rows',
    live: orders,
    files: ['ALTER TABLE "orders" ADD COLUMN "kind" text NOT NULL;'],
    code: null,
  },
  {
    name: 'a NOT NULL column with default on rows',
    live: threeOrders,
    files: [`ALTER TABLE orders ADD COLUMN kind text DEFAULT 'x' NOT NULL;`],
    code: null,
  },
  {
    name: 'SET NOT NULL over a NULL',
    live: threeOrders,
    files: ['ALTER TABLE orders ALTER COLUMN note SET NOT NULL'],
    code: 'will-fail-not-null',
  },
  {
    name: 'SET NOT NULL after a backfill',
    always: true,
    live: threeOrders,
    files: [
      `ALTER TABLE orders ADD COLUMN kind text`,
      `UPDATE orders SET kind = 'k', note = coalesce(note, '');${mark}ALTER TABLE orders ALTER note SET NOT NULL, ALTER kind SET NOT NULL`,
    ],
    code: null,
  },
  {
    name: 'a unique index over duplicates',
    blind: true,
    always: true,
    live: `${threeOrders} UPDATE orders SET note = 'a'`,
    files: ['CREATE UNIQUE INDEX u ON orders (note)'],
    code: 'will-fail-duplicates',
  },
  {
    name: 'a foreign key over orphans',
    blind: true,
    always: true,
    live: users,
    files: ['ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author) REFERENCES users (id)'],
    code: 'will-fail-orphans',
  },
  {
    name: 'a foreign key NOT VALID over orphans',
    always: true,
    live: users,
    files: [
      'ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author) REFERENCES users (id) NOT VALID',
    ],
    code: null,
  },
  {
    name: 'orphans that were deleted first',
    blind: true,
    always: true,
    live: users,
    files: [
      `DELETE FROM posts WHERE author NOT IN (SELECT id FROM users);${mark}ALTER TABLE posts ADD CONSTRAINT f FOREIGN KEY (author) REFERENCES users (id)`,
    ],
    code: null,
  },
  {
    name: 'a DELETE that a row refers to',
    live: `${users} DELETE FROM posts WHERE author = 7; ALTER TABLE posts ADD FOREIGN KEY (author) REFERENCES users (id)`,
    files: ['DELETE FROM users'],
    code: 'will-fail-orphans',
  },
  {
    name: 'a text that is no number',
    always: true,
    live: threeOrders,
    files: ['ALTER TABLE orders ALTER COLUMN amount TYPE integer USING amount::integer'],
    code: 'will-fail-cast',
  },
  {
    name: 'a type that does not cast by itself',
    live: orders,
    files: ['ALTER TABLE orders ALTER COLUMN amount SET DATA TYPE integer'],
    code: 'will-fail-cast',
  },
  {
    name: 'a text that is too long',
    live: threeOrders,
    files: [`UPDATE orders SET note = 'long';${mark}ALTER TABLE orders ALTER note TYPE varchar(2)`],
    code: 'will-fail-cast',
  },
  {
    name: 'a check that a row violates',
    live: threeOrders,
    files: [`ALTER TABLE orders ADD CONSTRAINT c CHECK (amount <> 'x')`],
    code: 'will-fail-other',
  },
  {
    name: 'an enum value used in the run that adds it',
    always: true,
    live: `CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (m mood)`,
    files: [`ALTER TYPE mood ADD VALUE 'glad'`, `ALTER TABLE people ALTER m SET DEFAULT 'glad'`],
    code: 'will-fail-enum-in-transaction',
  },
  {
    name: 'an enum value that is added and not used',
    live: `CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (m mood)`,
    files: [`ALTER TYPE mood ADD VALUE 'glad'`, `ALTER TABLE people ALTER m SET DEFAULT 'sad'`],
    code: null,
  },
  {
    name: 'CREATE INDEX CONCURRENTLY',
    always: true,
    live: orders,
    files: ['CREATE INDEX CONCURRENTLY i ON orders (note)'],
    code: 'will-fail-in-transaction',
  },
  {
    name: 'CREATE INDEX CONCURRENTLY after a COMMIT',
    live: orders,
    files: [`COMMIT;${mark}CREATE INDEX CONCURRENTLY i ON orders (note)`],
    code: null,
  },
  {
    name: 'CREATE INDEX CONCURRENTLY after a COMMIT in one message',
    always: true,
    live: orders,
    files: [`COMMIT; CREATE INDEX CONCURRENTLY i ON orders (note)`],
    code: 'will-fail-in-transaction',
  },
  {
    name: 'a COMMIT inside, and a failure in the second of three behind it',
    always: true,
    live: orders,
    files: [
      `CREATE TABLE a (id int);${mark}COMMIT;${mark}CREATE TABLE b (id int); CREATE TABLE a (x int); CREATE TABLE c (id int);`,
    ],
    code: 'will-fail-exists',
    statement: 'CREATE TABLE a (x int)',
  },
  {
    name: 'a syntax error',
    always: true,
    live: '',
    files: ['CREATE TABLE a (id int); CREATE TABEL b (id int);'],
    code: 'will-fail-syntax',
  },
  {
    name: 'somebody else owns the table',
    always: true,
    live: `${orders} CREATE ROLE mig1; GRANT ALL ON SCHEMA c31 TO mig1; GRANT ALL ON orders TO mig1`,
    files: ['ALTER TABLE orders ADD COLUMN x int'],
    as: 'mig1',
    mayCreate: true,
    code: 'will-fail-other',
  },
  {
    name: 'the role may not make the history schema',
    live: `${orders} CREATE ROLE mig2`,
    files: ['SELECT 1'],
    as: 'mig2',
    code: 'will-fail-other',
  },
  {
    name: 'a deferred foreign key that the COMMIT finds',
    live: `${users} DELETE FROM posts; ALTER TABLE posts ADD FOREIGN KEY (author) REFERENCES users (id) DEFERRABLE INITIALLY DEFERRED`,
    files: ['INSERT INTO posts VALUES (5, 99)'],
    code: 'will-fail-orphans',
    statement: 'COMMIT',
  },
  {
    name: 'a new row beside copied ones gets a number of its own',
    live: threeOrders,
    files: [`INSERT INTO orders (note) VALUES ('new')`],
    code: null,
  },
  {
    name: 'what a trigger does with the rows',
    always: true,
    live: `${threeOrders} CREATE TABLE log (id int PRIMARY KEY); INSERT INTO log VALUES (2);
      CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (OLD.id); RETURN NEW; END $$;
      CREATE TRIGGER t BEFORE INSERT OR UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION f();`,
    files: [`UPDATE orders SET note = 'x'`],
    code: 'will-fail-duplicates',
  },
  {
    name: 'a materialised view that is read',
    live: `${threeOrders} CREATE MATERIALIZED VIEW mv AS SELECT id FROM orders`,
    files: ['CREATE TABLE copy AS SELECT * FROM mv; ALTER TABLE copy ADD CHECK (id < 3)'],
    code: 'will-fail-other',
  },
  {
    name: 'an enum value used in the message that adds it, behind a COMMIT',
    always: true,
    live: `CREATE TYPE mood AS ENUM ('sad'); CREATE TABLE people (m mood)`,
    files: [
      `COMMIT; ALTER TYPE mood ADD VALUE 'glad'; ALTER TABLE people ALTER m SET DEFAULT 'glad';`,
    ],
    code: 'will-fail-enum-in-transaction',
  },
  {
    name: 'a migration that drops the history',
    always: true,
    live: '',
    files: ['SELECT 1', 'DROP SCHEMA drizzle CASCADE'],
    code: 'records-itself',
  },
  {
    name: 'a role postgres that is no superuser',
    always: true,
    live: `${orders} CREATE ROLE postgres; GRANT ALL ON SCHEMA c39 TO postgres; GRANT ALL ON orders TO postgres`,
    files: ['ALTER TABLE orders ADD COLUMN x int'],
    as: 'postgres',
    mayCreate: true,
    code: 'will-fail-other',
  },
];
