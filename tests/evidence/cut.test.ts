import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cases } from '../support/cases.js';
import { folders } from '../support/generate/folder.js';
import { loadEngine } from './engine.js';
import { currentServer } from './live-server.js';
import { newStopCount, stopEverywhere, tellStops } from './stops.js';
import { deepLimit } from './support.js';

test(
  'a run that was stopped anywhere is found at the statement where it stopped, or called ambiguous',
  async () => {
    const server = currentServer();
    const engine = await loadEngine(server);
    const count = newStopCount();
    await fc.assert(
      fc.asyncProperty(folders({ most: 6 }), async (made) => {
        expect(await stopEverywhere(engine, server, made, count)).toEqual([]);
      }),
      cases(5, 60),
    );
    tellStops('18', count);
    expect(count.needless / count.stops).toBeLessThan(0.05);
  },
  deepLimit,
);
