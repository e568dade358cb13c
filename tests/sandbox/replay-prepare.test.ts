import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dumpSchema } from '../../src/backup/schema-dump.js';
import { readCatalog } from '../../src/postgres/catalog/read-catalog.js';
import type { LiveSide } from '../../src/sandbox/replay/live-side.js';
import { createTestDatabase, type TestDatabase } from '../support/server.js';
import { pathOf } from '../../src/sandbox/replay/search-path.js';
import { changesOf, endOf, errorsOf, replayOf, withClient } from './replay-support.js';

/** A live database in which the migrations below were run on what had been there before. */
const base = `
CREATE SCHEMA old; CREATE EXTENSION citext SCHEMA old;
CREATE TYPE old.kind AS ENUM ('a', 'b');
CREATE FUNCTION old.check_it(x text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE TABLE old.parents (id serial PRIMARY KEY, label old.citext);
CREATE TABLE old.accounts (id int PRIMARY KEY, kind old.kind DEFAULT 'a', parent int REFERENCES old.parents, note text CHECK (old.check_it(note)), before text);
CREATE INDEX accounts_kind ON old.accounts (kind);
CREATE TABLE first_name (id int PRIMARY KEY);
CREATE SCHEMA "Odd.One"; CREATE TYPE "Odd.One"."Mo od" AS ENUM ('x');
CREATE TABLE "We.ird" (id int, mood "Odd.One"."Mo od"); CREATE TABLE "User" (id int); CREATE TABLE "Odd.One"."q""(q" (id int);`;

const migrations = [
  `ALTER TABLE old.accounts ADD COLUMN extra text, ADD CONSTRAINT extra_set CHECK (extra <> '');
CREATE INDEX accounts_extra ON old.accounts (extra);
ALTER TABLE old.accounts RENAME COLUMN before TO after;
ALTER TABLE old.accounts ALTER COLUMN note SET NOT NULL;`,
  `ALTER TABLE first_name RENAME TO second_name;
ALTER TABLE second_name ADD COLUMN a int;
CREATE TABLE mine (id int REFERENCES old.accounts, who text);
ALTER TABLE "We.ird" ADD COLUMN "B.c" int, ALTER COLUMN id SET NOT NULL;
ALTER TABLE "User" RENAME TO "Users"; ALTER TABLE "Odd.One"."q""(q" ALTER COLUMN id SET NOT NULL;
CREATE POLICY p ON mine TO replay_live_role USING (old.check_it(who));`,
];

let database: TestDatabase;
let live: LiveSide;
let dumps = 0;

beforeAll(async () => {
  database = await createTestDatabase();
  await withClient(database.url, async (client) => {
    await client.query(`${base}\n${migrations[0]}`);
    await client.query(migrations[1]?.replace(/CREATE POLICY[^;]*;/, '') ?? '');
    await client.query('SET search_path = pg_catalog, pg_temp');
    const catalog = await readCatalog(
      async (sql) =>
        (
          await client.query<Record<string, string>>({
            text: sql,
            types: { getTypeParser: () => (text: string) => text },
          })
        ).rows,
      180_004,
      [],
    );
    live = {
      catalog,
      searchPath: '"$user", public',
      user: 'replay_live_user',
      serverVersionNum: 180_004,
      roles: [
        {
          name: 'replay_live_role',
          superuser: false,
          bypassRls: false,
          inherit: true,
          memberOf: [],
        },
      ],
      schemaDump: () => {
        dumps++;
        const dumper = {
          use: 'wasm',
          path: null,
          version: null,
          rejected: [],
          named: false,
        } as const;
        return dumpSchema({ url: database.url, dumper, signal: new AbortController().signal });
      },
    };
  });
});

afterAll(() => database.drop());

describe('preparation', () => {
  it('makes what the live database has and no migration makes, without what they add', async () => {
    const replayed = await replayOf(migrations, { live });
    expect(errorsOf(replayed)).toEqual([]);
    expect(replayed.untracked).toEqual([]);
    expect(dumps).toBe(1);
    const keys = replayed.base.map(({ key }) => key);
    expect(keys).toEqual(
      expect.arrayContaining([
        'table old.accounts',
        'column old.accounts.before',
        'table old.parents',
        'extension citext',
        'index old.accounts_kind',
        'table public.first_name',
        'table public."We.ird"',
        'table public."User"',
        'enum "Odd.One"."Mo od"',
        'table "Odd.One"."q""(q"',
      ]),
    );
    for (const added of [
      'column old.accounts.extra',
      'column old.accounts.after',
      'index old.accounts_extra',
      'constraint old.accounts.extra_set',
      'column public.first_name.a',
      'table public.mine',
    ]) {
      expect(keys).not.toContain(added);
    }
    expect(replayed.prepared.join('\n')).toContain('table old.accounts');
    expect(replayed.prepared).toContain('role replay_live_role, as the live server has it');
    // Afterwards everything stands as it is live.
    const end = endOf(replayed);
    const different = live.catalog.filter(({ key, parts }) => {
      const object = end.get(key) as { parts?: unknown } | undefined;
      return JSON.stringify(object?.parts) !== JSON.stringify(parts);
    });
    expect(different.map(({ key }) => key)).toEqual([]);
  });

  it('does not paper over a history in the wrong order', async () => {
    const text = 'CREATE TABLE old.accounts (id int)';
    const replayed = await replayOf(['ALTER TABLE old.accounts ADD COLUMN x int', text], { live });
    expect(errorsOf(replayed)[0]).toContain('m0 1: 42P01');
    const late = await replayOf(
      ['ALTER TABLE mine ADD COLUMN x int', 'CREATE TABLE mine (id int)'],
      { live },
    );
    expect(errorsOf(late)).toEqual(['m0 1: 42P01 relation "mine" does not exist']);
    expect(late.base.map(({ key }) => key)).not.toContain('table public.mine');
  });

  it('leaves what nobody has as it is', async () => {
    const replayed = await replayOf(
      ['ALTER TABLE nobody.has ADD COLUMN x int; CREATE TABLE t (id int)'],
      { live },
    );
    expect(errorsOf(replayed)).toEqual(['m0 1: 3F000 schema "nobody" does not exist']);
  });

  it('has the schemas of the live search_path, so that names without one mean the same', async () => {
    const side = { ...live, searchPath: pathOf('"$user", public', 'old') };
    const replayed = await replayOf(['CREATE TABLE t (id int)'], { live: side });
    expect(changesOf(replayed)[0]).toContain('set table old.t');
    expect(replayed.prepared).toEqual(['schema old, which the live search_path names']);
    const own = await replayOf(['CREATE TABLE t (id int); CREATE SCHEMA old'], { live: side });
    expect(errorsOf(own)).toEqual([]);
    expect(changesOf(own)[0]).toContain('set table public.t');
  });

  it('stands in for Supabase where no live database tells', async () => {
    const replayed = await replayOf([
      'CREATE TABLE t (id uuid REFERENCES auth.users (id)); CREATE POLICY p ON t USING (auth.uid() = id)',
    ]);
    expect(errorsOf(replayed)).toEqual([]);
    expect(replayed.prepared).not.toEqual([]);
    expect(replayed.untracked).toEqual([]);
  });
});
