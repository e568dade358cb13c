import type { Evidence, MigrationEvidence } from '../../src/core/evidence/evidence.js';
import type { GeneratedFolder } from '../support/generate/folder.js';
import type { Engine } from './engine.js';
import type { LiveServer } from './live-server.js';
import { difference, type Film, film, tell, withDatabase } from './support.js';

export interface StopCount {
  stops: number;
  /** Where the evidence leaves more than one place open. */
  ambiguous: number;
  /** Of these, where only one stop gives such a catalog. */
  needless: number;
}

export function newStopCount(): StopCount {
  return { stops: 0, ambiguous: 0, needless: 0 };
}

export function tellStops(server: string, { stops, ambiguous, needless }: StopCount): void {
  tell(`cut anywhere, ${server}: ${stops} stops, ${ambiguous} ambiguous, ${needless} needlessly`);
}

/** Stops at which the catalog is the same, so that nobody could tell one from another. */
function sameStops({ frames }: Film, stop: number): number[] {
  const at = frames[stop] ?? [];
  return [...frames.keys()].filter((other) => difference(frames[other] ?? [], at).size === 0);
}

/** Numbers of statements done that fit what the evidence says of each statement. */
function leftOpen(all: readonly MigrationEvidence[]): number[] {
  const states = all.flatMap(({ statements }) => statements.map(({ state }) => state));
  const last = states.findLastIndex((state) => ['done', 'superseded', 'changed'].includes(state));
  const first = states.indexOf('not done');
  const end = first < 0 ? states.length : first;
  return Array.from({ length: Math.max(0, end - last) }, (_, index) => last + 1 + index);
}

/** What of a migration is open and not said to be: one sentence each. */
function silentIn({ id, statements, stoppedAtStatement, ambiguous }: MigrationEvidence): string[] {
  const unsaid = statements.some(({ state }) => state === 'either') && ambiguous.length === 0;
  // Between the last that is there and the one it is said to have stopped at.
  const before = statements.slice(0, (stoppedAtStatement ?? 1) - 1);
  const isOpen = ({ state }: (typeof before)[number]): boolean =>
    state === 'unprovable' || state === 'either' || state === 'unknown';
  const open = before.slice(before.findLastIndex((one) => !isOpen(one)) + 1);
  const unnamed = open.filter(
    ({ number }) => !ambiguous.some((way) => way.includes(`statement ${number} `)),
  );
  return [
    ...(unsaid ? [`${id} has statements of which nothing is said`] : []),
    ...unnamed.map(
      ({ number }) => `${id} may have stopped at statement ${number}, which is not said`,
    ),
  ];
}

/** What is wrong with the evidence for a run that stopped after `stop` statements; one sentence each. */
function wrongIn(taken: Film, stop: number, evidence: Evidence, rows: number): string[] {
  const all = [...evidence.migrations.values()];
  const open = leftOpen(all);
  // A migration with a row was run to its end.
  const past = taken.places.findIndex(({ migration }) => migration >= rows);
  const possible = sameStops(taken, stop).filter(
    (one) => one >= (past < 0 ? taken.places.length : past),
  );
  const missed = possible.filter((one) => !open.includes(one));
  return [
    ...(missed.length > 0
      ? [`${missed.join(', ')} fit as well, and only ${open.join(', ') || 'none'} is left open`]
      : []),
    ...all.flatMap(silentIn),
    ...evidence.drift.map(({ type, key }) => `${type} ${key} is called drift`),
  ];
}

/**
 * Stops a run in autocommit at every statement in turn, and holds what the evidence says against
 * it. Returns what is wrong: one sentence each.
 */
export async function stopEverywhere(
  engine: Engine,
  server: LiveServer,
  made: GeneratedFolder,
  count: StopCount,
): Promise<string[]> {
  const taken = await withDatabase(server, (client) => film(client, made));
  const replayed = await engine.replayOf(made, taken.frames.at(-1) ?? []);
  const wrong: string[] = [];
  for (const [stop, catalog] of taken.frames.entries()) {
    // The row of a migration comes after its last statement: it may be lacking, and so may all rows.
    const begun = taken.places[stop]?.migration ?? made.migrations.length;
    const ended = taken.places[stop - 1]?.migration ?? 0;
    for (const rows of new Set([begun, ended, 0])) {
      const evidence = engine.weighOf(made, replayed, catalog, rows);
      const sentences = wrongIn(taken, stop, evidence, rows);
      wrong.push(
        ...sentences.map((one) => `after ${stop} statements, with ${rows} recorded: ${one}`),
      );
      if (rows !== begun) continue;
      const open = leftOpen([...evidence.migrations.values()]).length;
      count.stops += 1;
      if (open > 1) count.ambiguous += 1;
      if (open > 1 && sameStops(taken, stop).length === 1) count.needless += 1;
    }
  }
  return wrong;
}
