/**
 * Runs the steps of a session whose backup is proven (or a whole session, with its own backup), and
 * is killed on the way: a program of its own, started by killing.ts. It waits for its job on
 * standard input, so that it is warm by then. Prints "begun", and at the end what it did.
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { UserError } from '../../src/core/errors.js';
import type { Plan } from '../../src/core/plan.js';
import { stopOnSignals } from '../../src/cli/progress.js';
import { drive, settled } from '../../src/runtime/drive.js';
import { openGround } from '../../src/runtime/ground.js';
import { openSession } from '../../src/runtime/open-session.js';
import { runStep } from '../../src/runtime/run-step.js';
import { findSession, openSessionLog } from '../../src/runtime/session-record.js';
import { stepWorld, writeGround } from '../../src/runtime/write-ground.js';
import { runLock } from '../../src/postgres/run-lock.js';
import { loadParser } from '../../src/postgres/parse.js';
import { killAtOperation } from '../runtime/operations.js';

export interface KillJob {
  /** 0: it is not killed by itself. */
  readonly killAt: number;
  /** Only stopped there, as by Ctrl-Z; whoever started it lets it go on. */
  readonly stops?: boolean;
  /** Of a whole session: it hears signals, as `apply` does, and has begun when its steps have. */
  readonly hears?: boolean;
  /** No file may become larger, in 512 bytes. */
  readonly fileBlocks?: number;
  readonly midway: boolean;
  readonly dir: string;
  readonly databaseUrl: string;
  readonly sandboxUrl: string;
  /** XDG_STATE_HOME */
  readonly state: string;
  /** The session to go on with; null: a whole one, from the first look on. */
  readonly session: string | null;
  readonly playbook: string;
  readonly migrations: readonly string[];
  readonly answers: Readonly<Record<string, string>>;
}

await loadParser();
const lines = createInterface({ input: process.stdin });
const [line] = (await once(lines, 'line')) as [string];
lines.close();
const job = JSON.parse(line) as KillJob;
const { killAt, midway, dir, databaseUrl, sandboxUrl, state } = job;
const signal = job.stops === true ? 'SIGSTOP' : 'SIGKILL';
const counting = await killAtOperation({ killAt, midway, everywhere: true, signal });
const environment = { XDG_STATE_HOME: state, XDG_CACHE_HOME: process.env['XDG_CACHE_HOME'] };
const ground = await openGround({ dir, databaseUrl, sandboxUrl }, environment);
const begin = (): void => {
  process.stdout.write('begun\n');
  counting.begin();
};
const last = job.session === null ? await wholeSession() : await restOf(job.session);
const { names: operations } = counting;
await ground.close();
process.stdout.write(`${JSON.stringify({ last, operations })}\n`, () => process.exit(0));

/** The steps that are left, as performer() runs them. */
async function restOf(session: string): Promise<string> {
  const place = await findSession(await ground.places(), session);
  const now = (): Date => new Date();
  const log = await openSessionLog(place, now);
  const { plan } = log.records.findLast((one) => one.type === 'plan') ?? {};
  const { backup: proof } = log.records.findLast((one) => one.type === 'backup-proven') ?? {};
  if (plan === undefined || proof === undefined) throw new Error('no plan, or no proof');
  const lock = runLock();
  const typed = plan.target.database;
  const base = await writeGround({ ground, log, folder: place.folder, lock });
  begin();
  let said = '';
  for (const step of plan.steps) {
    if (log.records.some((one) => one.type === 'outcome' && one.step === step.id)) continue;
    const confirmation = { ...step, step: step.id, at: now().toISOString(), by: 'op', typed };
    const options = { ...base, ...stepWorld(ground, now), plan, step, confirmation, proof };
    const outcome = await runStep(options).catch((error: unknown) => {
      if (!(error instanceof UserError)) throw error;
      // The run log did not take what it had to: perform.ts calls that notRun, or unknown.
      return { state: 'unknown', message: error.message } as const;
    });
    said = `${step.id}: ${JSON.stringify(outcome)}`;
    if (outcome.state !== 'done') break;
  }
  await lock.release();
  await log.close();
  return said;
}

async function wholeSession(): Promise<string> {
  const { handle, close } = openSession({ openGround: async () => ground, environment });
  const unhook = job.hears === true ? stopOnSignals(handle) : () => {};
  if (job.hears !== true) begin();
  await settled(handle);
  const confirms = new Map<string, string>();
  const accept = (plan: Plan): boolean => {
    for (const { id, digest } of plan.steps) confirms.set(id, digest);
    return true;
  };
  const { playbook, migrations, answers } = job;
  const script = {
    playbook,
    migrations,
    answers,
    accept,
    confirms,
    targetName: new URL(databaseUrl).pathname.slice(1),
  };
  let begun = job.hears !== true;
  const end = await drive(handle, script, ({ scene }) => {
    if (begun || scene.name !== 'running') return;
    begun = true;
    begin();
  });
  handle.dispatch({ type: 'leave' });
  await handle.ended;
  await close();
  unhook();
  return JSON.stringify(end);
}
