/** "04:12", or "1:04:12" from an hour on; milliseconds in. */
export function clock(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${two(m)}:${two(s)}`;
}

/** "512 B", "15.2 MB": powers of 1000, as pg_dump's own sizes on disk are read. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = count;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[unit]}`;
}

/** "1 finding", "3 findings". */
export function counted(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** "1,234,567". */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "5 s", "3 min", "2 h"; seconds in. */
export function age(seconds: number): string {
  if (seconds < 120) return `${Math.round(seconds)} s`;
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

/** "1,200 of 25,000 rows (4 %), 400 a second"; `elapsed` in milliseconds, `total` null: not known. */
export function rowsDone(done: number, total: number | null, elapsed: number): string {
  const rate = elapsed < 1000 ? '' : `, ${grouped(Math.round((done * 1000) / elapsed))} a second`;
  return `${total === null ? counted(done, 'row') : `${grouped(done)} of ${counted(total, 'row')} (${percent(done, total)} %)`}${rate}`;
}

/** Rows that came in meanwhile do not make it more than all. */
export function percent(done: number, total: number): number {
  return total === 0 ? 100 : Math.min(100, Math.floor((done * 100) / total));
}
