import type { Atom, Vote } from './atoms.js';
import { spansOf, voteOf } from './atoms.js';
import type { Position } from './timelines.js';

/** One of all statements: whose it is, and whether the history has that migration. */
export interface Owned {
  readonly migration: string;
  readonly recorded: boolean;
}

/** What all atoms together say of one statement; null: it changes nothing that could be looked at. */
export interface Located {
  readonly votes: readonly { readonly atom: Atom; readonly vote: Vote }[];
  readonly state: 'done' | 'superseded' | 'not done' | 'either' | 'changed' | null;
}

/**
 * Which of the statements the live schema contains. Each atom speaks for the statements that
 * changed it. Where before and after look the same (made and dropped again), the whole decides:
 * first the places up to which a run could have come so that everything fits; then, where no
 * such place is (something was changed by hand, a migration was left out), the statements
 * before and after.
 *
 * `atoms` are changed: what they fit is narrowed. What the history records is called
 * not done only where an atom says so, never from what stands around it: that may have been
 * changed by hand.
 */
export function locate(atoms: readonly Atom[], statements: readonly Owned[]): readonly Located[] {
  const count = statements.length;
  narrowToCuts(atoms, statements);
  const touching = Array.from({ length: count }, (): [Atom, number][] => []);
  for (const atom of atoms) {
    atom.changes.forEach((at, index) => touching[at]?.push([atom, index + 1]));
  }
  const look = (): Located[] => {
    const located = touching.map((list): Located => {
      const votes = list.map(([atom, i]) => ({ atom, vote: voteOf(atom, i) }));
      return { votes, state: stateOf(votes.map(({ vote }) => vote)) };
    });
    addRides(atoms, located);
    return settleChanged(located, statements);
  };
  // What is done speaks first: that something is not done may have been made so by hand.
  const rules = [
    (located: readonly Located[]) => narrowWithin(touching, located, true, statements),
    (located: readonly Located[]) => narrowByNeighbours(touching, located, true, statements),
    (located: readonly Located[]) => narrowWithin(touching, located, false, statements),
    (located: readonly Located[]) => narrowByNeighbours(touching, located, false, statements),
  ];
  for (;;) {
    const located = look();
    if (!rules.some((rule) => rule(located))) return located;
  }
}

type Touching = readonly (readonly (readonly [Atom, number])[])[];

export const isDone = (state: Located['state']): boolean =>
  state === 'done' || state === 'superseded' || state === 'changed';

/**
 * A statement that is (not) done is so in all it does. What is gone of one that is recorded, though
 * others of its migration are there, was removed by hand, and says nothing of the rest. True when
 * something was decided that was not before.
 */
function narrowWithin(
  touching: Touching,
  located: readonly Located[],
  done: boolean,
  statements: readonly Owned[],
): boolean {
  let changed = false;
  const ran = new Set(
    statements.flatMap(({ migration, recorded }, at) =>
      recorded && isDone(located[at]?.state ?? null) ? [migration] : [],
    ),
  );
  located.forEach(({ state }, at) => {
    if (done ? !isDone(state) : state !== 'not done') return;
    if (!done && ran.has(statements[at]?.migration ?? '')) return;
    for (const [atom, i] of touching[at] ?? []) changed = narrow(atom, i, done) || changed;
  });
  return changed;
}

/** Leaves only what fits the i-th change being done, or not; nothing where nothing would be left. */
function narrow(atom: Atom, i: number, done: boolean): boolean {
  const fits = atom.fits.filter((fit) => (done ? fit >= i : fit < i));
  if (fits.length === 0 || fits.length === atom.fits.length) return false;
  atom.fits = fits;
  return true;
}

/**
 * A statement that changed an object which is gone goes with what is known of the object: it was
 * dropped later, or not yet made. Gone though what made it is there, it was removed by hand,
 * and says nothing of what changed it before.
 */
function addRides(atoms: readonly Atom[], located: Located[]): void {
  const made = (at: Position | undefined): boolean =>
    at === undefined || isDone(located[at]?.state ?? null);
  const rides = atoms.flatMap((atom) =>
    atom.rides.flatMap(({ at, life }): [Position, Located['votes'][number]][] => {
      if (atom.fits.length === 0) return [];
      if (atom.fits.every((fit) => fit > life)) return [[at, { atom, vote: 'superseded' }]];
      if (atom.fits.some((fit) => fit > life)) return [[at, { atom, vote: 'either' }]];
      return made(atom.changes[life - 1]) ? [] : [[at, { atom, vote: 'not done' }]];
    }),
  );
  for (const [at, vote] of rides) {
    const votes = [...(located[at]?.votes ?? []), vote];
    located[at] = { votes, state: stateOf(votes.map((one) => one.vote)) };
  }
}

/** A statement is done whole or not at all: what is there of it outweighs what is gone since. */
function stateOf(votes: readonly Vote[]): Located['state'] {
  const has = (vote: Vote): boolean => votes.includes(vote);
  if (votes.length === 0) return null;
  if (has('done')) return 'done';
  if (has('superseded')) return 'superseded';
  if (has('not done')) return 'not done';
  return has('changed') ? 'changed' : 'either';
}

/**
 * What stands as no migration leaves it does not show that a statement was run of which nothing is
 * recorded; that a later one of its migration was, does.
 */
function settleChanged(located: readonly Located[], statements: readonly Owned[]): Located[] {
  const lastDone = new Map<string, Position>();
  located.forEach(({ state }, at) => {
    if (state !== 'changed' && isDone(state)) lastDone.set(statements[at]?.migration ?? '', at);
  });
  return located.map((one, at) => {
    const { migration = '', recorded = false } = statements[at] ?? {};
    const open = one.state === 'changed' && !recorded && at > (lastDone.get(migration) ?? -1);
    return open ? { ...one, state: 'either' } : one;
  });
}

/** If a run that stopped somewhere explains every atom, only such places count. */
function narrowToCuts(atoms: readonly Atom[], statements: readonly Owned[]): void {
  const count = statements.length;
  const known = atoms.filter(({ fits }) => fits.length > 0);
  // Misfits begin and end: a running sum gives their number for each place.
  const edges = new Int32Array(count + 2);
  const mark = (from: number, to: number): void => {
    edges[from] = (edges[from] ?? 0) + 1;
    edges[to] = (edges[to] ?? 0) - 1;
  };
  for (const atom of known) {
    for (const { number, from, to } of spansOf(atom, count)) {
      if (!atom.fits.includes(number)) mark(from, to);
    }
  }
  const cuts: Position[] = [];
  let misfits = 0;
  for (let cut = 0; cut <= count; cut++) {
    misfits += edges[cut] ?? 0;
    if (misfits === 0) cuts.push(cut);
  }
  if (cuts.length === 0) return;
  for (const atom of known) {
    if (atom.fits.length === 1) continue;
    const spans = spansOf(atom, count);
    const asRecorded = atom.changes.findLastIndex((at) => statements[at]?.recorded) + 1;
    const within = (fit: number): boolean => {
      const span = spans[fit];
      return span !== undefined && cuts.some((cut) => cut >= span.from && cut < span.to);
    };
    const fits = atom.fits.filter(within);
    const furthest = Math.max(...fits);
    atom.fits = atom.fits.filter(
      (fit) => fits.includes(fit) || (fit === asRecorded && fit > furthest),
    );
  }
}

/** Between two that are done it is done, after one that is not it is not. True when something was decided. */
function narrowByNeighbours(
  touching: Touching,
  located: readonly Located[],
  done: boolean,
  statements: readonly Owned[],
): boolean {
  const decided = located.map(({ state }) =>
    state === null || state === 'either' ? null : state !== 'not done',
  );
  // Before the first statement, everything that comes before is done.
  const before: (boolean | null)[] = [];
  let last: boolean | null = true;
  for (const one of decided) {
    before.push(last);
    last = one ?? last;
  }
  const lastDone = located.findLastIndex(({ state }) => isDone(state));
  let next: boolean | null = null;
  let changed = false;
  for (let at = located.length - 1; at >= 0; at--) {
    if (located[at]?.state === 'either') {
      const earlier = before[at];
      const isRecorded = statements[at]?.recorded === true;
      const follows = done
        ? (earlier === true && next === true) || (isRecorded && at < lastDone)
        : earlier === false && next !== true && !isRecorded;
      if (follows) {
        for (const [atom, i] of touching[at] ?? []) changed = narrow(atom, i, done) || changed;
      }
    }
    next = decided[at] ?? next;
  }
  return changed;
}
