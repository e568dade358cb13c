import { UserError } from '../core/errors.js';
import { standing } from '../core/backup.js';
import type { Plan } from '../core/plan.js';
import type { FileStep, PlanFile } from '../core/plan-file.js';
import { nextOf, outcomeText } from '../core/report/steps.js';
import { exitCode } from '../core/session/leave-moves.js';
import type { State } from '../core/session/state.js';
import { currentRun } from '../core/session/state.js';
import { oneLine } from '../core/telling/visible.js';
import { readPlan } from '../files/read-plan.js';
import type { DriveEnd } from '../runtime/drive.js';
import { drive } from '../runtime/drive.js';
import { openGround } from '../runtime/ground.js';
import type { OpenSession } from '../runtime/open-session.js';
import { openSession } from '../runtime/open-session.js';
import { unsettledWords } from '../runtime/not-again.js';
import { sha256 } from '../runtime/parts.js';
import { isSame, planAgain, whyOther } from '../runtime/plan-again.js';
import { openSteps } from '../runtime/standing.js';
import type { SharedOptions } from './options.js';
import { parseConfirms, refuseReadOnly } from './options.js';
import { exitCodes, print, printJson } from './output.js';
import { stopOnSignals, watchProgress } from './progress.js';

interface ApplyOptions extends SharedOptions {
  readonly confirm: readonly string[];
  readonly targetName?: string;
  readonly json?: boolean;
  readonly acceptReadBack?: string;
}

/**
 * Proves a backup and runs a plan, step by step, as far as it is confirmed. The plan is built
 * again from the facts of now and must be the one in the file.
 */
export async function apply(path: string, options: ApplyOptions): Promise<number> {
  if (options.acceptReadBack?.trim() === '') {
    throw new UserError(
      '--accept-read-back takes the reason why a backup that is not proven will do.',
    );
  }
  refuseReadOnly(options, 'apply');
  const file = await readPlan(path, sha256);
  const confirms = parseConfirms(options.confirm);
  const targetName = options.targetName ?? null;
  const lacking = lackingConfirmation(file, confirms, targetName);
  if (lacking !== null) return refuse(file, lacking, exitCodes.needsConfirmation, options);

  const ground = await openGround(options, process.env);
  // The environment may be marked so.
  refuseReadOnly(ground.resolved, 'apply');
  const open = (await openSteps(await ground.places(), file.target)).map(unsettledWords);
  if (open.length > 0) {
    const why = ['An outcome is unknown, so nothing is begun.', ...open].join('\n');
    return refuse(file, why, exitCodes.unknownOutcome, options);
  }
  const again = await planAgain(ground, file, { sameUser: true });
  if (!again.ok || !isSame(file, again.plan)) {
    await ground.close();
    const why = again.ok ? whyOther(again) : again.why;
    return refuse(file, why, exitCodes.findings, options);
  }

  const seen = again.diagnosis;
  const session = openSession({ openGround: async () => ground, environment: process.env, seen });
  const unhook = stopOnSignals(session.handle);
  const { playbook, migrations, answers } = file;
  const accept = (plan: Plan): boolean => isSame(file, plan);
  const script = {
    ...{ playbook, migrations, answers, accept, confirms, targetName },
    ...(options.acceptReadBack === undefined ? {} : { acceptReadBack: options.acceptReadBack }),
  };
  const end = await drive(session.handle, script, watchProgress());
  session.handle.dispatch({ type: 'leave' });
  await session.handle.ended;
  await session.close();
  unhook();
  return conclude(session, file, end, options);
}

/** Why it may not begin: null when the first write, at least, is confirmed and no confirmation is for something else. */
function lackingConfirmation(
  file: PlanFile,
  confirms: ReadonlyMap<string, string>,
  targetName: string | null,
): string | null {
  const needing = file.steps.filter((step) => step.kind === 'write' || step.kind === 'command');
  for (const [id, digest] of confirms) {
    const step = needing.find((one) => one.id === id);
    if (step === undefined) return `--confirm ${id}: the plan has no such step to confirm.`;
    if (step.digest !== digest)
      return `--confirm ${id}:${digest} is for something else; the plan has ${step.digest}.`;
  }
  const [first] = needing;
  if (first !== undefined && !confirms.has(first.id)) {
    const all = needing.map((step) => `  --confirm ${step.id}:${step.digest}`);
    return ['Nothing is confirmed. Look at each step, then:', ...all].join('\n');
  }
  const half = halfConfirmed(needing, confirms);
  if (half.length > 0) {
    const all = half.map((step) => `  --confirm ${step.id}:${step.digest}`);
    return ['A divided migration is confirmed as a whole or not at all. It lacks:', ...all].join(
      '\n',
    );
  }
  const destructive = needing.find((step) => step.risk === 'destructive' && confirms.has(step.id));
  if (destructive !== undefined && targetName !== file.target.database) {
    return `${destructive.id} is destructive: it takes --target-name with the database's name.`;
  }
  return null;
}

/** The parts that lack a yes, of a divided migration (`apply:ID:1`, `apply:ID:2`) that has one for others. */
function halfConfirmed(
  needing: readonly FileStep[],
  confirms: ReadonlyMap<string, string>,
): readonly FileStep[] {
  const divided = (step: FileStep): string | null => /^([^:]+:.+):\d+$/.exec(step.id)?.[1] ?? null;
  const begun = new Set(needing.filter(({ id }) => confirms.has(id)).map(divided));
  return needing.filter((step) => {
    const whole = divided(step);
    return whole !== null && begun.has(whole) && !confirms.has(step.id);
  });
}

interface StepLine {
  readonly id: string;
  readonly title: string;
  readonly kind: FileStep['kind'];
  readonly outcome: 'done' | 'failed' | 'notRun' | 'unknown';
  readonly message: string;
  /** What to do about it. */
  readonly next: readonly string[];
}

function conclude(
  session: OpenSession,
  file: PlanFile,
  end: DriveEnd,
  options: ApplyOptions,
): number {
  const state = session.handle.getState();
  const run = currentRun(state);
  const steps = file.steps.map((step, index): StepLine => {
    const outcome = run?.outcomes[index] ?? { state: 'notRun', why: 'it was not reached' };
    const { id, title, kind } = step;
    return {
      id,
      title,
      kind,
      outcome: outcome.state,
      message: outcomeText(outcome, true),
      next: nextOf(outcome),
    };
  });
  const words = endWords(end, state);
  const report = state.scene.name === 'leaving' ? state.scene.reportPath : null;
  if (options.json) {
    const { diagnosis, backup } = state;
    const nextRun = diagnosis?.nextRun ?? null;
    printJson({
      format: 1,
      session: session.id,
      backup,
      steps,
      agrees: run?.verdict?.agrees ?? false,
      message: words,
      nextRun,
      report,
    });
  } else {
    print(
      [
        ...steps.flatMap((step) => [
          `${oneLine(step.title)}: ${step.message}`,
          ...step.next.map((line) => `  ${line}`),
        ]),
        words,
        ...(state.backup === null
          ? []
          : [`Backup: ${state.backup.path}, ${standing(state.backup)}`]),
        ...(report === null ? [] : [`Report: ${report}`]),
      ].join('\n'),
    );
  }
  const code = exitCode(state);
  return end.end === 'unconfirmed' && code !== exitCodes.unknownOutcome
    ? exitCodes.needsConfirmation
    : end.end === 'ran'
      ? code
      : Math.max(code, exitCodes.findings);
}

function endWords(end: DriveEnd, state: State): string {
  switch (end.end) {
    case 'ran':
      return currentRun(state)?.verdict?.words ?? 'Not verified.';
    case 'unconfirmed':
      return `Stopped before ${end.step}: it is not confirmed.`;
    case 'not accepted':
      return 'The facts have changed since this plan was made. Nothing was written.';
    case 'stopped':
      return end.why;
  }
}

/** Says why nothing was begun; every step is notRun. */
function refuse(file: PlanFile, why: string, code: number, options: ApplyOptions): number {
  if (options.json) {
    const steps = file.steps.map(({ id, title, kind }): StepLine => ({
      id,
      title,
      kind,
      outcome: 'notRun',
      message: why,
      next: [],
    }));
    printJson({
      format: 1,
      session: null,
      backup: null,
      steps,
      agrees: false,
      message: why,
      nextRun: null,
      report: null,
    });
  } else print(`${why}\nNothing was written.`);
  return code;
}
