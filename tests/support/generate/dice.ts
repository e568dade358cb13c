/** Numbers that look random and are given by a seed, so that a generated case comes back the same. */
export interface Dice {
  /** From 0 to one below `sides`. */
  below(sides: number): number;
  chance(of100: number): boolean;
  pick<T>(items: readonly T[]): T;
  /** null when there is none. */
  maybe<T>(items: readonly T[]): T | null;
  /** At least one of them, in their order; none of none. */
  some<T>(items: readonly T[], most?: number): T[];
}

export function diceOf(seed: number): Dice {
  let state = (seed ^ 0x9e37_79b9) >>> 0;
  const next = (): number => {
    // mulberry32
    state = (state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const below = (sides: number): number => Math.floor(next() * sides);
  const maybe = <T>(items: readonly T[]): T | null => items[below(items.length)] ?? null;
  return {
    below,
    chance: (of100) => next() * 100 < of100,
    maybe,
    pick: <T>(items: readonly T[]): T => {
      if (items.length === 0) throw new Error('Nothing to pick from.');
      return items[below(items.length)] as T;
    },
    some: <T>(items: readonly T[], most = items.length): T[] => {
      const wanted = 1 + below(Math.max(1, Math.min(most, items.length)));
      const chosen = new Set<T>();
      while (chosen.size < Math.min(wanted, items.length)) chosen.add(maybe(items) as T);
      return items.filter((item) => chosen.has(item));
    },
  };
}
