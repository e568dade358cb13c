import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { cases } from '../support/cases.js';
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

/** The same properties with the live database on an older server; the sandbox stays today's. */
describe.each([14, 16] as const)('on PostgreSQL %i', (major) => {
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
