/** The number a tag begins with ("0004_x": 4; "20261121093000_x"); null where it begins otherwise. */
export function numericPrefix(tag: string): number | null {
  const digits = /^(\d+)(?:[_.-]|$)/.exec(tag)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** Orders tags as their numbers run, then by code unit: never by a locale. */
export function byTag(a: string, b: string): number {
  const numbers = [numericPrefix(a), numericPrefix(b)] as const;
  if (numbers[0] !== null && numbers[1] !== null && numbers[0] !== numbers[1]) {
    return numbers[0] - numbers[1];
  }
  return a < b ? -1 : a > b ? 1 : 0;
}

/** "0003_x.down" and "0003_x_rollback" are companions of "0003_x", no migrations of their own. */
export function companionOf(tag: string): string | null {
  return /^(.+)[._-](?:down|rollback|revert|undo)$/i.exec(tag)?.[1] ?? null;
}
