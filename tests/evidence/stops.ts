import type pg from 'pg';
import type { Evidence } from '../../src/core/evidence/evidence.js';
import type { GeneratedFolder } from '../support/generate/folder.js';
import type { Engine } from './engine.js';
import { difference, type Film, film } from './support.js';

/** Number of statements that the evidence says were done, before the first that was not; null: it names two ways, or no single place. */
function saysDone(made: GeneratedFolder, { migrations }: Evidence): number | null {
  const all = [...migrations.values()];
  if (all.some(({ ambiguous }) => ambiguous.length > 0)) return null;
  let done = 0;
  for (const [index, { id, statements }] of made.migrations.entries()) {
    const one = migrations.get(id);
    const later = all.slice(index + 1);
    const untouched = later.every(({ schema }) => schema === 'absent' || schema === 'unprovable');
    if (one?.schema === 'absent') return untouched ? done : null;
    if (one?.schema === 'partial') {
      const stopped = one.stoppedAtStatement;
      return stopped === null || !untouched ? null : done + stopped - 1;
    }
    done += statements.length;
  }
  return done;
}

/** Stops at which the catalog is the same, so that nobody could tell one from another. */
function sameStops({ frames }: Film, stop: number): number[] {
  const at = frames[stop] ?? [];
  return [...frames.keys()].filter((other) => difference(frames[other] ?? [], at).size === 0);
}

export interface Stops {
  readonly count: number;
  /** Where the evidence names two ways, or no single place and why. */
  readonly ambiguous: number;
  /** Of these, where only one stop gives such a catalog. */
  readonly needless: number;
  /** One sentence each. */
  readonly wrong: readonly string[];
}

/** Stops a run in autocommit at every statement in turn, and holds what the evidence says against it. */
export async function stopEverywhere(
  engine: Engine,
  client: pg.Client,
  made: GeneratedFolder,
): Promise<Stops> {
  const taken = await film(client, made);
  const replayed = await engine.replayOf(made, taken.frames.at(-1) ?? []);
  const total = { count: taken.frames.length, ambiguous: 0, needless: 0 };
  const wrong: string[] = [];
  for (const [stop, catalog] of taken.frames.entries()) {
    const say = (sentence: string): void => {
      wrong.push(`after ${stop} statements: ${sentence}`);
    };
    // The row of a migration comes after its last statement.
    const recorded = taken.places[stop]?.migration ?? made.migrations.length;
    const evidence = engine.weighOf(made, replayed, catalog, recorded);
    const done = saysDone(made, evidence);
    const same = sameStops(taken, stop);
    if (done === null) {
      total.ambiguous += 1;
      if (same.length === 1) total.needless += 1;
      const told = [...evidence.migrations.values()].some(
        ({ ambiguous, why }) => ambiguous.length > 0 || why !== null,
      );
      if (!told) say('no place and no reason');
    } else if (!same.includes(done)) {
      say(`${done} are said to be done`);
    }
    for (const { type, key } of evidence.drift) say(`${type} ${key} is called drift`);
  }
  return { ...total, wrong };
}
