import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { testServer } from '../support/server.js';
import { changesOf, endOf, errorsOf, replayOf, withClient } from './replay-support.js';
import { richFolder } from './replay-folder.js';

describe('replay', () => {
  it('gives the same by whole files as it knows of the catalog in the end', async () => {
    const texts = Object.values(richFolder).filter(
      (text) => !/DROP SCHEMA|publication/i.test(text),
    );
    const replayed = await replayOf(texts.slice(0, 1));
    expect(replayed.untracked).toEqual([]);
    expect(errorsOf(replayed)).toEqual([]);
    expect([...endOf(replayed).keys()].filter((key) => key.includes('pgmedic'))).toEqual([]);
  });

  it('notes a failing statement with what it would have made, and goes on', async () => {
    const replayed = await replayOf([
      `CREATE TABLE a (id int);
CREATE INDEX "Odd" ON nowhere (id);
ALTER TABLE nowhere.x ADD COLUMN "user" int;
CREATE TABLE a (id int);
CREATE POLICY p ON absent;
SELECT 1/0;
CREATE TABLE b (id int)`,
    ]);
    const { statements } = replayed.migrations[0] ?? { statements: [] };
    expect(
      statements.map(({ line, error }) => [line, error?.sqlstate, error?.names, error?.redundant]),
    ).toEqual([
      [1, undefined, undefined, undefined],
      [2, '42P01', expect.arrayContaining(['public."Odd"', 'public.nowhere']), false],
      [3, '3F000', expect.arrayContaining(['nowhere.x', 'nowhere.x."user"']), false],
      [4, '42P07', ['public.a'], true],
      [5, '42P01', expect.arrayContaining(['public.absent', 'public.absent.p']), false],
      [6, '22012', [], false],
      [7, undefined, undefined, undefined],
    ]);
    expect(changesOf(replayed)[6]).toEqual(['set column public.b.id', 'set table public.b']);
    expect(replayed.untracked).toEqual([]);
  });

  it('survives what a migration does to its session', async () => {
    const made = (name: string): string => `CREATE TABLE public.${name} (id int)`;
    const replayed = await replayOf([
      `DISCARD ALL;\n${made('a')}`,
      `SET session_replication_role = replica;${made('b')}`,
      `CREATE ROLE replay_weak;GRANT CREATE ON SCHEMA public TO replay_weak;SET ROLE replay_weak;${made('c')}`,
      `RESET ROLE;RESET ALL;${made('d')}`,
      `SELECT pg_catalog.set_config('search_path', '', false);SET statement_timeout = 0;${made('e')}`,
      `DROP SCHEMA public CASCADE;CREATE SCHEMA public;${made('f')}`,
      `SELECT pg_terminate_backend(pg_backend_pid());${made('g')}`,
      `BEGIN;${made('h')};COMMIT;`,
      `COPY public.h FROM STDIN;${made('i')}`,
      `DROP OWNED BY replay_weak; DROP ROLE replay_weak;${made('j')}`,
      `CREATE SCHEMA other; SET LOCAL search_path = other; CREATE TABLE k (id int); ALTER TYPE no ADD VALUE 'x'`,
      `SET LOCAL search_path = other; CREATE TABLE l (id int)`,
      `ALTER SYSTEM SET work_mem = '1GB'; DROP DATABASE postgres; ALTER DATABASE postgres RENAME TO p; CREATE DATABASE replay_never`,
      `SET session_replication_role = replica;${made('z')}`,
    ]);
    expect(errorsOf(replayed)).toEqual([
      expect.stringContaining('57P01'),
      expect.stringContaining('m8 1: '),
      'm10 4: 42704 type "no" does not exist',
    ]);
    expect(replayed.untracked).toEqual([]);
    const tables = [...endOf(replayed).keys()].filter((key) => key.startsWith('table '));
    expect(tables.sort()).toEqual(
      ['f', 'g', 'h', 'i', 'j', 'z']
        .map((name) => `table public.${name}`)
        .concat('table other.k', 'table other.l')
        .sort(),
    );
  });

  it('tells no change where none is, and what the catalog does not show', async () => {
    const replayed = await replayOf([
      `CREATE TABLE a (id int);
CREATE TABLE IF NOT EXISTS a (id int);
CREATE TEMP TABLE t (id int);
INSERT INTO a VALUES (1);
SELECT 1;
SELECT setval('s', 1) FROM (SELECT 1) AS x WHERE false;
SET search_path = public;
DO $$ BEGIN END $$;
UPDATE a SET id = 2;
ALTER TABLE a ALTER COLUMN id DROP NOT NULL;
ALTER ROLE pg_monitor SET work_mem = '4MB'`.replace("setval('s', 1)", 'now()'),
    ]);
    expect(errorsOf(replayed).filter((line) => !line.includes('m0 11'))).toEqual([]);
    expect(changesOf(replayed).slice(1)).toEqual(Array.from({ length: 10 }, () => []));
    const beyond = replayed.migrations[0]?.statements.map(({ beyondCatalog }) => beyondCatalog);
    expect(beyond).toEqual([
      false,
      false,
      false,
      true,
      false,
      true,
      false,
      true,
      true,
      false,
      true,
    ]);
  });

  it('says of a file that does not parse where, and makes nothing of it', async () => {
    const replayed = await replayOf([
      'CREATE TABLE a (id int);--> statement-breakpoint\n\nCREATE TABEL b;',
      '\uFEFFCREATE TABLE c (id int)',
    ]);
    expect(replayed.migrations.map(({ unparsed, statements }) => [unparsed, statements])).toEqual([
      [expect.stringMatching(/^42601 in line 3: .*TABEL/), []],
      [expect.stringMatching(/^42601 in line 1: /), []],
    ]);
  });

  it('runs in autocommit what cannot be in a transaction', async () => {
    const replayed = await replayOf([
      `CREATE TYPE e AS ENUM ('a'); ALTER TYPE e ADD VALUE 'b'; CREATE TABLE t (e e DEFAULT 'b');
CREATE INDEX CONCURRENTLY i ON t (e); INSERT INTO t VALUES ('a'), ('a'); CREATE UNIQUE INDEX CONCURRENTLY u ON t (e); VACUUM t`,
    ]);
    expect(errorsOf(replayed)).toEqual([expect.stringContaining('m0 6: 23505')]);
    expect(changesOf(replayed)[3]).toEqual(['set index public.i']);
    expect(replayed.untracked).toEqual([]);
  });
});

it('a role that a migration makes is gone afterwards, so that a rehearsal can make it', async () => {
  const role = `replay_gone_${randomBytes(4).toString('hex')}`;
  const sql = `CREATE ROLE ${role}; CREATE TABLE t (id int); ALTER TABLE t OWNER TO ${role};`;
  expect(errorsOf(await replayOf([sql]))).toEqual([]);
  const left = await withClient(testServer().adminUrl, (client) =>
    client.query('SELECT rolname FROM pg_roles WHERE rolname = $1', [role]),
  );
  expect(left.rows).toEqual([]);
});

it('takes the live user for the role that runs it, whatever the sandbox calls that', async () => {
  const [user, reader] = ['u', 'r'].map((one) => `replay_${one}_${randomBytes(4).toString('hex')}`);
  const role = { superuser: false, bypassRls: false, inherit: true, memberOf: [] };
  const live = {
    catalog: [],
    searchPath: 'public',
    user: user ?? '',
    serverVersionNum: 180_004,
    roles: [user, reader].map((name) => ({ ...role, name: name ?? '' })),
    schemaDump: async () => '',
  };
  const replayed = await replayOf(
    [
      `ALTER DEFAULT PRIVILEGES FOR ROLE ${user} IN SCHEMA public GRANT SELECT ON TABLES TO ${reader};
       SET ROLE ${user}; CREATE TABLE t (id int)`,
    ],
    { live },
  );
  expect(errorsOf(replayed)).toEqual([]);
  expect(changesOf(replayed)[0]).toEqual([
    `set default privilege SELECT on tables in schema public to ${reader}`,
  ]);
  expect(replayed.untracked).toEqual([]);
});
