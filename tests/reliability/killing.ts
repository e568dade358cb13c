import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { KillJob } from './kill-child.js';

export interface Life {
  /** null when it was killed. */
  readonly survived: { readonly last: string; readonly operations: readonly string[] } | null;
  /** Milliseconds from "begun" to its end. */
  readonly lasted: number;
}

/** Children to be killed; the next one warms up while the last one's end is judged. */
export function children(program: string): {
  /** `after`: SIGKILL from outside, so many milliseconds after it has begun. */
  live(job: KillJob, after: number | null): Promise<Life>;
  close(): void;
} {
  let next = start(program);
  return {
    async live(job, after) {
      const child = next;
      next = start(program);
      let out = '';
      let errors = '';
      let begun = 0;
      child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
      child.stdout.on('data', (data: Buffer) => {
        out += data.toString();
        if (begun > 0 || !out.startsWith('begun\n')) return;
        begun = performance.now();
        if (after !== null) setTimeout(() => child.kill('SIGKILL'), after);
      });
      child.stdin.end(`${JSON.stringify(job)}\n`);
      const [, signal] = (await once(child, 'close')) as [number | null, string | null];
      const lasted = performance.now() - begun;
      if (signal === 'SIGKILL') return { survived: null, lasted };
      const [, line = ''] = out.split('\n');
      if (line === '') throw new Error(`the child died of itself: ${errors}`);
      return { survived: JSON.parse(line) as Life['survived'], lasted };
    },
    close: () => next.kill('SIGKILL'),
  };
}

function start(program: string): ChildProcessWithoutNullStreams {
  const { PATH, XDG_CACHE_HOME } = process.env;
  const child = spawn(process.execPath, [program], { env: { PATH, XDG_CACHE_HOME } });
  child.stdin.on('error', () => {});
  return child;
}
