import type { CountingBackup } from '../core/backup.js';
import { UserError } from '../core/errors.js';
import type { Check, Confirmation, Plan, Step, StepOutcome, WriteStep } from '../core/plan.js';
import type { ReturnedRow } from '../core/run-log.js';
import type { NextRun } from '../core/tool.js';
import { writeFileStep } from '../files/edit.js';
import { told } from '../postgres/observed.js';
import { checkOnly } from '../postgres/write-check.js';
import { executeWrite } from '../postgres/writer.js';
import { whyNot } from './step-guard.js';
import { standingNow } from './standing.js';
import type { WriteGround } from './step-parts.js';
import { failedBy, loggingHooks, readerOf, recorded, writerOptions } from './step-parts.js';

export interface RunStepOptions extends WriteGround {
  readonly plan: Plan;
  readonly step: Step;
  /** null for steps that need none. */
  readonly confirmation: Confirmation | null;
  readonly proof: CountingBackup | null;
  /** Reads the facts again and says what the tool would do now. */
  readonly readNextRun: () => Promise<NextRun>;
  /** --pg-dump: its pg_restore is used. */
  readonly pgDump?: string;
  /** Runs the team's own command. */
  readonly runCommand: (
    command: readonly string[],
    signal: AbortSignal | undefined,
  ) => Promise<StepOutcome>;
}

/**
 * Runs one step, once: refuses what was not shown and confirmed, or was done before (see
 * not-again.ts), writes down that it begins, does it, writes down what became of it. `notRun`
 * means that nothing was begun. An early part of a divided migration that is there already is
 * done without a second write: then the intent has none.
 * @throws UserError when the run log cannot take the intent; nothing was begun then either.
 */
export async function runStep(options: RunStepOptions): Promise<StepOutcome> {
  const { step, log, confirmation } = options;
  const why = whyNot({ ...options, records: log.records });
  if (why !== null) return { state: 'notRun', why };
  const standing = await standingNow(options);
  if (standing.type === 'refused') return { state: 'notRun', why: standing.why };
  const already = standing.type === 'done already' ? standing.note : null;
  const write = step.kind === 'write' && already === null ? step.write : null;
  const { id, digest } = step;
  await log.append({ type: 'intent', step: id, digest, confirmation, write });
  const { outcome, returned } =
    already === null
      ? await perform(options)
      : only(await stillThere(options, already).catch(failedBy));
  return recorded(outcome, () => log.append({ type: 'outcome', step: id, outcome, returned }));
}

type Performed = { readonly outcome: StepOutcome; readonly returned: readonly ReturnedRow[] };

async function perform(options: RunStepOptions): Promise<Performed> {
  const { step } = options;
  switch (step.kind) {
    case 'tell':
      return only({ state: 'done', note: 'told', xid: null });
    case 'ask':
      return only({ state: 'done', note: `answered: ${step.answer}`, xid: null });
    case 'check':
      return only(await check(options, step.check).catch(failedBy));
    case 'command':
      return only(await options.runCommand(step.command, options.signal).catch(failedBy));
    case 'write':
      return write(options, step);
  }
}

function only(outcome: StepOutcome): Performed {
  return { outcome, returned: [] };
}

async function write(options: RunStepOptions, step: WriteStep): Promise<Performed> {
  const { plan, log, root, keepIn } = options;
  if (step.write.type === 'file') {
    const { path, after } = step.write;
    const text = after === null ? `remove ${path}` : `write ${path}:\n${after}`;
    const edit = writeFileStep({ root, write: step.write, keepIn });
    return only(await told({ kind: 'write', by: 'file', text }, () => edit));
  }
  if (step.write.type === 'restore') {
    const { restoreStep } = await import('./restore-step.js');
    return restoreStep(options, step.id, step.write);
  }
  return executeWrite({
    ...writerOptions(options),
    target: plan.target,
    write: step.write,
    hooks: loggingHooks(log, step.id),
  });
}

/** What the part rests on must hold all the same: its file as it was, no row of the migration. */
async function stillThere(options: RunStepOptions, note: string): Promise<StepOutcome> {
  const { step } = options;
  if (step.kind !== 'write' || step.write.type === 'file')
    return { state: 'done', note, xid: null };
  const broken = await checkHere(options, step.write.before);
  if (broken === null) return { state: 'done', note, xid: null };
  return {
    state: 'failed',
    message: `${broken}. Nothing was written`,
    detail: null,
    next: ['Read everything again and see what is different.'],
  };
}

function checkHere(options: RunStepOptions, checks: readonly Check[]): Promise<string | null> {
  return checkOnly({
    url: options.url,
    target: options.plan.target,
    checks,
    files: readerOf(options.root),
    parser: options.parser,
    statementTimeout: options.timeouts.statement,
  });
}

async function check(options: RunStepOptions, asked: Check): Promise<StepOutcome> {
  const broken =
    asked.type === 'next-run'
      ? otherRun(asked, await options.readNextRun())
      : await checkHere(options, [asked]);
  if (broken === null) return { state: 'done', note: `${asked.title}: holds`, xid: null };
  throw new UserError(`${broken}.`, ['Read everything again and see what is different.']);
}

function otherRun(asked: Extract<Check, { type: 'next-run' }>, found: NextRun): string | null {
  const said = (list: readonly string[]): string =>
    list.length === 0 ? 'nothing' : list.join(', ');
  const { runs, skips, fails } = found;
  if (fails !== null)
    return `"${asked.title}" does not hold: the next run would fail: ${fails.message}`;
  if (said(runs) === said(asked.runs) && said(skips) === said(asked.skips)) return null;
  return `"${asked.title}" does not hold: the next run would run ${said(runs)} and skip ${said(skips)}, expected ${said(asked.runs)} and ${said(asked.skips)}`;
}
