import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { cases } from '../support/cases.js';
import { runMigrator } from '../support/drizzle-project.js';
import { folders } from '../support/generate/folder.js';
import { type Engine, loadEngine } from './engine.js';
import { catalogOf, deepLimit, onDisk, withDatabase } from './support.js';

let engine: Engine;

beforeAll(async () => {
  engine = await loadEngine();
});

test(
  'a database built by the real migrator has no drift, and everything in it is accounted for',
  async () => {
    await fc.assert(
      fc.asyncProperty(folders(), (made) =>
        onDisk(made, (root) =>
          withDatabase(async (client) => {
            expect((await runMigrator(client, root)).error).toBeNull();
            const live = await catalogOf(client);
            const replayed = await engine.replayOf(made, live);
            expect(replayed.untracked).toEqual([]);
            const { migrations, drift } = engine.weighOf(
              made,
              replayed,
              live,
              made.migrations.length,
            );
            expect(drift).toEqual([]);
            for (const { id, schema, lacks, why } of migrations.values()) {
              expect([id, schema, lacks, why]).toEqual([
                id,
                expect.stringMatching(/^(?:present|superseded|unprovable)$/),
                [],
                null,
              ]);
            }
          }),
        ),
      ),
      cases(8, 500),
    );
  },
  deepLimit,
);
