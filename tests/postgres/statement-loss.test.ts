import { expect, test } from 'vitest';
import { loadParser } from '../../src/postgres/parse.js';

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
  ['DO $$ BEGIN DROP TABLE a; END $$', 'a DO block that drops or deletes'],
])('%s destroys data', async (sql, what) => expect(await loss(sql)).toBe(what));

test.each([
  'CREATE TABLE a (id int)',
  'ALTER TABLE a DROP CONSTRAINT a_pkey',
  'ALTER TABLE a ALTER COLUMN b DROP NOT NULL',
  'DROP INDEX a_idx',
  'DROP TYPE mood',
  'DROP VIEW v CASCADE',
  "UPDATE a SET b = 'delete from a'",
  'CREATE FUNCTION f() RETURNS void LANGUAGE sql BEGIN ATOMIC DELETE FROM a; END',
  'ALTER TABLE a ADD CONSTRAINT f FOREIGN KEY (b) REFERENCES c ON DELETE CASCADE',
])('%s does not', async (sql) => expect(await loss(sql)).toBeNull());
