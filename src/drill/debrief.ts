import type { Plan, StepOutcome } from '../core/plan.js';
import type { RunLogRecord } from '../core/run-log.js';
import { clock, counted } from '../core/telling/amounts.js';
import type { Drill } from './ground.js';

/** What was done in a drill, as far as pgmedic knows of it. */
export interface Played {
  /** From the page to the end, milliseconds. */
  readonly took: number;
  readonly hints: number;
  readonly solved: boolean;
  /** The run logs of the drill's sessions, one behind the other. */
  readonly records: readonly RunLogRecord[];
}

/** A playbook that was begun, and the writes of it that ran. */
export interface Run {
  readonly plan: Plan;
  readonly writes: { readonly step: string; outcome: StepOutcome['state'] | null; note: string }[];
}

/** What was done beside what a good run does, each a sentence: facts, for whoever played. */
export function debrief(
  drill: Pick<Drill, 'goodRun' | 'hints' | 'happened'>,
  played: Played,
): string[] {
  const runs = runsOf(played.records);
  return [
    ...(drill.happened === undefined ? [] : [`What had happened: ${drill.happened}`]),
    `It took ${clock(played.took)}, with ${played.hints} of ${counted(drill.hints.length, 'hint')}.`,
    ...comparison(drill.goodRun, runs),
    ...runs.flatMap((run) => mishaps(run)),
    ...needless(drill.goodRun, runs, played.solved),
    ...claims(runs),
    ...backup(played.records, runs),
  ];
}

/** The playbooks that were begun, in their order. */
export function runsOf(records: readonly RunLogRecord[]): Run[] {
  const runs: Run[] = [];
  for (const record of records) {
    const run = runs.at(-1);
    if (record.type === 'plan') runs.push({ plan: record.plan, writes: [] });
    else if (run === undefined) continue;
    else if (record.type === 'intent' && writes(run.plan, record.step)) {
      run.writes.push({ step: record.step, outcome: null, note: '' });
    } else if (record.type === 'outcome') {
      const write = run.writes.findLast(({ step }) => step === record.step);
      if (write === undefined) continue;
      const { outcome } = record;
      write.outcome = outcome.state;
      write.note = outcome.state === 'failed' ? outcome.message : '';
    }
  }
  return runs;
}

function writes(plan: Plan, id: string): boolean {
  const step = plan.steps.find((one) => one.id === id);
  return step?.kind === 'write' || step?.kind === 'command';
}

/** How many of its writes and commands are done. */
export function writesDone(run: Run): number {
  return run.writes.filter(({ outcome }) => outcome === 'done').length;
}

function comparison(good: Drill['goodRun'], runs: readonly Run[]): string[] {
  const yours = runs.map((run) => `${run.plan.playbook} (${counted(writesDone(run), 'write')})`);
  return [
    `A good run: ${good.playbooks.join(', then ')}; ${counted(good.writes, 'write')}.`,
    yours.length === 0
      ? 'Yours: no playbook was begun. What was done outside of pgmedic is in no run log.'
      : `Yours: ${yours.join(', then ')}.`,
  ];
}

function mishaps({ plan, writes }: Run): string[] {
  return writes.flatMap(({ step, outcome, note }) => {
    const name = `${plan.playbook}, step ${step}`;
    if (outcome === 'failed') return [`${name} failed, and nothing of it stayed: ${note}`];
    if (outcome === 'unknown' || outcome === null)
      return [`${name}: when it ended, nobody knew whether it had run.`];
    return [];
  });
}

function needless(good: Drill['goodRun'], runs: readonly Run[], solved: boolean): string[] {
  const other = runs.filter(({ plan }) => !good.playbooks.includes(plan.playbook));
  const sentences = other.flatMap((run) => {
    const steps = run.writes.filter(({ outcome }) => outcome === 'done').map(({ step }) => step);
    if (steps.length === 0) return [];
    return [`A good run does without ${run.plan.playbook}, which wrote ${steps.join(', ')}.`];
  });
  const all = runs.reduce((sum, run) => sum + writesDone(run), 0);
  if (all > good.writes) {
    sentences.push(`That is ${counted(all - good.writes, 'write')} more than a good run has.`);
  } else if (all < good.writes && runs.length > 0) {
    const rest = solved ? ', and yet it is solved: the rest was done elsewhere' : '';
    sentences.push(
      `That is ${counted(good.writes - all, 'write')} fewer than a good run has${rest}.`,
    );
  }
  return sentences;
}

/** Playbooks that write into the history what they claim of the schema. */
const claiming = ['mark-applied', 'mark-unapplied', 'baseline', 'clear-failed'];

function claims(runs: readonly Run[]): string[] {
  const claimed = runs.filter((run) => writesDone(run) > 0 && claiming.includes(run.plan.playbook));
  if (claimed.length === 0) return [];
  const words = claimed.flatMap(({ plan }) => {
    const { reason = '', unprovable } = plan.answers;
    return [
      ...(reason === ''
        ? []
        : [`${plan.playbook} went by a reason that was typed, not by the evidence: "${reason}"`]),
      ...(unprovable === 'record'
        ? [`${plan.playbook} recorded what the evidence cannot show, because you said so.`]
        : []),
    ];
  });
  return words.length === 0
    ? ['What was marked was marked by the evidence, not by a typed reason.']
    : words;
}

/** As it stood when the first write ran. */
function backup(records: readonly RunLogRecord[], runs: readonly Run[]): string[] {
  if (runs.every((run) => run.writes.length === 0)) return ['Nothing was written by pgmedic.'];
  const steps = new Set(runs.flatMap((run) => run.writes.map(({ step }) => step)));
  const first = records.findIndex((one) => one.type === 'intent' && steps.has(one.step));
  const before = records.slice(0, first);
  const last = before.findLast(
    ({ type }) => type === 'backup-proven' || type === 'backup-accepted',
  );
  if (last?.type === 'backup-proven') return ['The backup was proven before the first write.'];
  if (last?.type === 'backup-accepted') {
    return [
      `The first write ran with a backup that was not proven, because: "${last.backup.accepted.reason}"`,
    ];
  }
  return ['No backup was proven before the first write.'];
}
