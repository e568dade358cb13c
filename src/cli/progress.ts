import type { State } from '../core/session/state.js';
import type { SessionHandle } from '../core/session/store.js';

/** Writes to standard error what the session is at, one line each time that changes. */
export function watchProgress(): (state: State) => void {
  let last = '';
  return (state) => {
    const line = progressLine(state);
    if (line === '' || line === last) return;
    last = line;
    process.stderr.write(`${line}\n`);
  };
}

function progressLine(state: State): string {
  const { scene } = state;
  switch (scene.name) {
    case 'backup': {
      const phase = scene.progress?.phase ?? 'starting the sandbox';
      return `backup: ${phase}${scene.cancelling ? ' (stopping)' : ''}`;
    }
    case 'running': {
      const step = state.runs.at(-1)?.plan.steps[scene.index];
      const waits = scene.waitingFor.map(({ pid, user }) => `${pid} (${user})`).join(', ');
      return `${step?.title ?? 'step'}${waits === '' ? '' : `: waits for ${waits}`}`;
    }
    case 'reading':
    case 'rechecking':
      return 'reading';
    case 'verifying':
      return 'verifying';
    default:
      return '';
  }
}

/** Ctrl-C, SIGTERM and SIGHUP stop what runs safely instead of cutting it. Returns how to stop listening. */
export function stopOnSignals(handle: SessionHandle): () => void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const stop = (): void => handle.dispatch({ type: 'cancel' });
  for (const signal of signals) process.on(signal, stop);
  return () => {
    for (const signal of signals) process.off(signal, stop);
  };
}
