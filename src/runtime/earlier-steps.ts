import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { canonical } from '../core/digest.js';
import type { Plan, PlanTarget, Step, Write } from '../core/plan.js';
import type { RunLogRecord } from '../core/run-log.js';
import { statementsOf } from '../core/telling/step-words.js';
import { redactDeep, redactText } from '../core/redact.js';
import { readRunLog } from '../files/run-log.js';

export type Fate = 'done' | 'not done' | 'unsettled';

/** A write or a command that was begun, in whatever session of this project. */
export interface Attempt {
  readonly session: string;
  readonly step: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly target: PlanTarget | null;
  readonly plan: Plan | null;
  /** null: a command. */
  readonly write: Write | null;
  /** What it does, whoever planned it: see workOf. */
  readonly work: string;
  readonly fate: Fate;
  /** A later look has said something about it, be it that nobody can know. */
  readonly looked: boolean;
}

export interface SessionRecords {
  readonly session: string;
  readonly records: readonly RunLogRecord[];
}

/**
 * The logs of this project's sessions in which something was begun; `folder` has one folder a
 * session. A damaged line is passed over.
 * @throws UserError when a log is there and may not be read: it could tell of a step done
 */
export async function readSessions(folder: string, but: string): Promise<SessionRecords[]> {
  const found: SessionRecords[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === basename(but)) continue;
    const path = join(folder, entry.name, 'run.jsonl');
    // Most sessions only looked: their logs are not taken apart.
    const text = await readFile(path, 'utf8').catch((error: unknown) =>
      (error as { code?: string }).code === 'ENOENT' ? '' : null,
    );
    if (text !== null && !text.includes('intent"')) continue;
    const { records } = await readRunLog(path);
    found.push({ session: entry.name, records });
  }
  return found;
}

/** What was begun in these sessions, the oldest first. */
export function attemptsOf(sessions: readonly SessionRecords[]): readonly Attempt[] {
  return sessions.flatMap(attemptsIn).sort((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0));
}

function attemptsIn({ session, records }: SessionRecords): readonly Attempt[] {
  const started = records.find((record) => record.type === 'session-started')?.target ?? null;
  return records.flatMap((record, index): Attempt[] => {
    if (record.type !== 'intent' && record.type !== 'undo-intent') return [];
    const undoes = record.type === 'undo-intent';
    const plan =
      records
        .slice(0, index)
        .findLast(
          (one) => one.type === 'plan' && one.plan.steps.some(({ id }) => id === record.step),
        ) ?? null;
    const known = plan?.type === 'plan' ? plan.plan : null;
    const step = known?.steps.find(({ id }) => id === record.step);
    const write = undoes ? null : record.write;
    const work = undoes
      ? canonical(record.undo)
      : write !== null
        ? workOfWrite(write)
        : step?.kind === 'command'
          ? canonical(step.command)
          : null;
    // What only looked, and what was found done already, began nothing.
    if (work === null) return [];
    const name = undoes ? `undo:${record.step}` : record.step;
    const next = records.findIndex(
      (one, position) => position > index && one.type === record.type && one.step === record.step,
    );
    const after = records.slice(index + 1, next === -1 ? undefined : next);
    const { step: id, at } = record;
    return [
      {
        session,
        step: name,
        at,
        target: known?.target ?? started,
        plan: known,
        write,
        work: undoes || known === null ? work : `${work} ${turnOf(known, id, work)}`,
        fate: fateOf(after, name),
        looked: after.some((one) => one.type === 'resolved' && one.step === name),
      },
    ];
  });
}

/**
 * What a step does, without what differs from one plan to the next (row counts, titles): its
 * SQL and the file it comes from, a file's new content, a command; and which of the plan's
 * steps of this content it is. null: it changes nothing.
 */
export function workOf(step: Step, plan: Plan): string | null {
  const work = rawWork(step);
  return work === null ? null : `${work} ${turnOf(plan, step.id, work)}`;
}

function rawWork(step: Step): string | null {
  // As the run log has it: without secrets.
  if (step.kind === 'command') return canonical(redactDeep(step.command));
  return step.kind === 'write' ? workOfWrite(step.write) : null;
}

/** A plan may do the same thing twice, on purpose. */
function turnOf(plan: Plan, id: string, work: string): number {
  const before = plan.steps.slice(
    0,
    plan.steps.findIndex((step) => step.id === id),
  );
  return before.filter((step) => rawWork(step) === work).length;
}

function workOfWrite(write: Write): string {
  if (write.type === 'file') {
    const { path, before, afterSha256 } = write;
    return canonical({ path, before, afterSha256 });
  }
  if (write.type === 'restore') return canonical([write.database, write.backup.sha256]);
  return canonical(
    statementsOf(write).map(({ sql, source }) => [redactText(sql), source?.path ?? null]),
  );
}

/** What became of a step (`undo:` in front for its undo), by its outcome or by a later look. */
export function fateOf(after: readonly RunLogRecord[], step: string): Fate {
  const end = after.findLast(
    (record) =>
      ((record.type === 'outcome' || record.type === 'resolved') && record.step === step) ||
      (record.type === 'undo-outcome' && `undo:${record.step}` === step),
  );
  if (end?.type === 'resolved') {
    if (end.state.state === 'unknown') return 'unsettled';
    return end.state.state === 'committed' ? 'done' : 'not done';
  }
  if (end?.type !== 'outcome' && end?.type !== 'undo-outcome') return 'unsettled';
  if (end.outcome.state === 'unknown') return 'unsettled';
  return end.outcome.state === 'done' ? 'done' : 'not done';
}

export function sameTarget(a: PlanTarget | null, b: PlanTarget): boolean {
  return (
    a !== null &&
    a.host === b.host &&
    a.port === b.port &&
    a.database === b.database &&
    a.identity === b.identity
  );
}
