import { expect, test } from 'vitest';
import { loadParser } from '../../src/postgres/parse.js';

async function state(sql: string): Promise<string | null> {
  const parsed = (await loadParser()).split(sql);
  if (!parsed.ok) throw new Error(parsed.message);
  return parsed.statements[0]?.setsState ?? null;
}

test.each([
  ['SET search_path TO archive', 'SET search_path'],
  ['SET LOCAL lock_timeout = 1', 'SET LOCAL lock_timeout'],
  ['RESET ALL', 'RESET ALL'],
  ['RESET search_path', 'RESET search_path'],
  ['SET ROLE app', 'SET role'],
  ['SET SESSION AUTHORIZATION app', 'SET session_authorization'],
  ['SET CONSTRAINTS ALL DEFERRED', 'SET CONSTRAINTS'],
  ["SELECT pg_catalog.set_config('search_path', 'archive', false)", 'set_config'],
  ['SELECT 1 FROM a WHERE pg_try_advisory_lock(7)', 'pg_try_advisory_lock'],
  ['SELECT pg_advisory_xact_lock(7)', 'pg_advisory_xact_lock'],
  ['CREATE TEMP TABLE t (a int)', 'a temporary table, view or sequence'],
  ['CREATE TEMP TABLE t AS SELECT 1', 'a temporary table, view or sequence'],
  ['SELECT 1 INTO TEMP t', 'a temporary table, view or sequence'],
  ['CREATE TEMP VIEW v AS SELECT 1', 'a temporary table, view or sequence'],
  ['CREATE TEMPORARY SEQUENCE s', 'a temporary table, view or sequence'],
  ['CREATE TABLE pg_temp.t (a int)', 'a temporary table, view or sequence'],
  ['CREATE FUNCTION pg_temp.f() RETURNS int RETURN 1', 'a temporary function'],
  ["CREATE TYPE pg_temp.mood AS ENUM ('ok')", 'a temporary type'],
  ['PREPARE p AS SELECT 1', 'PREPARE'],
  ['DECLARE c CURSOR WITH HOLD FOR SELECT 1', 'DECLARE CURSOR'],
  ['LISTEN news', 'LISTEN'],
  ['LOCK TABLE a', 'LOCK TABLE'],
  ['DISCARD TEMP', 'DISCARD'],
  ["LOAD 'auto_explain'", 'LOAD'],
  ['DO $$ BEGIN\nSET search_path TO archive; END $$', 'a DO block with session state'],
  ['DO $$ BEGIN CREATE TEMP TABLE t (a int); END $$', 'a DO block with session state'],
  ['DO $$ BEGIN EXECUTE format($f$x$f$); END $$', 'a DO block with EXECUTE, which cannot be read,'],
])('%s is for its session', async (sql, what) => expect(await state(sql)).toBe(what));

test.each([
  'CREATE TABLE a (id int)',
  'ALTER ROLE app SET search_path TO archive',
  'CREATE FUNCTION f() RETURNS int SET search_path TO archive RETURN 1',
  "CREATE FUNCTION f() RETURNS text RETURN set_config('a.b', 'c', false)",
  'UPDATE a SET b = 1 WHERE c',
  'DO $$ BEGIN UPDATE a SET b = 1 WHERE c; ALTER TABLE a ALTER b SET NOT NULL; END $$',
])('%s is not', async (sql) => expect(await state(sql)).toBeNull());
