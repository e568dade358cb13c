import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cases } from '../../support/cases.js';
import { fillRows, foldersWithData } from '../../support/generate/with-data.js';
import { loadEngine } from '../../evidence/engine.js';
import { currentServer } from '../../evidence/live-server.js';
import { catalogOf, deepLimit, tell, withDatabase } from '../../evidence/support.js';
import { appliedOf, computed, expectTakenBack, rowHashes, takeBack } from './support.js';
import { anyFolder, expectAllTakenBack } from './taken-back.js';

test(
  'what k migrations did is taken back to j: the catalog is the one after j, or it is refused with a reason',
  () => expectAllTakenBack(currentServer(), cases(4, 250)),
  deepLimit,
);

test(
  'a run that stopped at any statement is taken back to before its migration',
  async () => {
    const server = currentServer();
    const engine = await loadEngine(server);
    const count = { done: 0, refused: 0, stopped: 0 };
    await fc.assert(
      fc.asyncProperty(anyFolder(5), fc.noShrink(fc.nat(1000)), async (made, seed) => {
        await withDatabase(server, async (client) => {
          const replayed = await engine.replayOf(made, []);
          const last = made.migrations[seed % made.migrations.length];
          if (last === undefined) return;
          const ids = made.migrations.map(({ id }) => id);
          const index = ids.indexOf(last.id);
          for (const { statements } of made.migrations.slice(0, index)) {
            for (const sql of statements) await client.query(sql);
          }
          const before = await catalogOf(client);
          const ran = 1 + (seed % last.statements.length);
          for (const sql of last.statements.slice(0, ran)) await client.query(sql);
          const inverse = await computed(
            replayed,
            appliedOf(replayed, [last.id], ran),
            await catalogOf(client),
          );
          if (inverse.refused.length > 0) return void count.refused++;
          const outcome = await takeBack(client, inverse, before);
          if (outcome.stops.length > 0 && outcome.error !== null) return void count.stopped++;
          expectTakenBack(inverse, outcome);
          count.done++;
        });
      }),
      cases(4, 260),
    );
    tell(
      `half-run: taken back ${count.done}, stopped by rows, as counted, ${count.stopped}, refused ${count.refused}`,
    );
    expect(count.done).toBeGreaterThan(0);
  },
  deepLimit,
);

test(
  'rows of what is not taken back stay as they are',
  async () => {
    const server = currentServer();
    const engine = await loadEngine(server);
    const count = { done: 0, refused: 0, stopped: 0, lost: 0 };
    await fc.assert(
      fc.asyncProperty(foldersWithData(1), async (made) => {
        await withDatabase(server, async (client) => {
          const replayed = await engine.replayOf(made.applied, []);
          const { migrations } = made.applied;
          let before = await catalogOf(client);
          for (const { statements } of migrations) {
            before = await catalogOf(client);
            for (const sql of statements) await client.query(sql);
          }
          await fillRows(client, made);
          const live = await catalogOf(client);
          const last = migrations.at(-1)?.id ?? '';
          const inverse = await computed(replayed, appliedOf(replayed, [last]), live);
          // What the migrations wrote is refused; here it counts as rows like any other.
          const { refused } = inverse;
          if (refused.some(({ why }) => !why.endsWith('in no catalog')))
            return void count.refused++;
          const named = new Set(
            inverse.losses.flatMap(({ type, what }) => (type === 'goes' ? [what] : [])),
          );
          const touched = new Set(inverse.target.map(({ key }) => key));
          const kept = live.filter(
            ({ key, kind }) =>
              kind === 'table' &&
              !named.has(key) &&
              (!touched.has(key) || before.some((other) => other.key === key)),
          );
          const hashes = (): Promise<string[]> => rowHashes(client, kept, live, touched);
          const rows = await hashes();
          const outcome = await takeBack(client, inverse, before);
          if (outcome.error !== null && outcome.stops.length > 0) {
            count.stopped++;
            expect(await hashes()).toEqual(rows);
            return;
          }
          expectTakenBack(inverse, outcome);
          expect(await hashes()).toEqual(rows);
          count.done++;
          count.lost += inverse.losses.filter(({ type }) => type === 'goes').length;
        });
      }),
      cases(4, 150),
    );
    tell(
      `with rows: taken back ${count.done}, stopped by rows, as counted, ${count.stopped}, refused ${count.refused}, losses told ${count.lost}`,
    );
    expect(count.done).toBeGreaterThan(1);
  },
  deepLimit,
);
