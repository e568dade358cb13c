import { describe, expect, it } from 'vitest';
import type { CatalogObject } from '../../src/core/catalog.js';
import {
  newCollector,
  installCollector,
  takeEverything,
} from '../../src/sandbox/replay/collector.js';
import { newTracker } from '../../src/sandbox/replay/tracker.js';
import { scan } from '../../src/sandbox/replay/scan.js';
import { loadParser } from '../../src/postgres/parse.js';
import { loadTrees } from '../../src/sandbox/replay/tree.js';
import { chunks } from '../../src/tools/drizzle/chunks.js';
import { createTestDatabase } from '../support/server.js';
import { withClient } from './replay-support.js';
import { richFolder } from './replay-folder.js';

/**
 * Statement by statement, what the triggers tell against a full reading: whatever a statement
 * changes has to be tracked at that statement.
 */
describe('tracking', () => {
  for (const [name, text] of Object.entries({ ...richFolder, 'single objects': singleObjects })) {
    it(`sees all of: ${name}`, async () => {
      const database = await createTestDatabase();
      await loadTrees();
      const scanned = scan(await loadParser(), text, chunks(text));
      if (!scanned.ok) throw new Error(scanned.reason);
      const holes: string[] = [];
      await withClient(database.url, async (client) => {
        const tracker = newTracker();
        const collector = newCollector(tracker, []);
        await installCollector(client);
        await takeEverything(client, collector);
        for (const { number, parsed, reading } of scanned.statements) {
          await client.query(parsed.text);
          const result = await client.query(collector.sql(number, reading));
          collector.changes([result]);
          const missed = await takeEverything(client, collector);
          for (const change of missed) {
            holes.push(
              `${parsed.text}: ${change.type} ${change.type === 'drop' ? change.key : change.object.key}`,
            );
          }
        }
        expect([...tracker.objects().values()].filter(isOwn)).toEqual([]);
      });
      await database.drop();
      expect(holes).toEqual([]);
    });
  }
});

/** What looks like a change of one column or constraint, and what is more than that. */
const singleObjects = `
CREATE TABLE "one" ("a" int, "b" text, "c" int);
ALTER TABLE "one" ADD COLUMN "d" text DEFAULT 'x' NOT NULL;
ALTER TABLE "one" ADD COLUMN IF NOT EXISTS "d" text;
ALTER TABLE "one" ADD COLUMN "e" int UNIQUE;
ALTER TABLE "one" ADD COLUMN "f" int CHECK ("f" > 0);
ALTER TABLE "one" ADD COLUMN "g" serial;
ALTER TABLE "one" ADD COLUMN "h" int GENERATED ALWAYS AS IDENTITY;
ALTER TABLE "one" ADD COLUMN "i" int GENERATED ALWAYS AS ("c" * 2) STORED;
ALTER TABLE "one" ALTER COLUMN "a" SET DEFAULT 1;
ALTER TABLE "one" ALTER COLUMN "a" SET NOT NULL, ALTER COLUMN "b" SET NOT NULL;
ALTER TABLE "one" ALTER COLUMN "b" DROP NOT NULL;
CREATE UNIQUE INDEX "one_a" ON "one" ("a");
ALTER TABLE "one" ADD CONSTRAINT "one_of_a" UNIQUE USING INDEX "one_a";
ALTER TABLE "one" ADD CONSTRAINT "one_c" CHECK ("c" > 0) NOT VALID;
ALTER TABLE "one" ADD PRIMARY KEY ("c");
ALTER TABLE "one" ADD FOREIGN KEY ("a") REFERENCES "one" ("c");
CREATE INDEX IF NOT EXISTS "one_b" ON "one" ("b");
CREATE INDEX IF NOT EXISTS "one_b" ON "one" ("b");
ALTER TABLE "one" ADD CONSTRAINT "a_name_that_is_longer_than_postgresql_keeps_and_ends_some_way_behind_that" UNIQUE ("b");
CREATE TABLE "heir" () INHERITS ("one");
ALTER TABLE "one" ADD COLUMN "j" int DEFAULT 3;
ALTER TABLE "one" ADD CONSTRAINT "one_j" CHECK ("j" > 0);
ALTER TABLE "one" ALTER COLUMN "j" DROP DEFAULT;`;

function isOwn({ key }: CatalogObject): boolean {
  return key.includes('pgmedic');
}
