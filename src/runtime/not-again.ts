import { canonical } from '../core/digest.js';
import type { Plan, Step, Write } from '../core/plan.js';
import { redactDeep } from '../core/redact.js';
import { statementsOf } from '../core/telling/step-words.js';
import type { Attempt } from './earlier-steps.js';
import { sameTarget, workOf } from './earlier-steps.js';

/** What earlier sessions mean for a step. */
export type Standing =
  | { readonly type: 'free' }
  | { readonly type: 'refused'; readonly why: string }
  /** An early part of a divided migration that is there already. */
  | { readonly type: 'done already'; readonly note: string };

const free: Standing = { type: 'free' };

/**
 * Whether a step was done before, or may have been, on this database. The rule:
 *
 * - Begun, and nobody knows what became of it: refused. Where a look could not tell either, a
 *   command or free SQL stays refused for the same plan only, since nothing will ever tell.
 * - Steps with checks behind them (recording ones, the rest of a half-run migration), batches
 *   (the rows that are left) and files (their old bytes): their own checks decide.
 * - Early parts of a divided migration: done already, until a step that records the migration,
 *   or removes its row, was done after it: then it is a new life of the migration.
 * - Commands and free SQL tell nothing of themselves. Done already for the same plan (playbook,
 *   migrations, answers, facts): refused. For another plan it is another incident, and they run.
 */
export function standingOf(step: Step, plan: Plan, attempts: readonly Attempt[]): Standing {
  const work = workOf(step, plan);
  if (work === null) return free;
  const here = attempts.filter(({ target }) => sameTarget(target, plan.target));
  const same = here.filter((attempt) => attempt.work === work);
  const migration = earlyPartOf(step);
  const tellsItself = migration === null && step.kind === 'write' && hasEvidence(step.write);
  const open = same.find(
    (attempt) =>
      attempt.fate === 'unsettled' &&
      (!attempt.looked ||
        tellsItself ||
        (migration === null
          ? samePlan(attempt.plan, plan)
          : !closedAfter(attempt, migration, here))),
  );
  if (open !== undefined) return { type: 'refused', why: unsettledWords(open) };
  if (tellsItself) return free;
  const done = same.findLast(
    (attempt) =>
      attempt.fate === 'done' &&
      (migration === null ? samePlan(attempt.plan, plan) : !closedAfter(attempt, migration, here)),
  );
  if (done === undefined) return free;
  const told = `done at ${done.at} in session ${done.session}`;
  if (migration !== null) return { type: 'done already', note: `${told}; not run again` };
  return {
    type: 'refused',
    why: `Step ${step.id} was ${told} (step ${done.step}), for the same plan and the same facts; it is not run twice. What that session did: pgmedic report ${done.session}`,
  };
}

/** "Session X began step S at T, and what became of it is not known. Look first: ..." */
export function unsettledWords({ session, step, at }: Attempt): string {
  return `Session ${session} began step ${step} at ${at}, and what became of it is not known. Look first: pgmedic resume ${session}`;
}

/** What was begun on this database and not looked at since. */
export function neverLookedAt(
  attempts: readonly Attempt[],
  target: Plan['target'],
): readonly Attempt[] {
  return attempts.filter(
    (attempt) =>
      attempt.fate === 'unsettled' && !attempt.looked && sameTarget(attempt.target, target),
  );
}

/** The migration of which a step is an early part, as its id names it; null when it is none. */
function earlyPartOf(step: Step): string | null {
  if (step.kind !== 'write' || step.write.type === 'file' || hasEvidence(step.write)) return null;
  return statementsOf(step.write).every(({ source }) => source !== null)
    ? migrationOf(step.id)
    : null;
}

/** "apply:0001_mix:2" and "mark:0001_mix" are about 0001_mix. */
function migrationOf(step: string): string | null {
  return /^[^:]+:(.+?)(?::\d+)?$/.exec(step)?.[1] ?? null;
}

/** It adds or removes history rows: SQL of our own, from no file, with checks behind it. */
function records(write: Write): boolean {
  return (
    write.type === 'transaction' &&
    write.after.length > 0 &&
    write.statements.some(({ source }) => source === null)
  );
}

/** Its checks before and behind tell whether it was done. */
function hasEvidence(write: Write): boolean {
  if (write.type === 'file' || write.type === 'batches' || write.type === 'restore') return true;
  return write.type === 'transaction' && write.after.length > 0;
}

function closedAfter(attempt: Attempt, migration: string, all: readonly Attempt[]): boolean {
  return all
    .slice(all.indexOf(attempt) + 1)
    .some(
      ({ fate, step, write }) =>
        fate === 'done' && write !== null && records(write) && migrationOf(step) === migration,
    );
}

function samePlan(a: Plan | null, b: Plan): boolean {
  if (a === null) return true;
  const key = ({ playbook, migrations, answers, facts }: Plan): string =>
    canonical({ playbook, migrations, answers: redactDeep(answers), facts });
  return key(a) === key(b);
}
