import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { cases } from '../support/cases.js';
import { changeSeeds } from '../support/generate/changes.js';
import { folders } from '../support/generate/folder.js';
import { changeByHand } from './by-hand.js';
import { type Engine, loadEngine } from './engine.js';
import { counted, deepLimit, tell, withDatabase } from './support.js';

let engine: Engine;

beforeAll(async () => {
  engine = await loadEngine();
});

test(
  'a change by hand is named, and nothing else, with the migration that it belongs to',
  async () => {
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        folders(),
        fc.array(changeSeeds, { minLength: 6, maxLength: 6 }),
        (made, seeds) =>
          withDatabase(async (client) => {
            const named = await changeByHand(engine, client, made, seeds);
            for (const { what } of named) seen.set(what, (seen.get(what) ?? 0) + 1);
            expect(named.flatMap(({ wrong }) => wrong)).toEqual([]);
          }),
      ),
      cases(4, 90),
    );
    tell(`changes by hand: ${counted(seen)}`);
  },
  deepLimit,
);
