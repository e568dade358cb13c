import type { BackupProgress } from '../core/backup.js';

/** Milliseconds between two reports when nothing else happens: the clock must be seen to run. */
const interval = 250;

/** Milliseconds of a phase before its rate says anything. */
const settling = 1000;

type Told = Omit<BackupProgress, 'elapsed' | 'rate' | 'remaining' | 'silent'>;

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
  let moved = began;
  let state: Told = {
    phase: 'dumping',
    tablesDone: 0,
    tablesTotal: 0,
    table: null,
    rowsDone: 0,
    rowsTotal: 0,
    bytes: 0,
    waitingFor: [],
  };
  const tell = (): void => {
    const at = now().getTime();
    const silent = at - moved;
    onProgress({ ...state, elapsed: at - began, silent, ...paceOf(state, at - phaseBegan) });
  };
  const timer = setInterval(tell, interval);
  tell();
  return {
    set(change) {
      const before = state;
      state = { ...state, ...change };
      if (!sameAmounts(before, state)) moved = now().getTime();
      if (state.phase === before.phase) return;
      phaseBegan = now().getTime();
      tell();
    },
    phase: () => state.phase,
    stop() {
      clearInterval(timer);
    },
  };
}

function sameAmounts(a: Told, b: Told): boolean {
  return (['phase', 'table', 'tablesDone', 'rowsDone', 'bytes'] as const).every(
    (name) => a[name] === b[name],
  );
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
