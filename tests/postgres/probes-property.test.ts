import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cases } from '../support/cases.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { bench, type Bench } from './probes-support.js';

let database: TestDatabase;
let on: Bench;

beforeAll(async () => {
  database = await createTestDatabase();
  on = await bench(database.url);
});

afterAll(async () => {
  await on.end();
  await database.drop();
});

const number = fc.option(fc.integer({ min: -1, max: 3 }));
const text = fc.option(fc.constantFrom('a', 'A', '1', '0', '1.5', 'long text', 'ab  ', ''));
const row = fc.tuple(number, number, text);
const literal = (value: string | number | null): string =>
  value === null ? 'NULL' : `'${String(value)}'`;

const condition = fc.constantFrom(
  '"A b" > 0',
  'b IS NOT NULL',
  'length(s) < 4',
  '10 / b > 0',
  's::int > 0',
);
const key = fc.constantFrom('"A b"', 'b', 's', '(lower(s))', '(b % 2)', '(s::numeric)');
const column = fc.constantFrom('"A b"', 'b', 's');

const command = fc.oneof(
  column.map((name) => `ALTER ${name} SET NOT NULL`),
  condition.map((check) => `ADD CHECK (${check})`),
  fc.uniqueArray(column, { minLength: 1 }).map((names) => `ADD UNIQUE (${names.join(', ')})`),
  fc
    .uniqueArray(column, { minLength: 1 })
    .map((names) => `ADD UNIQUE NULLS NOT DISTINCT (${names.join(', ')})`),
  fc.uniqueArray(column, { minLength: 1 }).map((names) => `ADD PRIMARY KEY (${names.join(', ')})`),
  fc.constantFrom('"A b"', 'b').map((name) => `ADD FOREIGN KEY (${name}) REFERENCES "R"`),
  fc
    .constantFrom('', ' MATCH FULL')
    .map((match) => `ADD FOREIGN KEY ("A b", b) REFERENCES r2${match}`),
  fc
    .constantFrom('int', 'numeric(2, 1)', 'varchar(2)', 'char(3)', 'kind')
    .map((type) => `ALTER s TYPE ${type} USING s::${type === 'kind' ? 'text::kind' : type}`),
  fc.constantFrom('varchar(2)', 'char(3)', 'short').map((type) => `ALTER s TYPE ${type}`),
  fc
    .tuple(
      fc.constantFrom('int', 'positive', 'text'),
      fc.constantFrom('', ' NOT NULL', " DEFAULT '1'", ' DEFAULT NULL', " DEFAULT '2' NOT NULL"),
      fc.constantFrom('', ' UNIQUE', ' CHECK (fresh IS NOT NULL)', ' PRIMARY KEY'),
    )
    .map(([type, value, more]) => `ADD COLUMN fresh ${type}${value}${more}`),
);

const alter = fc
  .array(command, { minLength: 1, maxLength: 2 })
  .map((commands) => `ALTER TABLE "S".t ${commands.join(', ')}`);
const index = fc
  .tuple(
    fc.constantFrom('UNIQUE ', ''),
    fc.array(key, { minLength: 1, maxLength: 2 }),
    fc.option(condition),
  )
  .map(
    ([unique, keys, where]) =>
      `CREATE ${unique}INDEX ON "S".t (${keys.join(', ')})${where === null ? '' : ` WHERE ${where}`}`,
  );

const shape = fc.constantFrom('', ' PARTITION BY LIST (b)');

test('a probe is violated where the statement fails, and clear where it goes through', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 5 }),
      shape,
      fc.oneof(alter, index),
      async (rows, partitioned, statement) => {
        await on.run(`DROP SCHEMA IF EXISTS public, "S" CASCADE; CREATE SCHEMA public; CREATE SCHEMA "S";
        CREATE TYPE kind AS ENUM ('a', '1'); CREATE DOMAIN short AS varchar(2); CREATE DOMAIN positive AS int CHECK (VALUE > 1);
        CREATE TABLE "R" (id int PRIMARY KEY); INSERT INTO "R" VALUES (0), (1), (2);
        CREATE TABLE r2 (x int, y int, PRIMARY KEY (x, y)); INSERT INTO r2 VALUES (1, 1), (1, 2), (2, 1);
        CREATE TABLE "S".t ("A b" int, b int, s text)${partitioned}`);
        if (partitioned !== '') {
          await on.run(
            'CREATE TABLE "S".t1 PARTITION OF "S".t FOR VALUES IN (1, NULL); CREATE TABLE "S".t2 PARTITION OF "S".t DEFAULT',
          );
        }
        for (const values of rows)
          await on.run(`INSERT INTO "S".t VALUES (${values.map(literal).join(', ')})`);
        const real = await on.really(statement);
        // Other failures need no rows: the rehearsal on the schema alone shows them.
        fc.pre(real === null || real.sqlstate.startsWith('2'));
        const { outcomes } = await on.ask(statement);
        const states = outcomes
          .filter(({ result }) => result === 'violated')
          .map(({ sqlstate }) => sqlstate);
        expect(
          outcomes.filter(({ result }) => result !== 'violated' && result !== 'clear'),
        ).toEqual([]);
        // Of a row that raises and a row that is refused, PostgreSQL names the one it meets first.
        const raises = states.some((state) => state?.startsWith('22'));
        if (real === null) expect(states).toEqual([]);
        else if (!raises) expect(states).toContain(real.sqlstate);
      },
    ),
    cases(40, 1000),
  );
});
