import type { Diagnosis } from '../core/diagnosis.js';
import type { Ground } from './ground.js';
import type { EvidenceProgress } from '../core/session/state.js';

/** Milliseconds. Each statement is news, thousands may run in a second, and each news draws the screen. */
const NEWS_EVERY = 250;

/** Looks at the world for a session: quickly for the first board, wholly for everything that decides. */
export interface Reader {
  /** Files, rows and surroundings; no evidence. */
  quick(): Promise<Diagnosis>;
  /** Everything, the evidence too. */
  whole(): Promise<Diagnosis>;
  /**
   * Begins a whole look behind the board; null when it was given up for a newer reading. `ready` is
   * waited for behind the look: one that is given up meanwhile is no news any more.
   */
  behind(
    onProgress: (progress: EvidenceProgress) => void,
    ready?: () => Promise<void>,
  ): Promise<Diagnosis | null>;
  /** The look behind the board, once it is over; null when there is none or it failed. */
  latest(): Promise<Diagnosis | null>;
  /** Gives up the look behind the board. */
  stop(): void;
}

/** `seen`: a whole look of just now, which stands for the first two. */
export function reader(
  ground: () => Promise<Ground>,
  now: () => Date,
  seen: Diagnosis | null = null,
): Reader {
  let fresh = seen;
  let working = new AbortController();
  let last: Promise<Diagnosis | null> = Promise.resolve(null);
  const look = async (
    evidence: boolean,
    signal?: AbortSignal,
    onProgress?: (progress: EvidenceProgress) => void,
  ): Promise<Diagnosis> => {
    // While this program is still loading, the first files are read and the first child is started.
    const [found, parts] = await Promise.all([ground(), import('./parts.js')]);
    return parts.look(found, now, {
      evidence,
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
  };
  const stop = (): void => {
    working.abort();
    last = Promise.resolve(null);
  };
  return {
    quick() {
      stop();
      return fresh === null ? look(false) : Promise.resolve(fresh);
    },
    whole() {
      stop();
      fresh = null;
      return look(true);
    },
    behind(onProgress, ready = () => Promise.resolve()) {
      stop();
      working = new AbortController();
      const { signal } = working;
      if (fresh !== null) {
        const known = fresh;
        fresh = null;
        last = Promise.resolve(known);
        return ready().then(() => (signal.aborted ? null : known));
      }
      const tell = nowAndThen(onProgress, now);
      const looking = look(true, signal, (progress) => {
        if (!signal.aborted) tell(progress);
      }).then(
        async (diagnosis) => {
          await ready();
          return signal.aborted ? null : diagnosis;
        },
        (error: unknown) => {
          if (signal.aborted) return null;
          throw error;
        },
      );
      last = looking.catch(() => null);
      return looking;
    },
    latest: () => last,
    stop,
  };
}

/** What it is at, as soon as that changes; how much of it is done, as often as it can be read. */
function nowAndThen(
  onProgress: (progress: EvidenceProgress) => void,
  now: () => Date,
): (progress: EvidenceProgress) => void {
  let last = { doing: '', at: 0 };
  return (progress) => {
    const at = now().getTime();
    if (progress.doing === last.doing && at - last.at < NEWS_EVERY) return;
    last = { doing: progress.doing, at };
    onProgress(progress);
  };
}
