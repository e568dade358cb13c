/**
 * Runs one step and is killed before its nth operation on the disk or the network: a program
 * of its own, started by crash.test.ts. Prints how many operations there were when it survives.
 */
import type { Confirmation, Plan } from '../../src/core/plan.js';
import { openRunLog } from '../../src/files/run-log.js';
import { loadParser } from '../../src/postgres/parse.js';
import { runLock } from '../../src/postgres/run-lock.js';
import { runStep } from '../../src/runtime/run-step.js';
import { killAtOperation } from './operations.js';

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
const counting = await killAtOperation(job);

const parser = await loadParser();
const log = await openRunLog(job.logPath);
await log.append({ type: 'plan', plan: job.plan });
counting.begin();
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
process.stdout.write(`${JSON.stringify({ count: counting.names.length, outcome })}\n`);
process.exit(0);
