import { expect, test } from 'vitest';
import { loadParser } from '../../src/postgres/parse.js';

async function unseen(sql: string): Promise<string | null> {
  const parsed = (await loadParser()).split(sql);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.statements[0]?.unseen ?? null;
}

async function loss(sql: string): Promise<string | null> {
  const parsed = (await loadParser()).split(sql);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.statements[0]?.destroys ?? null;
}

test.each([
  ['DROP TABLE IF EXISTS a CASCADE', 'DROP TABLE'],
  ['ALTER TABLE a ADD COLUMN c int, DROP COLUMN b', 'DROP COLUMN'],
  ['TRUNCATE a', 'TRUNCATE'],
  ['DELETE FROM a WHERE id = 1', 'DELETE'],
  ['WITH gone AS (DELETE FROM a RETURNING *) INSERT INTO b SELECT * FROM gone', 'DELETE'],
  ['MERGE INTO a USING b ON a.id = b.id WHEN MATCHED THEN DELETE', 'MERGE ... DELETE'],
  ['EXPLAIN ANALYZE DELETE FROM a', 'DELETE'],
  ['DROP SCHEMA s', 'DROP SCHEMA'],
  ['DROP TYPE mood CASCADE', 'DROP TYPE CASCADE'],
  ['DROP OWNED BY app', 'DROP OWNED'],
  ['DROP FUNCTION f CASCADE', 'DROP FUNCTION CASCADE'],
  ['DROP SEQUENCE s CASCADE', 'DROP SEQUENCE CASCADE'],
  ['UPDATE a SET b = NULL', 'UPDATE without WHERE'],
  ['WITH x AS (UPDATE a SET b = 1 RETURNING *) SELECT * FROM x', 'UPDATE without WHERE'],
  ['ALTER TABLE a ALTER b TYPE int USING b::int', 'ALTER COLUMN TYPE ... USING'],
  ['DO $$ BEGIN DROP TABLE a; END $$', 'a DO block with DROP'],
  ['DO $$\nBEGIN\nDELETE\nFROM a;\nEND $$', 'a DO block with DELETE'],
  ['DO $$ BEGIN\nTRUNCATE a; END $$', 'a DO block with TRUNCATE'],
  ['DO $$ BEGIN\nUPDATE a SET b = 1; END $$', 'a DO block with UPDATE'],
  ['DO $$ BEGIN ALTER TABLE a DROP b; END $$', 'a DO block with DROP'],
  ['DO $$ BEGIN ALTER TABLE a DROP index; END $$', 'a DO block with DROP'],
  ['DO $$ BEGIN ALTER TABLE a DROP trigger CASCADE; END $$', 'a DO block with DROP'],
  ['DO $$ BEGIN ALTER TABLE a DROP CONSTRAINT b, DROP c; END $$', 'a DO block with DROP'],
  ["DO $$ BEGIN EXECUTE 'dr' || 'op table a'; END $$", 'a DO block with EXECUTE'],
  ["DO LANGUAGE plpgsql 'BEGIN\nDELETE FROM a; END'", 'a DO block with DELETE'],
])('%s destroys data', async (sql, what) => expect(await loss(sql)).toBe(what));

test.each([
  'CREATE TABLE a (id int)',
  'ALTER TABLE a DROP CONSTRAINT a_pkey',
  'ALTER TABLE a ALTER COLUMN b DROP NOT NULL',
  'DROP INDEX a_idx',
  'DROP TYPE mood',
  'DROP VIEW v CASCADE',
  "UPDATE a SET b = 'delete from a' WHERE c",
  'ALTER TABLE a ALTER b TYPE bigint',
  'DROP INDEX a_idx CASCADE',
  'DROP TRIGGER t ON a CASCADE',
  'DROP POLICY p ON a CASCADE',
  `DO $$ BEGIN
 ALTER TABLE "a" ADD CONSTRAINT "f" FOREIGN KEY ("b") REFERENCES "public"."c"("id") ON DELETE cascade ON UPDATE no action;
EXCEPTION
 WHEN duplicate_object THEN null;
END $$`,
  'DO $$ BEGIN ALTER TABLE a DROP CONSTRAINT IF EXISTS "f", ALTER b DROP NOT NULL, ALTER b DROP DEFAULT; DROP INDEX i; END $$',
  'SELECT refill()',
  'CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM a; END',
  'ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c ON DELETE CASCADE',
])('%s does not', async (sql) => expect(await loss(sql)).toBeNull());

test.each([
  ['CALL shop.refill(1)', 'CALL shop.refill'],
  ['EXECUTE p', 'EXECUTE p'],
  ['SELECT refill()', 'refill()'],
  ['SELECT * FROM partman.create_parent(1)', 'partman.create_parent()'],
  ['SELECT shop.max(1)', 'shop.max()'],
  ["SELECT setval('s', max(id)) FROM a", null],
  ['SELECT extract(year FROM now())', null],
  ['INSERT INTO a SELECT 1', null],
  ['CREATE FUNCTION f() RETURNS int RETURN g()', null],
])('what %s calls and cannot be seen: %s', async (sql, what) =>
  expect(await unseen(sql)).toBe(what),
);
