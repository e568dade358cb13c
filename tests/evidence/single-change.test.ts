import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cases } from '../support/cases.js';
import { changeSeeds } from '../support/generate/changes.js';
import { folders } from '../support/generate/folder.js';
import { changeByHand } from './by-hand.js';
import { loadEngine } from './engine.js';
import { currentServer } from './live-server.js';
import { counted, deepLimit, tell } from './support.js';

test(
  'a change by hand is named, and nothing else, with the migration that it belongs to',
  async () => {
    const server = currentServer();
    const engine = await loadEngine(server);
    const seen = new Map<string, number>();
    await fc.assert(
      fc.asyncProperty(
        folders(),
        fc.array(changeSeeds, { minLength: 6, maxLength: 6 }),
        async (made, seeds) => {
          expect(await changeByHand(engine, server, made, seeds, seen)).toEqual([]);
        },
      ),
      cases(4, 90),
    );
    tell(`changes by hand, 18: ${counted(seen)}`);
  },
  deepLimit,
);
