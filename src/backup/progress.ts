import type { BackupProgress } from '../core/backup.js';

/** Milliseconds between two reports when nothing else happens: the clock must be seen to run. */
const interval = 250;

export interface Reporter {
  set(change: Partial<Omit<BackupProgress, 'elapsed'>>): void;
  phase(): BackupProgress['phase'];
  /** No report comes after this. */
  stop(): void;
}

/** Reports at once when the phase changes, else four times a second, however fast the work goes. */
export function makeReporter(
  onProgress: (progress: BackupProgress) => void,
  now: () => Date,
): Reporter {
  const began = now().getTime();
  let state: Omit<BackupProgress, 'elapsed'> = {
    phase: 'counting',
    tablesDone: 0,
    tablesTotal: 0,
    table: null,
    rowsDone: 0,
    rowsTotal: 0,
    bytes: 0,
  };
  const tell = (): void => onProgress({ ...state, elapsed: now().getTime() - began });
  const timer = setInterval(tell, interval);
  tell();
  return {
    set(change) {
      const before = state.phase;
      state = { ...state, ...change };
      if (state.phase !== before) tell();
    },
    phase: () => state.phase,
    stop() {
      clearInterval(timer);
    },
  };
}
