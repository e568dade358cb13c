import { rm } from 'node:fs/promises';
import type { ProvenBackup } from '../../src/core/backup.js';
import type { Diagnosis } from '../../src/core/diagnosis.js';
import { UserError } from '../../src/core/errors.js';
import type { Plan } from '../../src/core/plan.js';
import { runLock } from '../../src/postgres/run-lock.js';
import type { Ground } from '../../src/runtime/ground.js';
import { look, planFor } from '../../src/runtime/parts.js';
import { proveBackup } from '../../src/runtime/prove-backup.js';
import { runStep } from '../../src/runtime/run-step.js';
import { openSessionLog, sessionPlace } from '../../src/runtime/session-record.js';
import { stepWorld, writeGround } from '../../src/runtime/write-ground.js';

const now = (): Date => new Date();

/**
 * The world with its evidence. What the migrator would run next is not rehearsed: a roll back rests on
 * nothing of it, and it would be all that was taken back so far, each time.
 */
export function seen(ground: Ground): Promise<Diagnosis> {
  const { tool } = ground;
  const nothing = { runs: [], skips: [], fails: null };
  return look({ ...ground, tool: { ...tool, nextRun: () => nothing } }, now, { evidence: true });
}

/** A real one; a session's writes need it. */
export async function proven(ground: Ground, { facts }: Diagnosis): Promise<ProvenBackup> {
  const signal = new AbortController().signal;
  const backup = await proveBackup({
    ground,
    facts,
    session: 'there-and-back',
    signal,
    now,
    onProgress: () => {},
  });
  if ('readBackAt' in backup) throw new Error(backup.unproven);
  return backup;
}

export type TakenBack =
  | { readonly state: 'done' }
  /** By a rule, by the rehearsal, or by the rows that are there; nothing was done. */
  | { readonly state: 'refused' | 'stopped by rows'; readonly why: string }
  /** A step of the plan did not come to its end. */
  | { readonly state: 'failed'; readonly why: string };

/** One migration taken back as an operator would: the plan, and all its steps confirmed as they are shown. */
export async function takeBack(
  ground: Ground,
  diagnosis: Diagnosis,
  migration: string,
  proof: ProvenBackup,
): Promise<TakenBack> {
  let plan: Plan;
  try {
    const wish = { playbook: 'roll-back', migrations: [migration], answers: {} };
    plan = await planFor(ground, diagnosis, wish);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const why = error.message;
    return {
      state: /: there are \S+ (?:rows|values)/.test(why) ? 'stopped by rows' : 'refused',
      why,
    };
  }
  const place = sessionPlace(await ground.places(), 'there-and-back');
  const log = await openSessionLog(place, now);
  const lock = runLock();
  try {
    const base = await writeGround({ ground, log, folder: place.folder, lock });
    await log.append({ type: 'plan', plan });
    for (const step of plan.steps) {
      const { id, digest } = step;
      const typed = plan.target.database;
      const confirmation = { step: id, digest, at: now().toISOString(), by: 'test', typed };
      const world = stepWorld(ground, now);
      // Of a database that was made anew it is not; what it proves is not what is tried here.
      const own = { ...proof, target: plan.target };
      const outcome = await runStep({ ...base, ...world, plan, step, confirmation, proof: own });
      if (outcome.state !== 'done') {
        const why = outcome.state === 'notRun' ? outcome.why : outcome.message;
        return { state: 'failed', why: `${id}: ${why}` };
      }
    }
    return { state: 'done' };
  } finally {
    await lock.release();
    await log.close();
    // What was copied out, and a log that the next one would read.
    await rm(place.folder, { recursive: true, force: true });
  }
}
