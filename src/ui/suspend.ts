import type { Paper } from './paper.js';

/** Longer than the system needs to tell of a SIGCONT; milliseconds. */
const UNLESS_STOPPED = 100;

const CURSOR = { shown: '\u001b[?25h', hidden: '\u001b[?25l' } as const;

/**
 * Gives the terminal to the shell and takes it back: on Ctrl-Z (which arrives as a key, since the
 * terminal is raw), on SIGTSTP, and behind a SIGSTOP that nobody hears of. `busy` says why not
 * now: a stopped program would go on holding the locks of its step.
 */
export function suspendable(options: {
  readonly stdin: NodeJS.ReadStream;
  readonly paper: Paper;
  readonly busy: () => boolean;
}): { readonly suspend: () => void; readonly release: () => void } {
  const { stdin, paper, busy } = options;
  let stopped = false;
  const giveBack = (): void => {
    stopped = true;
    stdin.setRawMode(false);
    paper.write(CURSOR.shown);
  };
  const takeBack = (): void => {
    stopped = false;
    stdin.setRawMode(true);
    paper.write(CURSOR.hidden);
    paper.again();
  };
  const stop = (who: number): void => {
    if (busy()) return;
    giveBack();
    process.off('SIGTSTP', onStop);
    process.kill(who, 'SIGTSTP');
    // A program without a shell above it is not stopped by this: then it goes on at once.
    setTimeout(() => {
      process.on('SIGTSTP', onStop);
      if (stopped) takeBack();
    }, UNLESS_STOPPED);
  };
  const onStop = (): void => stop(process.pid);
  process.on('SIGTSTP', onStop).on('SIGCONT', takeBack);
  return {
    // All that the shell started with this, as the terminal does it.
    suspend: () => stop(0),
    release: () => process.off('SIGTSTP', onStop).off('SIGCONT', takeBack),
  };
}
