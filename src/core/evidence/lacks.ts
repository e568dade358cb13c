import type { CatalogObject } from '../catalog.js';
import { isDone, type Located } from './locate.js';
import type { Position, Timeline, TimelineState } from './timelines.js';

export interface LacksInput {
  readonly timelines: ReadonlyMap<string, Timeline>;
  readonly live: ReadonlyMap<string, CatalogObject>;
  /** By position. */
  readonly located: readonly Located[];
}

const dropOf = 'drop of ';

/** The object that a migration lacks, or fails to have dropped. */
export function objectOf(lack: string): string {
  return lack.startsWith(dropOf) ? lack.slice(dropOf.length) : lack;
}

/**
 * By statement, from `from` to before `to`: keys of what it makes and is not there; "drop of ..." for
 * what it drops and is still there.
 *
 * @param end the last statement that counts: what it leaves otherwise than one before is not lacking,
 * unless nothing else is
 */
export function lackingIn(
  input: LacksInput,
  from: Position,
  to: Position,
  end: Position,
): readonly (readonly string[])[] {
  const { timelines, located } = input;
  const all = located.slice(from, to).map((one, index) => lackingAt(input, from + index, one));
  const lasting = all.map((keys) =>
    keys.filter((lack) => {
      const last = timelines.get(objectOf(lack))?.states.findLast(({ at }) => at <= end);
      return (last === undefined || last.parts === null) === lack.startsWith(dropOf);
    }),
  );
  return lasting.some((keys) => keys.length > 0) ? lasting : all;
}

function lackingAt(input: LacksInput, at: Position, { votes }: Located): string[] {
  const { timelines, live } = input;
  const keys = new Set(votes.filter(({ vote }) => vote === 'not done').map(({ atom }) => atom.key));
  const lacking = [...keys].map((key) => {
    const states = timelines.get(key)?.states ?? [];
    const dropped = states.some((state) => state.at === at && state.parts === null);
    return dropped && live.has(key) ? `${dropOf}${key}` : topmostMissing(input, at, key);
  });
  return [...new Set(lacking)];
}

/** What stands in something that is gone goes with that. */
function topmostMissing(input: LacksInput, at: Position, key: string): string {
  const { timelines, live, located } = input;
  // Its table may have another name by now.
  const counts = (state: TimelineState): boolean =>
    state.parts !== null && (state.at <= at || isDone(located[state.at]?.state ?? null));
  const parent = timelines.get(key)?.states.findLast(counts)?.parent ?? null;
  const gone = parent !== null && timelines.has(parent) && !live.has(parent);
  return gone ? topmostMissing(input, at, parent) : key;
}
