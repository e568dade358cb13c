import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { KillJob } from './kill-child.js';

export interface Life {
  /** null when it was killed before its end. */
  readonly survived: { readonly last: string; readonly operations: readonly string[] } | null;
  /** Milliseconds from "begun" to its end. */
  readonly lasted: number;
}

interface More {
  readonly signal?: NodeJS.Signals;
  /** What happens while it is stopped; then it is let go on. */
  readonly whileStopped?: () => Promise<void>;
}

/** Children to be killed; the next one warms up while the last one's end is judged. */
export function children(program: string): {
  /** `after`: a signal (SIGKILL) from outside, so many milliseconds after it has begun. */
  live(job: KillJob, after: number | null, more?: More): Promise<Life>;
  close(): void;
} {
  let next = start(program);
  return {
    async live(job, after, { signal = 'SIGKILL', whileStopped } = {}) {
      // A limit has to be there from the start.
      const limited = job.fileBlocks !== undefined;
      const child = limited ? start(program, job.fileBlocks) : next;
      if (!limited) next = start(program);
      let out = '';
      let errors = '';
      let begun = 0;
      child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
      child.stdout.on('data', (data: Buffer) => {
        out += data.toString();
        if (whileStopped !== undefined && data.includes('stopped\n')) {
          void whileStopped().finally(() => child.kill('SIGCONT'));
        }
        if (begun > 0 || !out.startsWith('begun\n')) return;
        begun = performance.now();
        if (after !== null) setTimeout(() => child.kill(signal), after);
      });
      child.stdin.end(`${JSON.stringify(job)}\n`);
      const [, killer] = (await once(child, 'close')) as [number | null, string | null];
      const lasted = performance.now() - begun;
      const line = out.split('\n').find((one) => one.startsWith('{')) ?? '';
      if (killer === 'SIGKILL' || (killer === signal && line === '')) {
        return { survived: null, lasted };
      }
      if (line === '') throw new Error(`the child died of itself: ${errors}`);
      return { survived: JSON.parse(line) as Life['survived'], lasted };
    },
    close: () => next.kill('SIGKILL'),
  };
}

/** @param blocks what no file may outgrow, in 512 bytes: EFBIG then, since Node ignores the signal */
function start(program: string, blocks?: number): ChildProcessWithoutNullStreams {
  const { PATH, XDG_CACHE_HOME } = process.env;
  const limit = blocks === undefined ? '' : `ulimit -f ${blocks} && `;
  const child = spawn('/bin/sh', ['-c', `${limit}exec "$0" "$1"`, process.execPath, program], {
    env: { PATH, XDG_CACHE_HOME },
  });
  child.stdin.on('error', () => {});
  return child;
}
