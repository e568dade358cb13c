import { stat, statfs } from 'node:fs/promises';
import { UserError } from '../core/errors.js';
import { bytes } from '../core/telling/amounts.js';

/** Bytes that are left free on every disk: a full one stops more than a backup. */
export const KEEP_FREE = 128 * 1024 ** 2;

/** Milliseconds between two looks. */
const interval = 500;

/** A place that has to hold some bytes, and what for. */
export interface SpaceNeed {
  readonly path: string;
  readonly bytes: number;
  readonly what: string;
}

/** Why all of it does not fit, each disk asked once for all that is to be on it; null when it does. */
export async function whyNoRoom(needs: readonly SpaceNeed[]): Promise<string | null> {
  const devices = new Map<number, SpaceNeed[]>();
  for (const need of needs) {
    const { dev } = await stat(need.path);
    devices.set(dev, [...(devices.get(dev) ?? []), need]);
  }
  for (const together of devices.values()) {
    const first = together[0];
    if (first === undefined) continue;
    const free = await freeAt(first.path);
    const needed = together.reduce((sum, need) => sum + need.bytes, 0);
    if (free >= needed) continue;
    const what = together.map((need) => `${need.what} (${need.path})`).join(' and ');
    return `There is too little space for ${what}: ${bytes(needed)} needed, ${bytes(free)} free.`;
  }
  return null;
}

/** What a disk has free for one who is not root. */
async function freeAt(path: string): Promise<number> {
  const { bavail, bsize } = await statfs(path);
  return bavail * bsize;
}

/**
 * Looks at a disk while work goes on, and ends the work before the disk is full: the signal that
 * `work` gets aborts then.
 *
 * @throws UserError when it came to that
 */
export async function watchingSpace<T>(
  options: {
    readonly path: string;
    readonly what: string;
    readonly keepFree: number;
    readonly signal: AbortSignal;
  },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const full = new AbortController();
  let looking: Promise<void> = Promise.resolve();
  const look = (): void => {
    looking = freeAt(options.path)
      .then((free) => {
        if (free < options.keepFree) full.abort(nearlyFull(options, free));
      })
      .catch(() => {});
  };
  look();
  const timer = setInterval(look, interval);
  try {
    return await work(AbortSignal.any([options.signal, full.signal]));
  } catch (error) {
    if (full.signal.aborted && !options.signal.aborted) throw full.signal.reason;
    throw error;
  } finally {
    clearInterval(timer);
    await looking;
  }
}

function nearlyFull({ path, what }: { path: string; what: string }, free: number): UserError {
  return new UserError(
    `${what} was stopped before the disk of ${path} is full: ${bytes(free)} are free.`,
    ['Free some space, or name another place for the backup with --out DIR.'],
  );
}
