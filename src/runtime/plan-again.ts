import type { Diagnosis } from '../core/diagnosis.js';
import { UserError } from '../core/errors.js';
import type { Facts } from '../core/facts.js';
import type { Plan } from '../core/plan.js';
import type { PlanFile } from '../core/plan-file.js';
import { planFile, sealOf } from '../core/plan-file.js';
import { whyNotSeen } from '../core/session/why-other.js';
import { writerNow } from '../postgres/run-lock.js';
import type { Ground } from './ground.js';
import { look, rehearsedPlan, sha256 } from './parts.js';

export interface PlanAgainOptions {
  /** False: whoever looks may do so as another role than the one that is to run it. */
  readonly sameUser: boolean;
  readonly onProgress?: Parameters<typeof look>[2]['onProgress'];
}

export type PlannedAgain =
  | {
      readonly ok: true;
      readonly plan: Plan;
      readonly diagnosis: Diagnosis;
      /** Why not all that it rests on could be seen, in words; null: it could. */
      readonly notSeen: readonly string[] | null;
    }
  /** In words. */
  | { readonly ok: false; readonly why: string };

/**
 * The wish of a plan on paper, planned from the facts of now. The file's own steps count for nothing.
 * @throws UserError when the database is another one, or the world cannot be read
 */
export async function planAgain(
  ground: Ground,
  file: PlanFile,
  { sameUser, onProgress }: PlanAgainOptions,
): Promise<PlannedAgain> {
  const { databaseUrl: url } = ground.resolved;
  const before = await writerNow(url);
  const diagnosis = await look(ground, () => new Date(), {
    evidence: true,
    ...(onProgress && { onProgress }),
  });
  refuseOther(file.target, diagnosis.facts.target, sameUser);
  const { playbook, migrations, answers } = file;
  try {
    const made = await rehearsedPlan(ground, diagnosis, { playbook, migrations, answers });
    const { plan, rehearsal } = made;
    if (isSame(file, plan)) return { ok: true, plan, diagnosis, notSeen: null };
    const writer = before ?? (await writerNow(url));
    return { ok: true, plan, diagnosis, notSeen: whyNotSeen(diagnosis, rehearsal, writer) };
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    const writer = before ?? (await writerNow(url));
    const other = writer === null ? [] : [`${writer}. Wait until it has ended.`];
    const why = ['The plan cannot be made now:', error.message, ...error.next, ...other];
    return { ok: false, why: why.join('\n  ') };
  }
}

/** Whether a plan is, to the byte, the one in the file; but for what changes by itself. */
export function isSame(file: PlanFile, plan: Plan): boolean {
  const rests = ({ seen: _, ...rest }: PlanFile): string => sealOf(rest, sha256);
  return rests(planFile(plan, sha256)) === rests(file);
}

/** Why a plan that was made again is another one. */
export function whyOther({ notSeen }: Extract<PlannedAgain, { ok: true }>): string {
  return (
    notSeen?.join('\n  ') ??
    'The facts have changed since this plan was made: it would be another one now. Make it anew: pgmedic plan'
  );
}

function refuseOther(planned: PlanFile['target'], found: Facts['target'], sameUser: boolean): void {
  const where = ({ database, host, port, user }: PlanFile['target']): string =>
    `${database} at ${host}:${port}${sameUser ? ` as ${user}` : ''}`;
  if (found !== null && where(planned) === where(found) && planned.identity === found.identity) {
    return;
  }
  const now = found === null ? 'no database' : where(found);
  throw new UserError(
    now === where(planned)
      ? `Another server or database answers at ${planned.host}:${planned.port} than when this plan was made (${found?.identity ?? 'no identity'}, not ${planned.identity ?? 'no identity'}).`
      : `This plan is for ${where(planned)}, not for ${now}.`,
    ['Use the URL it was made with, or make it anew: pgmedic plan'],
  );
}
