/**
 * Runs one step and is killed before its nth operation on the disk or the network: a program
 * of its own, started by crash.test.ts. Prints how many operations there were when it survives.
 */
import { createRequire } from 'node:module';
import pg from 'pg';
import type { Confirmation, Plan } from '../../src/core/plan.js';
import { openRunLog } from '../../src/files/run-log.js';
import { loadParser } from '../../src/postgres/parse.js';
import { runLock } from '../../src/postgres/run-lock.js';
import { runStep } from '../../src/runtime/run-step.js';

export interface CrashJob {
  readonly killAt: number;
  /** Kill right after the operation was begun instead of before it. */
  readonly midway: boolean;
  /** Count what only reads and prepares as well. */
  readonly everywhere: boolean;
  readonly plan: Plan;
  readonly confirmation: Confirmation;
  readonly url: string;
  readonly root: string;
  readonly keepIn: string;
  readonly logPath: string;
}

const job = JSON.parse(process.env['CRASH_JOB'] ?? '') as CrashJob;
const require = createRequire(import.meta.url);
const files = require('node:fs/promises') as Record<string, unknown>;
let counting = false;
let count = 0;

const die = (): never => {
  process.kill(process.pid, 'SIGKILL');
  for (;;);
};

type AnyFunction = (this: unknown, ...values: unknown[]) => unknown;

function watch(owner: Record<string, unknown>, names: readonly string[], only = /(?:)/): void {
  for (const name of names) {
    const original = owner[name] as AnyFunction;
    owner[name] = function (this: unknown, ...values: unknown[]) {
      const [first] = values as [string | { text?: string }];
      const counted =
        counting && only.test(typeof first === 'string' ? first : (first?.text ?? ''));
      const mine = counted ? ++count : 0;
      if (mine === job.killAt && !job.midway) die();
      const result = original.apply(this, values);
      // Time enough for a packet to leave, or a system call to begin.
      if (mine === job.killAt) setTimeout(die, 1);
      return result;
    };
  }
}

const open = files['open'] as (path: string) => Promise<{ close(): Promise<void> }>;
const handle = await open('/');
const prototype = Object.getPrototypeOf(handle) as Record<string, unknown>;
await handle.close();
const client = pg.Client.prototype as unknown as Record<string, unknown>;
watch(files, ['rename', 'link', 'unlink', 'writeFile']);
watch(prototype, ['appendFile', 'writeFile', 'sync']);
if (job.everywhere) {
  watch(files, ['open', 'mkdir', 'chmod', 'chown']);
  watch(prototype, ['chmod', 'chown', 'close']);
  watch(client, ['connect', 'query', 'end']);
} else {
  watch(client, ['query'], /^(LOCK|INSERT|COMMIT|CREATE)/);
}

const parser = await loadParser();
const log = await openRunLog(job.logPath);
await log.append({ type: 'plan', plan: job.plan });
counting = true;
const [step] = job.plan.steps;
if (step === undefined) throw new Error('no step');
const { plan, confirmation, url, root, keepIn } = job;
const outcome = await runStep({
  plan,
  step,
  confirmation,
  url,
  root,
  keepIn,
  lock: runLock(),
  log,
  parser,
  proof: { target: plan.target } as never,
  timeouts: { lock: 3000, statement: 10_000 },
  random: () => 0,
  readNextRun: () => Promise.reject(new Error('not here')),
  runCommand: () => Promise.reject(new Error('not here')),
});
process.stdout.write(`${JSON.stringify({ count, outcome })}\n`);
process.exit(0);
