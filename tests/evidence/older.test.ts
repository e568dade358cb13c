import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { entriesOf, journalText, sqlFiles } from '../playbooks/shop.js';
import { cases, inDepth } from '../support/cases.js';
import { changeSeeds } from '../support/generate/changes.js';
import { folders } from '../support/generate/folder.js';
import { foldersWithData } from '../support/generate/with-data.js';
import { expectHealthy } from './built.js';
import { changeByHand } from './by-hand.js';
import { type Engine, loadEngine } from './engine.js';
import { type LiveServer, olderServer } from './live-server.js';
import { newRunCount, rehearseAndRun, tellRuns } from './next-run.js';
import { newStopCount, stopEverywhere, tellStops } from './stops.js';
import { counted, deepLimit, tell } from './support.js';

/** The SQL of pending migrations that make an enum, add a value to it, and use that or not. */
const runs: readonly Readonly<Record<string, string>>[] = [
  {
    '0001_make': `CREATE TYPE "mood" AS ENUM ('sad')`,
    '0002_add': `ALTER TYPE "mood" ADD VALUE 'new'`,
    '0003_use': `CREATE TABLE "uses" ("mood" "mood" DEFAULT 'new')`,
  },
  {
    '0001_make': `DO $$ BEGIN CREATE TYPE "mood" AS ENUM ('sad'); EXCEPTION WHEN duplicate_object THEN null; END $$;
--> statement-breakpoint
ALTER TYPE "mood" ADD VALUE 'new' BEFORE 'sad';
--> statement-breakpoint
ALTER TYPE "mood" RENAME TO "feeling";
--> statement-breakpoint
ALTER TABLE "rows" ALTER COLUMN "state" SET DATA TYPE "feeling" USING "state"::"feeling"`,
  },
  {
    '0001_make': `DO $$ BEGIN CREATE TYPE "mood" AS ENUM ('sad'); ALTER TYPE "mood" ADD VALUE 'new'; END $$;
--> statement-breakpoint
DO $$ BEGIN PERFORM 'new'::"mood"; END $$`,
  },
  {
    '0001_make': `CREATE TYPE "mood" AS ENUM ('sad', 'glad');
--> statement-breakpoint
ALTER TYPE "mood" ADD VALUE 'new';
--> statement-breakpoint
ALTER TYPE "mood" RENAME VALUE 'new' TO 'newer';
--> statement-breakpoint
CREATE VIEW "seen" AS SELECT 'newer'::"mood" AS "mood"`,
  },
  {
    '0001_make': `CREATE TYPE "mood" AS ENUM ('sad'); ALTER TYPE "mood" ADD VALUE 'new';
CREATE TABLE "uses" ("mood" "mood"); INSERT INTO "uses" VALUES ('sad'), ('new');`,
  },
  // What may be used: the values that the type was made with, and the same text elsewhere.
  {
    '0001_make': `CREATE TYPE "mood" AS ENUM ('sad', 'new'); ALTER TYPE "mood" ADD VALUE 'late';
CREATE TABLE "uses" ("mood" "mood" DEFAULT 'new', "word" text DEFAULT 'late');
INSERT INTO "uses" DEFAULT VALUES; INSERT INTO "rows" VALUES ('late');`,
  },
  {
    '0001_make': `CREATE TYPE "mood" AS ENUM ('sad'); ALTER TYPE "mood" RENAME VALUE 'sad' TO 'new';
ALTER TYPE "mood" ADD VALUE 'late'; CREATE TABLE "uses" ("mood" "mood" DEFAULT 'new');`,
  },
];

function project(sql: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return { ...sqlFiles(sql), 'meta/_journal.json': journalText(entriesOf(Object.keys(sql))) };
}

/** The same properties with the live database on an older server; the sandbox stays today's. */
describe.each(inDepth([14] as const, [14, 16] as const))('on PostgreSQL %i', (major) => {
  let server: LiveServer & { stop(): Promise<void> };
  let engine: Engine;

  beforeAll(async () => {
    server = await olderServer(major);
    engine = await loadEngine(server);
  });
  afterAll(() => server.stop());

  test(
    'a database built by the real migrator has no drift',
    async () => {
      await fc.assert(
        fc.asyncProperty(folders({ server: major }), (made) => expectHealthy(engine, server, made)),
        cases(1, 40),
      );
    },
    deepLimit,
  );

  test(
    'a run that was stopped anywhere is found',
    async () => {
      const count = newStopCount();
      await fc.assert(
        fc.asyncProperty(folders({ most: 6, server: major }), async (made) => {
          expect(await stopEverywhere(engine, server, made, count)).toEqual([]);
        }),
        cases(1, 40),
      );
      tellStops(String(major), count);
    },
    deepLimit,
  );

  test(
    'a change by hand is named, and nothing else',
    async () => {
      const seen = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(
          folders({ server: major }),
          fc.array(changeSeeds, { minLength: 6, maxLength: 6 }),
          async (made, seeds) => {
            expect(await changeByHand(engine, server, made, seeds, seen)).toEqual([]);
          },
        ),
        cases(1, 90),
      );
      tell(`changes by hand, ${major}: ${counted(seen)}`);
    },
    deepLimit,
  );

  test('a value added to an enum that the same run makes may not be used in it before 17', async () => {
    const count = newRunCount();
    const first = {
      '0000_a': 'CREATE TABLE "rows" ("state" text); INSERT INTO "rows" VALUES (\'new\');',
    };
    const next = runs.map((sql) => ({ files: project({ ...first, ...sql }) }));
    await rehearseAndRun(server, { applied: { files: project(first) }, fill: [], next }, count);
    expect(Object.fromEntries(count.states)).toEqual({ '55P04': 5, through: 2 });
    expect(count.unknown).toBe(0);
  });

  test(
    'the rehearsal says what the real migrator then does',
    async () => {
      const count = newRunCount();
      await fc.assert(
        fc.asyncProperty(foldersWithData(3, major), (one) => rehearseAndRun(server, one, count)),
        cases(1, 170),
      );
      tellRuns(String(major), count);
    },
    deepLimit,
  );
});
