/** The time a folder's name begins with, as drizzle-orm reads it (formatToMillis): ms, or NaN. */
export function stampOf(name: string): number {
  const part = (from: number, to: number): number => Number.parseInt(name.slice(from, to), 10);
  return Date.UTC(part(0, 4), part(4, 6) - 1, part(6, 8), part(8, 10), part(10, 12), part(12, 14));
}
