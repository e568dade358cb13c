import { messageOf } from '../core/errors.js';
import type { Ready } from './preflight.js';
import { prove } from './proof.js';
import { watchingSpace } from './space.js';

/** PostgreSQL's own words where the disk of the copy is full. */
const full = /No space left on device|could not extend file|ENOSPC/;

/**
 * The proof; or why there is none though nothing speaks against the backup: there is no room for a
 * restored copy, or the operator would not wait for it.
 *
 * @throws what prove() throws, for everything else
 */
export async function proveOrSayWhy(
  options: Parameters<typeof prove>[0] & {
    readonly ready: Pick<Ready, 'noProof' | 'sandboxData'>;
    readonly enough: AbortSignal | undefined;
    readonly keepFree: number;
  },
): Promise<{ readonly proof: string } | { readonly unproven: string }> {
  const { ready, enough, keepFree, signal, ...rest } = options;
  if (ready.noProof !== null) return { unproven: ready.noProof };
  const stopped = { unproven: 'its proof was stopped by the operator' };
  if (enough?.aborted) return stopped;
  const room = new AbortController();
  const own = AbortSignal.any([signal, ...(enough === undefined ? [] : [enough])]);
  const proving = async (watched: AbortSignal): Promise<string> => {
    try {
      return await prove({ ...rest, signal: watched });
    } catch (error) {
      if (watched.aborted && !own.aborted) room.abort();
      throw error;
    }
  };
  const { sandboxData } = ready;
  const watch = { path: sandboxData ?? '', what: 'The proof', keepFree, signal: own };
  try {
    return {
      proof: sandboxData === null ? await proving(own) : await watchingSpace(watch, proving),
    };
  } catch (error) {
    signal.throwIfAborted();
    if (enough?.aborted) return stopped;
    if (room.signal.aborted || full.test(messageOf(error))) {
      return { unproven: `there was too little space to restore it: ${messageOf(error)}` };
    }
    throw error;
  }
}
