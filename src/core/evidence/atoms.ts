import type { CatalogObject, SameDefinition } from '../catalog.js';
import type { Position, Timeline } from './timelines.js';

/**
 * What can be looked at by itself: whether an object is there, or one part of its definition.
 * A column may have its new default and its old type: two atoms, each with its own history.
 */
export interface Atom {
  readonly key: string;
  /** Null: whether the object is there at all. */
  readonly part: string | null;
  /** The statements that changed it, in order; value number 0 is from before them, number i from the i-th. */
  readonly changes: readonly Position[];
  /** Statements that only changed the definition of an object that is gone now, and in which of its lives (by `changes`). */
  readonly rides: readonly { readonly at: Position; readonly life: number }[];
  /** Numbers of the values that the live object has: none, where it stands as no migration leaves it. */
  fits: readonly number[];
}

/** Which statements an atom's live value speaks for. */
export type Vote = 'done' | 'superseded' | 'not done' | 'either' | 'changed';

/** The atoms of one object, held against the live one; those that no statement changes are left out. */
export function atomsOf(
  timeline: Timeline,
  live: CatalogObject | undefined,
  same: SameDefinition,
): Atom[] {
  const { key, kind, states } = timeline;
  const there = atom(
    key,
    null,
    states.map(({ at, parts }) => ({ at, value: parts === null ? null : '' })),
    (value) => (value !== null) === (live !== undefined),
  );
  if (live === undefined) {
    const rides = states.flatMap(({ at, parts }) =>
      parts === null || at < 0 || there.changes.includes(at)
        ? []
        : [{ at, life: there.changes.filter((change) => change < at).length }],
    );
    return there.changes.length + rides.length > 0 ? [{ ...there, rides }] : [];
  }
  const names = new Set(states.flatMap(({ parts }) => Object.keys(parts ?? {})));
  for (const name of Object.keys(live.parts)) names.add(name);
  const atoms = [...names].map((name) => {
    const found = live.parts[name] ?? '';
    const values = states.map(({ at, parts }) => ({
      at,
      value: parts === null ? null : (parts[name] ?? ''),
    }));
    return atom(key, name, values, (value) => {
      if (value === null || value === found) return value !== null;
      return value !== '' && found !== '' && same(kind, name, value, found);
    });
  });
  return [there, ...atoms].filter(({ changes }) => changes.length > 0);
}

function atom(
  key: string,
  part: string | null,
  values: readonly { readonly at: Position; readonly value: string | null }[],
  fitsLive: (value: string | null) => boolean,
): Atom {
  const changed = values.filter(({ value }, index) => value !== values[index - 1]?.value);
  return {
    key,
    part,
    changes: changed.slice(1).map(({ at }) => at),
    rides: [],
    fits: changed.flatMap(({ value }, index) => (fitsLive(value) ? [index] : [])),
  };
}

/** What the atom says of its i-th change, from 1. */
export function voteOf({ fits }: Atom, i: number): Vote {
  if (fits.length === 0) return 'changed';
  if (fits.every((fit) => fit < i)) return 'not done';
  if (fits.some((fit) => fit < i)) return 'either';
  return fits.includes(i) ? 'done' : 'superseded';
}

/** The atom's values in time: value `number` held from `from` to before `to` statements done. */
export function spansOf(
  { changes }: Atom,
  end: number,
): readonly { readonly number: number; readonly from: number; readonly to: number }[] {
  return [-1, ...changes].map((at, number) => ({
    number,
    from: at + 1,
    to: (changes[number] ?? end) + 1,
  }));
}
