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

/** The stops between which no statement changes anything that the catalog shows. */
function sameStops({ frames }: Film, stop: number): Set<number> {
  const moves = (at: number): boolean =>
    difference(frames[at - 1] ?? [], frames[at] ?? []).size > 0;
  const same = new Set([stop]);
  for (let at = stop; at >= 1 && !moves(at); at--) same.add(at - 1);
  for (let at = stop + 1; at < frames.length && !moves(at); at++) same.add(at);
  return same;
}

export interface Stops {
  readonly count: number;
  /** Where the evidence names two ways, or no single place and why. */
  readonly ambiguous: number;
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
  const wrong: string[] = [];
  let ambiguous = 0;
  for (const [stop, catalog] of taken.frames.entries()) {
    // The row of a migration comes after its last statement.
    const recorded = taken.places[stop]?.migration ?? made.migrations.length;
    const evidence = engine.weighOf(made, replayed, catalog, recorded);
    const done = saysDone(made, evidence);
    if (done === null) {
      ambiguous += 1;
      const told = [...evidence.migrations.values()].some(
        ({ ambiguous, why }) => ambiguous.length > 0 || why !== null,
      );
      if (!told) wrong.push(`after ${stop} statements: no place and no reason`);
    } else if (!sameStops(taken, stop).has(done)) {
      wrong.push(`after ${stop} statements: ${done} are said to be done`);
    }
    for (const { type, key } of evidence.drift) {
      wrong.push(`after ${stop} statements: ${type} ${key} is called drift`);
    }
  }
  return { count: taken.frames.length, ambiguous, wrong };
}
