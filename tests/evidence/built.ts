import { expect } from 'vitest';
import { runMigrator } from '../support/drizzle-project.js';
import type { GeneratedFolder } from '../support/generate/folder.js';
import type { Engine } from './engine.js';
import type { LiveServer } from './live-server.js';
import { catalogOf, onDisk, withDatabase } from './support.js';

/** A database built by the real migrator has no drift, and all that is in it is accounted for. */
export async function expectHealthy(
  engine: Engine,
  server: LiveServer,
  made: GeneratedFolder,
): Promise<void> {
  await onDisk(made, (root) =>
    withDatabase(server, async (client) => {
      expect((await runMigrator(client, root)).error).toBeNull();
      const live = await catalogOf(client);
      const replayed = await engine.replayOf(made, live);
      expect(replayed.untracked).toEqual([]);
      const { migrations, drift } = engine.weighOf(made, replayed, live, made.migrations.length);
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
  );
}
