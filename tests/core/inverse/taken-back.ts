import fc from 'fast-check';
import { expect } from 'vitest';
import type { Inverse } from '../../../src/core/inverse/inverse.js';
import type { cases } from '../../support/cases.js';
import { folders, type GeneratedFolder, makers } from '../../support/generate/folder.js';
import { loadEngine } from '../../evidence/engine.js';
import type { LiveServer } from '../../evidence/live-server.js';
import { catalogOf, counted, tell, withDatabase } from '../../evidence/support.js';
import { appliedOf, computed, expectTakenBack, takeBack } from './support.js';

/** Reasons without the names in them, so that they can be counted. */
function reasonOf({ refused }: Inverse): string {
  return refused
    .map(({ why }) => why.replaceAll(/"(?:[^"]|"")*"|\b\w*_?\d+\b|\S+\.\S+/g, '_'))
    .toSorted()
    .join('; ')
    .slice(0, 160);
}

/** Rows cannot be taken back, so half of the folders change none. */
const schemaOnly = Object.keys(makers).filter(
  (kind) => !['insert', 'update', 'deleteRows'].includes(kind),
);
/** `server`: the major version that they are for. */
export const anyFolder = (most: number, server = 18): fc.Arbitrary<GeneratedFolder> =>
  fc.oneof(folders({ most, server }), folders({ most, server, only: schemaOnly }));

/**
 * Applies k migrations on the server, and takes them back to j, several at once and then one by one: the
 * catalog is the one after j, or it is refused with a reason. The sandbox is always today's.
 */
export async function expectAllTakenBack(
  server: LiveServer,
  runs: ReturnType<typeof cases>,
): Promise<void> {
  const engine = await loadEngine(server);
  const major = Math.floor(server.versionNum / 10_000);
  const reasons = new Map<string, number>();
  let done = 0;
  let refused = 0;
  let stopped = 0;
  await fc.assert(
    fc.asyncProperty(anyFolder(8, major), fc.noShrink(fc.nat(1000)), async (made, seed) => {
      await withDatabase(server, async (client) => {
        const replayed = await engine.replayOf(made, []);
        const ids = made.migrations.map(({ id }) => id);
        const frames = [await catalogOf(client)];
        for (const { statements } of made.migrations) {
          for (const sql of statements) await client.query(sql);
          frames.push(await catalogOf(client));
        }
        // Several at once, and then one by one.
        let at = ids.length;
        let to = seed % ids.length;
        while (at > 0) {
          const inverse = await computed(
            replayed,
            appliedOf(replayed, ids.slice(to, at)),
            await catalogOf(client),
            server.versionNum,
          );
          if (inverse.refused.length > 0) {
            refused++;
            const reason = reasonOf(inverse);
            reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
            if (to === at - 1) return;
            to = at - 1;
            continue;
          }
          const outcome = await takeBack(client, inverse, frames[to] ?? []);
          if (outcome.stops.length > 0 && outcome.error !== null) {
            stopped++;
            if (to === at - 1) return;
            to = at - 1;
            continue;
          }
          expectTakenBack(inverse, outcome);
          done++;
          [at, to] = [to, to - 1];
        }
      });
    }),
    runs,
  );
  tell(
    `${major}: taken back ${done}, stopped by rows, as counted, ${stopped}, refused ${refused}: ${counted(reasons)}`,
  );
  expect(done).toBeGreaterThan(0);
}
