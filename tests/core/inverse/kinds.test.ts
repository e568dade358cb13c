import { beforeAll, describe, expect, test } from 'vitest';
import type { SqlParser } from '../../../src/core/sql.js';
import { loadParser } from '../../../src/postgres/parse.js';
import { inDepth } from '../../support/cases.js';
import { currentServer } from '../../evidence/live-server.js';
import { catalogOf, withDatabase } from '../../evidence/support.js';
import { replayOf } from '../../sandbox/replay-support.js';
import { chunks } from '../../../src/tools/drizzle/chunks.js';
import { richFolder } from '../../sandbox/replay-folder.js';
import { appliedOf, computed, expectTakenBack, takeBack } from './support.js';
import { everyKind } from './kinds.js';

let parser: SqlParser;

beforeAll(async () => {
  parser = await loadParser();
});

/** What stays refused, by folder: the statement, and the first reason. */
const refusals: Readonly<Record<string, readonly string[]>> = {
  tables: [
    "INSERT INTO store.people (mail, nick) VALUES ('a', 'b'): statement 1 (INSERT INTO) put rows into store.people, which stays: which ones is in no catalog",
  ],
  types: [
    'DROP TYPE s.feeling CASCADE: an attribute of type public.couple cannot come back in its place: column public.tt.p uses the type',
  ],
  code: [
    'DROP FUNCTION code.lower_it(text) CASCADE: index public.t_low cannot be made again: function code.lower_it(x text) is not immutable any more, and PostgreSQL takes only such a one',
    'DROP AGGREGATE total(int): aggregate public.total(integer) cannot be made again: how it was made is not known',
  ],
  keys: [
    'DROP TABLE p, q: table public.q cannot be made again: which index was its replica identity is not known',
  ],
  blocks: [
    'DO $$ BEGIN ALTER TABLE t RENAME TO tt; ALTER TABLE tt RENAME COLUMN a TO b; END $$: table public.t may have been renamed to table public.tt within the block, or dropped and made: its text does not tell',
    'SELECT change(): statement 1 (SELECT): change() may have written rows, and what they were before is in no catalog',
    'CALL change2(): statement 1 (CALL): CALL change2 may have written rows, and what they were before is in no catalog',
    'DO $$ BEGIN PERFORM 1; ALTER TABLE t SET SCHEMA pg_temp; EXCEPTION WHEN OTHERS THEN CREATE SCHEMA elsewhere; ALTER TABLE t SET SCHEMA elsewhere; END $$: statement 1 (DO): a DO block with PERFORM may have written rows, and what they were before is in no catalog',
  ],
  others: [
    'ALTER TEXT SEARCH CONFIGURATION tsc ALTER MAPPING FOR word WITH english_stem: how text search configuration public.tsc was changed is not taken back',
    'ALTER TEXT SEARCH DICTIONARY dic (accept = false): how text search dictionary public.dic was changed is not taken back',
    'DROP OPERATOR === (int, int): operator public.===(integer, integer) cannot be made again: how it was made is not known',
    'DROP SCHEMA public CASCADE: text search configuration public.tsd cannot be made again: how it was made is not known',
  ],
};

/** Each is a folder of its own to be replayed, statement by statement taken back: by default a third of them. */
const always = Object.entries(everyKind).filter((_, index) => index % 3 === 0);

describe('each statement is taken back', () => {
  for (const [name, text] of inDepth(always, Object.entries({ ...richFolder, ...everyKind }))) {
    test(name, async () => {
      const statements = chunks(text).flatMap((chunk) => {
        const split = parser.split(chunk.text);
        if (!split.ok) throw new Error(split.message);
        return split.statements.map((one) => one.text);
      });
      const replay = await replayOf(statements);
      const ids = replay.migrations.map(({ id }) => id);
      const refused: string[] = [];
      await withDatabase(currentServer(), async (client) => {
        let before = await catalogOf(client);
        for (const [at, sql] of statements.entries()) {
          await client.query(sql);
          const live = await catalogOf(client);
          const inverse = await computed(replay, appliedOf(replay, ids.slice(at, at + 1)), live);
          if (inverse.refused.length === 0) {
            const outcome = await takeBack(client, inverse, before, false);
            expectTakenBack(inverse, {
              ...outcome,
              differs: outcome.differs.map((line) => `${sql}: ${line}`),
            });
          } else refused.push(`${sql}: ${inverse.refused[0]?.why}`);
          before = live;
        }
      });
      expect(refused).toEqual(refusals[name] ?? []);
    });
  }
});
