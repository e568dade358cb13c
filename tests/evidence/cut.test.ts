import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { cases } from '../support/cases.js';
import { folders } from '../support/generate/folder.js';
import { type Engine, loadEngine } from './engine.js';
import { stopEverywhere } from './stops.js';
import { deepLimit, tell, withDatabase } from './support.js';

let engine: Engine;

beforeAll(async () => {
  engine = await loadEngine();
});

test(
  'a run that was stopped anywhere is found at the statement where it stopped, or called ambiguous',
  async () => {
    let [stops, ambiguous, needless] = [0, 0, 0];
    await fc.assert(
      fc.asyncProperty(folders({ most: 6 }), (made) =>
        withDatabase(async (client) => {
          const found = await stopEverywhere(engine, client, made);
          stops += found.count;
          ambiguous += found.ambiguous;
          needless += found.needless;
          expect(found.wrong).toEqual([]);
        }),
      ),
      cases(5, 60),
    );
    tell(`cut anywhere: ${stops} stops, ${ambiguous} ambiguous, ${needless} of them needlessly`);
    expect(needless / stops).toBeLessThan(0.05);
  },
  deepLimit,
);
