import type { Facts } from '../facts.js';

/**
 * The size of a live table in powers of ten: what a confirmation rests on must not change with
 * every row. "more than 10000 rows, more than 1 MB"; `table` is "public.media", never quoted.
 */
export function amountOf({ schema }: Facts, table: string): string {
  const size = schema.state === 'read' ? schema.sizes[table] : undefined;
  return size === undefined ? 'an unknown number of rows' : sizeWords(size.rows, size.bytes);
}

/** `rows` -1: never analyzed. */
export function sizeWords(rows: number, bytes: number): string {
  const power = (value: number): number => 10 ** Math.floor(Math.log10(value));
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB'];
  const unit = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), units.length - 1);
  const held =
    bytes < 1_000_000
      ? 'less than 1 MB'
      : `more than ${power(bytes / 1000 ** unit)} ${units[unit]}`;
  const counted =
    rows < 0
      ? 'an unknown number of rows'
      : rows < 1000
        ? 'less than 1000 rows'
        : `more than ${power(rows)} rows`;
  return `${counted}, ${held}`;
}
