import type { RunLogRecord } from '../run-log.js';
import { only } from './records.js';

/** Where the last plan was left with some of its writes done and others not; else nothing. */
export function halfRunText(records: readonly RunLogRecord[]): readonly string[] {
  const from = records.findLastIndex((record) => record.type === 'plan');
  const plan = records[from];
  if (plan?.type !== 'plan') return [];
  const states = statesOf(records.slice(from));
  const { steps } = plan.plan;
  const writes = steps.filter(({ kind }) => kind === 'write' || kind === 'command');
  const done = writes.filter(({ id }) => states.get(id) === 'done');
  const open = writes.some(({ id }) => states.get(id) === 'unknown');
  const last = done.at(-1);
  if (last === undefined || done.length === writes.length) return [];
  const k = steps.indexOf(last) + 1;
  const rest = open ? 'the rest is not, as far as is known' : 'the rest is not';
  return [`- Half-run: step ${k} of ${steps.length} is done, ${rest}.`];
}

type Fate = 'done' | 'not done' | 'unknown';

/** The last word on each step that was begun; what was taken back is not done. */
function statesOf(records: readonly RunLogRecord[]): ReadonlyMap<string, Fate> {
  const states = new Map<string, Fate>();
  for (const { step } of only(records, 'intent')) states.set(step, 'unknown');
  for (const record of records) {
    if (record.type === 'outcome') {
      const { state } = record.outcome;
      states.set(record.step, state === 'done' || state === 'unknown' ? state : 'not done');
    }
    if (record.type === 'resolved') {
      const undone = record.step.startsWith('undo:');
      const happened = record.state.state === 'committed';
      const step = undone ? record.step.slice('undo:'.length) : record.step;
      if (record.state.state === 'unknown') states.set(step, 'unknown');
      else if (!undone || happened) states.set(step, happened === undone ? 'not done' : 'done');
    }
    if (record.type === 'undo-outcome' && record.outcome.state === 'done') {
      states.set(record.step, 'not done');
    }
  }
  return states;
}
