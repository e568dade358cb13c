import type { BackupProgress } from '../core/backup.js';

/** Milliseconds between two reports when nothing else happens: the clock must be seen to run. */
const interval = 250;

/** Milliseconds of a phase before its rate says anything. */
const settling = 1000;

type Told = Omit<BackupProgress, 'elapsed' | 'rate' | 'remaining'>;

export interface Reporter {
  set(change: Partial<Told>): void;
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
  let phaseBegan = began;
  let state: Told = {
    phase: 'counting',
    tablesDone: 0,
    tablesTotal: 0,
    table: null,
    rowsDone: 0,
    rowsTotal: 0,
    bytes: 0,
  };
  const tell = (): void => {
    const at = now().getTime();
    onProgress({ ...state, elapsed: at - began, ...paceOf(state, at - phaseBegan) });
  };
  const timer = setInterval(tell, interval);
  tell();
  return {
    set(change) {
      const before = state.phase;
      state = { ...state, ...change };
      if (state.phase === before) return;
      phaseBegan = now().getTime();
      tell();
    },
    phase: () => state.phase,
    stop() {
      clearInterval(timer);
    },
  };
}

/** Rows a second since the phase began, and the milliseconds that are left at that pace. */
function paceOf(
  { rowsDone, rowsTotal }: Told,
  elapsed: number,
): Pick<BackupProgress, 'rate' | 'remaining'> {
  if (elapsed < settling || rowsDone === 0) return { rate: null, remaining: null };
  const rate = (rowsDone * 1000) / elapsed;
  const left = rowsTotal - rowsDone;
  return { rate, remaining: left < 0 ? null : (left * 1000) / rate };
}
