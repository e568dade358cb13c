import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { OperatorJob, OperatorReport } from './operator-child.js';

/** A process in which one operator after another works; each job is ready before it is let go. */
export interface Operator {
  ready(job: OperatorJob): Promise<() => Promise<OperatorReport>>;
  close(): Promise<void>;
}

export function startOperator(program: string): Operator {
  const { PATH, XDG_CACHE_HOME } = process.env;
  const child = spawn(process.execPath, [program], { env: { PATH, XDG_CACHE_HOME } });
  let errors = '';
  child.stderr.on('data', (data: Buffer) => (errors += data.toString()));
  child.stdin.on('error', () => {});
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const next = await lines.next();
    if (next.done === true) throw new Error(`the operator died of itself: ${errors}`);
    return next.value;
  };
  return {
    async ready(job) {
      child.stdin.write(`${JSON.stringify(job)}\n`);
      const said = await line();
      if (said !== 'ready') throw new Error(said);
      return async () => {
        child.stdin.write('go\n');
        return JSON.parse(await line()) as OperatorReport;
      };
    },
    async close() {
      const ended = child.exitCode === null ? once(child, 'close') : null;
      child.stdin.end();
      await ended;
    },
  };
}
