import { beforeAll, expect, test } from 'vitest';
import type { SqlParser } from '../../src/core/sql.js';
import { loadParser } from '../../src/postgres/parse.js';

let parser: SqlParser;
beforeAll(async () => {
  parser = await loadParser();
});

test.for<[string, string, string]>([
  [
    'ALTER TABLE "m" ADD COLUMN "a" integer NOT NULL',
    'a added',
    'ALTER TABLE "m" ADD COLUMN "a" integer         ',
  ],
  [
    'ALTER TABLE m ADD a int CONSTRAINT u NOT /* x */ NULL REFERENCES u(id), ADD b int',
    'a added',
    'ALTER TABLE m ADD a int                               REFERENCES u(id), ADD b int',
  ],
  [
    'alter table m add a int not null, add b text not null',
    'a added, b added',
    'alter table m add a int         , add b text         ',
  ],
  [
    'ALTER TABLE m ALTER COLUMN a SET NOT NULL',
    'a set',
    'ALTER TABLE m ALTER COLUMN a SET NOT NULL',
  ],
  ...[
    'int NOT NULL DEFAULT 1',
    'bigserial NOT NULL',
    'int GENERATED ALWAYS AS IDENTITY NOT NULL',
    'int GENERATED ALWAYS AS (1) STORED NOT NULL',
    'int',
  ].map((type): [string, string, string] => [
    `ALTER TABLE m ADD a ${type}`,
    '',
    `ALTER TABLE m ADD a ${type}`,
  ]),
  ['CREATE TABLE m (a int NOT NULL)', '', 'CREATE TABLE m (a int NOT NULL)'],
])('%s', ([sql, columns, nullable]) => {
  const demands = parser.demands(sql);
  expect(demands.columns.map(({ name, how }) => `${name} ${how}`).join(', ')).toBe(columns);
  expect(demands.nullable).toBe(nullable);
  expect(parser.split(demands.nullable).ok).toBe(true);
});

test('foreign keys, and another ON DELETE', () => {
  const sql =
    'ALTER TABLE "m" ADD CONSTRAINT "k" FOREIGN KEY ("a") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action';
  expect(parser.demands(sql).foreignKeys).toEqual([
    {
      columns: ['a'],
      target: { schema: 'public', name: 'users' },
      targetColumns: ['id'],
      onDelete: 'set null',
    },
  ]);
  const other = parser.withOnDelete(sql, 'cascade') ?? '';
  expect(other).toBe(sql.replace('set null', 'cascade'));
  expect(parser.demands(other).foreignKeys[0]?.onDelete).toBe('cascade');
  expect(
    parser.withOnDelete('ALTER TABLE m ADD FOREIGN KEY (a) REFERENCES u', 'cascade'),
  ).toBeNull();
});

test.for<[string, RegExp | null]>([
  ['1', null],
  ['(SELECT id FROM users ORDER BY id LIMIT 1)', null],
  ["COALESCE(owner_id, (SELECT min(id) FROM users), '-- ;')", null],
  ['SELECT 1', null],
  ['selec 1', /syntax error/],
  ['1), (2', /more than one/],
  ['1) FROM users WHERE (true', /more than one/],
  ['1) UNION SELECT (2', /more than one/],
  ['1); DELETE FROM users; SELECT (1', /more than one/],
  ['1, 2', /several values/],
  ['1 -- all', /end of input/],
  ['', /syntax error/],
])('one scalar expression: %s', ([text, problem]) => {
  if (problem === null) expect(parser.notAnExpression(text)).toBeNull();
  else expect(parser.notAnExpression(text)).toMatch(problem);
});

test('assignments are taken apart as they were written', () => {
  expect(parser.assignments("a = 'x, y', m.b = coalesce(c, 'é')")).toEqual({
    a: "'x, y'",
    'm.b': "coalesce(c, 'é')",
  });
  expect(parser.assignments('a = 1 WHERE true')).toContain('more than a list');
  expect(parser.assignments('nonsense')).toContain('syntax error');
});
