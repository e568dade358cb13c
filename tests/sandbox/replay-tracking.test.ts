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
  for (const [name, text] of Object.entries(richFolder)) {
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

function isOwn({ key }: CatalogObject): boolean {
  return key.includes('pgmedic');
}
