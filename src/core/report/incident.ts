import type { ProvenBackup, ReadBackup } from '../backup.js';
import type { Finding, FindingCode } from '../finding.js';
import type { Confirmation, PlanTarget, StepOutcome } from '../plan.js';
import { redactDeep } from '../redact.js';
import type { RunLogRecord } from '../run-log.js';
import { describeNextRun } from '../session/verdict.js';
import { clock, counted } from '../telling/amounts.js';
import type { NextRun } from '../tool.js';
import { sqlByHand } from './by-hand.js';
import { halfRunText } from './half-run.js';
import { preventionFor } from './prevention.js';
import { only, type Of } from './records.js';
import { plansOf } from './steps.js';

/** What a review of an incident goes by, from one session's run log. Times are ISO 8601, UTC. */
export interface Incident {
  readonly format: 1;
  readonly session: string;
  readonly pgmedic: string | null;
  readonly target: PlanTarget | null;
  readonly environment: string | null;
  readonly from: string | null;
  readonly to: string | null;
  readonly operators: readonly string[];
  readonly playbooks: readonly string[];
  /** One sentence on how it ended, from what is recorded and nothing else. */
  readonly result: string;
  /** What the log knows of the harm; what users saw is not in it. */
  readonly impact: readonly string[];
  readonly timeline: readonly { readonly at: string; readonly what: string }[];
  /** The cause as found: what the first reading said. */
  readonly found: readonly Finding[];
  /** What people chose, apart from what was found. */
  readonly decisions: readonly Decision[];
  readonly backups: readonly (ProvenBackup | ReadBackup)[];
  readonly plans: readonly PlanRun[];
  readonly verified: readonly {
    readonly at: string;
    readonly holds: boolean;
    readonly notes: readonly string[];
  }[];
  readonly open: {
    /** Steps that were begun and of which no outcome is known. */
    readonly unknown: readonly string[];
    readonly halfRun: readonly string[];
    readonly nextRun: NextRun | null;
    readonly findings: readonly Finding[];
  };
  readonly prevention: readonly string[];
  /** What is wrong with the run log itself. */
  readonly problems: readonly string[];
}

export interface Decision {
  readonly at: string;
  /** Who it was, where that is recorded. */
  readonly by: string | null;
  readonly what: string;
}

export interface PlanRun {
  readonly playbook: string;
  readonly title: string;
  readonly migrations: readonly string[];
  readonly steps: readonly {
    readonly id: string;
    readonly title: string;
    readonly risk: string;
    /** To be run by hand; empty for steps that only tell. */
    readonly exact: string;
    readonly confirmation: Confirmation | null;
    /** null: it was not begun, or nothing is recorded. */
    readonly outcome: StepOutcome | null;
  }[];
}

/** From the run log alone, so that it can be made again at any time, also after a crash. Secrets of older logs are masked. */
export function incidentOf(
  session: string,
  logged: readonly RunLogRecord[],
  problems: readonly string[] = [],
): Incident {
  return incidentIn(session, redactDeep(logged), problems);
}

/** The same, of records in which the secrets are masked. */
export function incidentIn(
  session: string,
  records: readonly RunLogRecord[],
  problems: readonly string[],
): Incident {
  const started = only(records, 'session-started').at(0);
  const readings = only(records, 'diagnosed');
  const last = readings.at(-1);
  const codes = readings.flatMap(({ findings }) => findings.map(({ code }): FindingCode => code));
  return {
    format: 1,
    session,
    pgmedic: started?.version ?? null,
    target: started?.target ?? null,
    environment: started?.settings.find(({ name }) => name === 'environment')?.value ?? null,
    from: records.at(0)?.at ?? null,
    to: records.at(-1)?.at ?? null,
    operators: operatorsOf(records),
    playbooks: [...new Set(only(records, 'plan').map(({ plan }) => plan.title))],
    result: resultText(records),
    impact: impactOf(records),
    timeline: records.flatMap((record) => {
      const what = timelineWords(record);
      return what === null ? [] : [{ at: record.at, what }];
    }),
    found: readings.at(0)?.findings ?? [],
    decisions: decisionsOf(records),
    backups: records.flatMap((record) =>
      record.type === 'backup-proven' || record.type === 'backup-read-back' ? [record.backup] : [],
    ),
    plans: plansOf(records).map(({ plan, records: its }) => ({
      playbook: plan.playbook,
      title: plan.title,
      migrations: plan.migrations,
      steps: plan.steps.map((step) => ({
        id: step.id,
        title: step.title,
        risk: step.risk,
        exact: sqlByHand(step),
        confirmation:
          only(its, 'intent').findLast((one) => one.step === step.id)?.confirmation ?? null,
        outcome: only(its, 'outcome').findLast((one) => one.step === step.id)?.outcome ?? null,
      })),
    })),
    verified: only(records, 'verified').map(({ at, holds, notes }) => ({ at, holds, notes })),
    open: {
      unknown: openSteps(records),
      halfRun: halfRunText(records),
      nextRun: last?.nextRun ?? null,
      findings: last?.findings ?? [],
    },
    prevention: preventionFor(codes),
    problems,
  };
}

/** What stood wrong, what was written, and how long it took. */
function impactOf(records: readonly RunLogRecord[]): readonly string[] {
  const first = only(records, 'diagnosed').at(0);
  if (first === undefined) return [];
  const concerned = new Set(first.findings.flatMap(({ migrations }) => migrations)).size;
  const held = only(records, 'verified').find(({ holds }) => holds);
  const writes = plansOf(records).flatMap(({ plan, records: its }) => {
    const done = new Set([
      ...only(its, 'outcome').flatMap(({ step, outcome }) =>
        outcome.state === 'done' ? step : [],
      ),
      ...only(its, 'resolved').flatMap(({ step, state }) =>
        state.state === 'committed' ? step : [],
      ),
    ]);
    return plan.steps.filter(({ id, kind }) => kind === 'write' && done.has(id));
  });
  const undone = [...only(records, 'undo-outcome'), ...only(records, 'took-back')].filter(
    ({ outcome }) => outcome.state === 'done',
  );
  const risky = writes.filter(({ risk }) => risk === 'destructive').length;
  return [
    `When it was found: ${counted(first.findings.length, 'finding')}; of ${counted(first.migrations, 'migration')}, ${concerned} concerned. The next run of the migrator: ${describeNextRun(first.nextRun)}`,
    `Done by pgmedic: ${counted(writes.length, 'write')} to the database or the project's files; destructive: ${risky}; taken back: ${undone.length}.`,
    held === undefined
      ? 'It was not seen to be repaired in this session.'
      : `From the first look to a verified repair: ${clock(Date.parse(held.at) - Date.parse(first.at))}.`,
  ];
}

function decisionsOf(records: readonly RunLogRecord[]): readonly Decision[] {
  return records.flatMap((record): Decision[] => {
    const { at } = record;
    switch (record.type) {
      case 'backup-accepted': {
        const { by, reason } = record.backup.accepted;
        return [{ at, by, what: `went on with a backup that is not proven: ${reason}` }];
      }
      case 'plan':
        return Object.entries(record.plan.answers).map(([id, value]) => ({
          at,
          by: null,
          what: `${record.plan.playbook}: ${id} = ${value === '' ? '(no answer)' : value}`,
        }));
      case 'intent':
      case 'undo-intent': {
        const { confirmation } = record;
        if (confirmation === null) return [];
        const verb = record.type === 'intent' ? 'confirmed' : 'confirmed the undo of';
        return [{ at, by: confirmation.by, what: `${verb} ${record.step}` }];
      }
      case 'took-back': {
        const { confirmation, step, session } = record;
        return [
          { at, by: confirmation.by, what: `confirmed the undo of ${step}, session ${session}` },
        ];
      }
      default:
        return [];
    }
  });
}

/** One sentence on how it ended, from what is recorded and nothing else. */
export function resultText(records: readonly RunLogRecord[]): string {
  const open = openSteps(records);
  if (open.length > 0) return `unknown: no outcome is recorded for ${open.join(', ')}`;
  if (only(records, 'plan').length === 0) {
    const back = only(records, 'took-back').map(tookBackWords);
    return back.length === 0 ? 'looked only; nothing was written' : back.join('; ');
  }
  const verified = records.findLastIndex((record) => record.type === 'verified');
  const undone = only(records.slice(verified + 1), 'undo-outcome').filter(
    ({ outcome }) => outcome.state === 'done',
  );
  // What was verified of an earlier plan tells nothing of the last one.
  const plan = records.findLastIndex((record) => record.type === 'plan');
  const words = only(records.slice(plan), 'verified').at(-1)?.notes[0] ?? 'not verified';
  if (undone.length === 0) return words;
  return `taken back afterwards: ${undone.map(({ step }) => step).join(', ')}. Before that: ${words}`;
}

function timelineWords(record: RunLogRecord): string | null {
  switch (record.type) {
    case 'session-started':
      return 'session began';
    case 'diagnosed':
      return `read: ${counted(record.migrations, 'migration')}, ${counted(record.findings.length, 'finding')}`;
    case 'backup-proven':
      return `backup proven: ${record.backup.proof}`;
    case 'backup-read-back':
      return `backup read back, not proven: ${record.backup.unproven}`;
    case 'backup-accepted':
      return `the backup that is not proven was accepted by ${record.backup.accepted.by}: ${record.backup.accepted.reason}`;
    case 'backup-failed':
      return `no backup: ${record.message}`;
    case 'plan':
      return `plan begun: ${record.plan.title}`;
    case 'intent':
      return `${record.step}: begun`;
    case 'xid':
      return `${record.step}: transaction ${record.xid} about to commit`;
    case 'outcome':
      return `${record.step}: ${record.outcome.state}`;
    case 'undo-intent':
      return `${record.step}: undo begun`;
    case 'took-back':
      return tookBackWords(record);
    case 'undo-outcome':
      return `${record.step}: undo ${record.outcome.state}`;
    case 'resolved':
      return `${record.step}: ${record.state.state} (looked at afterwards)`;
    case 'verified':
      return `verified: ${record.notes.join(' ')}`;
    case 'session-ended':
      return `session ended${record.note === '' ? '' : `: ${record.note}`}`;
    case 'sent':
      return null;
  }
}

function tookBackWords({ step, session, outcome }: Of<'took-back'>): string {
  return `undo of ${step}, session ${session}: ${outcome.state}`;
}

/** Steps that were begun and of which no outcome is known. */
export function openSteps(records: readonly RunLogRecord[]): readonly string[] {
  const open = new Set<string>();
  for (const record of records) {
    if (record.type === 'intent') open.add(record.step);
    if (record.type === 'undo-intent') open.add(`undo:${record.step}`);
    if (record.type === 'outcome' && record.outcome.state !== 'unknown') open.delete(record.step);
    if (record.type === 'undo-outcome' && record.outcome.state !== 'unknown') {
      open.delete(`undo:${record.step}`);
    }
    if (record.type === 'resolved' && record.state.state !== 'unknown') open.delete(record.step);
  }
  return [...open];
}

/** Who confirmed something. */
export function operatorsOf(records: readonly RunLogRecord[]): readonly string[] {
  const names = records.flatMap((record) =>
    'confirmation' in record && record.confirmation !== null ? [record.confirmation.by] : [],
  );
  return [...new Set(names)];
}
