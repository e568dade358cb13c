import { expect, test } from 'vitest';
import { currentServer } from '../../evidence/live-server.js';
import { catalogOf, withDatabase } from '../../evidence/support.js';
import { replayOf } from '../../sandbox/replay-support.js';
import { appliedOf, computed, expectTakenBack, rowHashes, takeBack } from './support.js';

const before = `
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE a (id int PRIMARY KEY, name text, n int);
CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a, m mood DEFAULT 'ok', ms mood[], code varchar(20));
CREATE TABLE c (id serial PRIMARY KEY, twice int GENERATED ALWAYS AS (1 + 1) STORED, at date);
CREATE TABLE aside (id int);`;

const rows = `
INSERT INTO a SELECT i, 'name ' || i, i * 1000 FROM generate_series(1, 20) AS i;
INSERT INTO b SELECT i, i, CASE WHEN i % 2 = 0 THEN 'sad' END::mood, ARRAY['ok', NULL]::mood[], 'x' || i FROM generate_series(1, 20) AS i;
INSERT INTO c (at) SELECT date '2024-01-01' + i FROM generate_series(1, 20) AS i;
INSERT INTO aside SELECT generate_series(1, 20);`;

const release = `
ALTER TABLE a RENAME COLUMN name TO "Full Name";
ALTER TABLE a ADD COLUMN extra text DEFAULT 'given';
ALTER TABLE a ALTER n TYPE text;
ALTER TABLE a RENAME TO people;
ALTER TYPE mood ADD VALUE 'new';
ALTER TYPE mood RENAME VALUE 'ok' TO 'well';
ALTER TABLE b ALTER code TYPE text, ALTER code SET NOT NULL;
ALTER TABLE b DROP CONSTRAINT b_a_fkey;
CREATE SCHEMA s;
ALTER TABLE c SET SCHEMA s;
ALTER TABLE s.c ALTER at TYPE timestamptz;
ALTER TABLE s.c ALTER twice DROP EXPRESSION;
CREATE TABLE more (id int);
CREATE VIEW v AS SELECT p.id FROM people p JOIN b ON b.a = p.id WHERE b.m = 'well';`;

test('rows that were there are there again, every value of every column', async () => {
  const replay = await replayOf([before, release]);
  await withDatabase(currentServer(), async (client) => {
    await client.query(before);
    await client.query(rows);
    const catalog = await catalogOf(client);
    const tables = catalog.filter(({ kind }) => kind === 'table');
    const was = await rowHashes(client, tables, catalog, new Set());
    await client.query(release);
    const inverse = await computed(replay, appliedOf(replay, ['m1']), await catalogOf(client));
    expect(inverse.refused).toEqual([]);
    expectTakenBack(inverse, await takeBack(client, inverse, catalog));
    expect(await rowHashes(client, tables, catalog, new Set())).toEqual(was);
    // The generated column is made anew, as the last.
    expect(inverse.losses.map(({ what }) => what)).toContain('column public.people.extra');
  });
});

test('a row that has been written since stops it, and then nothing is done', async () => {
  const replay = await replayOf([before, release]);
  await withDatabase(currentServer(), async (client) => {
    await client.query(before);
    await client.query(rows);
    await client.query(release);
    await client.query(`UPDATE b SET m = 'new' WHERE id < 4`);
    const live = await catalogOf(client);
    const inverse = await computed(replay, appliedOf(replay, ['m1']), live);
    const outcome = await takeBack(client, inverse, []);
    expect(outcome.stops).toEqual([
      "rows of public.b with 'new' in m, which enum public.mood does not have then",
    ]);
    expect(outcome.error).toMatch(/^invalid input value for enum mood: "new"/);
    expect(await catalogOf(client)).toEqual(live);
  });
});
