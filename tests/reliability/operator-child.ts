/**
 * An operator who confirms every step of a session whose backup is proven: a program of its own.
 * It takes jobs on standard input, one a line; says "ready", waits for "go", and answers with what
 * each step came to.
 */
import { createInterface } from 'node:readline';
import type { Blocker } from '../../src/core/facts.js';
import type { StepOutcome } from '../../src/core/plan.js';
import { loadParser } from '../../src/postgres/parse.js';
import { runLock } from '../../src/postgres/run-lock.js';
import { openGround } from '../../src/runtime/ground.js';
import { runStep } from '../../src/runtime/run-step.js';
import { openSessionLog, sessionPlace } from '../../src/runtime/session-record.js';
import { stepWorld, writeGround } from '../../src/runtime/write-ground.js';

export interface OperatorJob {
  readonly dir: string;
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  /** XDG_STATE_HOME */
  readonly state: string;
  readonly session: string;
  /** Milliseconds after "go", and between two steps. */
  readonly delay: number;
  readonly think: number;
}

export interface OperatorReport {
  readonly steps: readonly { readonly step: string; readonly outcome: StepOutcome }[];
  /** Shown while a step waited. */
  readonly blockers: readonly Blocker[];
  /** Milliseconds from the first step to the end of the last write. */
  readonly wrote: number;
}

await loadParser();
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
for (;;) {
  const line = await lines.next();
  if (line.done === true) break;
  const report = await work(JSON.parse(line.value) as OperatorJob);
  process.stdout.write(`${JSON.stringify(report)}\n`);
}

async function work(job: OperatorJob): Promise<OperatorReport> {
  const { dir, databaseUrl, sandboxUrl, state, session, delay, think } = job;
  const environment = { XDG_STATE_HOME: state, XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] };
  const ground = await openGround({ dir, databaseUrl, sandboxUrl }, environment);
  const now = (): Date => new Date();
  const place = sessionPlace(await ground.places(), session);
  const log = await openSessionLog(place, now);
  const { plan } = log.records.findLast((one) => one.type === 'plan') ?? {};
  const { backup: proof } = log.records.findLast((one) => one.type === 'backup-proven') ?? {};
  if (plan === undefined || proof === undefined) throw new Error('no plan, or no proof');
  const lock = runLock();
  const blockers: Blocker[] = [];
  const onWaiting = (found: readonly Blocker[]): void => void blockers.push(...found);
  const base = await writeGround({ ground, log, folder: place.folder, lock, onWaiting });
  process.stdout.write('ready\n');
  await lines.next();
  await pause(delay);
  const typed = plan.target.database;
  const begun = performance.now();
  let wrote = 0;
  const steps: { step: string; outcome: StepOutcome }[] = [];
  for (const step of plan.steps) {
    const confirmation = { ...step, step: step.id, at: now().toISOString(), by: 'op', typed };
    const options = { ...base, ...stepWorld(ground, now), plan, step, confirmation, proof };
    const outcome = await runStep(options);
    steps.push({ step: step.id, outcome });
    if (outcome.state !== 'done') break;
    if (step.kind === 'write') wrote = performance.now() - begun;
    await pause(think);
  }
  await lock.release();
  await log.close();
  await ground.close();
  return { steps, blockers, wrote };
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
