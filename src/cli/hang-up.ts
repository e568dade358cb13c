import type { SessionHandle } from '../core/session/store.js';

/**
 * What is left to do when nobody can answer any more (the terminal is closed, or the program is
 * told to end): what runs is stopped safely, then the session is left.
 */
export function hangUp(handle: SessionHandle): void {
  const stop = handle.subscribe(() => {
    const { name } = handle.getState().scene;
    if (name === 'backup' || name === 'running') return;
    stop();
    handle.dispatch({ type: 'leave' });
  });
  handle.dispatch({ type: 'cancel' });
}

/**
 * Dies of the hang-up at the very end, as a program does that never heard of the signal. It is
 * more than manners: Node aborts, with a core dump, when it cannot give a closed terminal its
 * mode back, and that comes after this.
 */
export function dieOfHangUp(): void {
  process.once('exit', () => {
    process.removeAllListeners('SIGHUP');
    process.kill(process.pid, 'SIGHUP');
  });
}

/**
 * A terminal that is gone answers a change of its mode with an error, thrown in the midst of Ink
 * or of a prompt. There is nothing to change then. Returns how to undo this.
 */
export function forgiveRawMode(stdin: NodeJS.ReadStream): () => void {
  if (!stdin.isTTY) return () => {};
  const set = stdin.setRawMode.bind(stdin);
  stdin.setRawMode = (mode) => {
    try {
      return set(mode);
    } catch {
      return stdin;
    }
  };
  return () => {
    stdin.setRawMode = set;
  };
}
