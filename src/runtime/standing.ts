import { basename, dirname } from 'node:path';
import { UserError } from '../core/errors.js';
import type { Plan, PlanTarget, Step, Write } from '../core/plan.js';
import type { StateFolder } from '../files/state-folder.js';
import { urlInto } from '../postgres/url.js';
import { checkOnly } from '../postgres/write-check.js';
import type { Attempt } from './earlier-steps.js';
import { attemptsOf, readSessions } from './earlier-steps.js';
import type { Standing } from './not-again.js';
import { neverLookedAt, standingOf, unsettledWords } from './not-again.js';
import type { WriteGround } from './step-parts.js';
import { readerOf } from './step-parts.js';

/**
 * Whether a step may be begun: takes the lock of the run, then looks at what all sessions of
 * this project did, so that nobody writes between the look and the write.
 */
export async function standingNow(
  options: WriteGround & { readonly plan: Plan; readonly step: Step },
): Promise<Standing> {
  const { plan, step, lock, log, keepIn } = options;
  if (step.kind !== 'write' && step.kind !== 'command') return { type: 'free' };
  try {
    await lock.hold(lockedAt(options.url, step.kind === 'write' ? step.write : null));
    const others = await readSessions(dirname(keepIn), keepIn);
    const own = { session: basename(keepIn), records: log.records };
    const standing = standingOf(step, plan, attemptsOf([...others, own]));
    if (standing.type === 'done already' && (await isGone(options, step))) return { type: 'free' };
    return standing;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return { type: 'refused', why: [error.message, ...error.next].join(' ') };
  }
}

/** Of which database the lock is taken: its connection would be in the way of renaming the live one. */
export function lockedAt(url: string, write: Write | null): string {
  return write?.type === 'transaction' && write.in !== undefined
    ? urlInto(url, write.in.database)
    : url;
}

/** Where a check can tell that what was done is no longer there, such as an index somebody dropped. */
async function isGone(
  { url, plan, root, parser, timeouts }: WriteGround & { readonly plan: Plan },
  step: Step,
): Promise<boolean> {
  if (step.kind !== 'write' || step.write.type !== 'statement') return false;
  const { after: checks } = step.write;
  if (checks.length === 0) return false;
  const asked = { url, target: plan.target, checks, files: readerOf(root), parser };
  return (await checkOnly({ ...asked, statementTimeout: timeouts.statement })) !== null;
}

/** Writes and commands on this database of which no outcome is known, and at which nobody looked. */
export async function openSteps(
  places: StateFolder,
  target: PlanTarget,
): Promise<readonly Attempt[]> {
  return neverLookedAt(attemptsOf(await readSessions(places.sessions, '')), target);
}

/** The plan, with a warning for each of them. */
export async function warned(places: StateFolder, plan: Plan): Promise<Plan> {
  const open = (await openSteps(places, plan.target)).map(unsettledWords);
  return open.length === 0 ? plan : { ...plan, warnings: [...plan.warnings, ...open] };
}
