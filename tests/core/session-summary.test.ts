import { expect, test } from 'vitest';
import { incidentOf } from '../../src/core/report/incident.js';
import { reportMarkdown } from '../../src/core/report/markdown.js';
import { summaryOf } from '../../src/core/report/summary.js';
import type { RunLogEntry, RunLogRecord } from '../../src/core/run-log.js';
import { reportRows } from '../../src/core/telling/report-words.js';
import { plan } from '../support/states.js';

const made = plan();
const records = (...entries: readonly RunLogEntry[]): readonly RunLogRecord[] =>
  entries.map((entry, index) => ({
    ...{ at: `2026-11-21T03:00:0${index}.000Z`, seq: index + 1, prev: '' },
    ...entry,
  }));

const started: RunLogEntry = {
  ...{ type: 'session-started', target: made.target, version: '0.1.0' },
  settings: [{ name: 'environment', value: 'production', origin: '--env' }],
};
const planned: RunLogEntry = { type: 'plan', plan: made };
const confirmation = {
  ...{ step: 'journal', digest: 'd', at: '2026-11-21T03:00:00.000Z', by: 'anna', typed: null },
};
const begun: RunLogEntry = {
  ...{ type: 'intent', step: 'journal', digest: 'd', confirmation, write: null },
};
const outcome = { state: 'done', note: '', xid: null } as const;
const done: RunLogEntry = { type: 'outcome', step: 'journal', outcome, returned: [] };
const over: RunLogEntry = { type: 'session-ended', note: '' };
const resolved = (state: 'not done' | 'unknown'): RunLogEntry => ({
  ...{ type: 'resolved', step: 'journal', state: { state, why: '' } },
});

const summary = (openBy: 'this' | 'another' | null, ...entries: readonly RunLogEntry[]) =>
  summaryOf('s', records(...entries), [], openBy);

test.each([
  ['it only looked, and ended', null, [started, over], 'over', []],
  ['it only looked, and was killed', null, [started], 'over', []],
  ['its plan was shown, and it was killed', null, [started, planned], 'over', []],
  ['it was killed in a step', null, [started, planned, begun], 'unfinished', ['journal']],
  ['it was killed between steps', null, [started, planned, begun, done], 'unfinished', []],
  ['it ended', null, [started, planned, begun, done, over], 'over', []],
  ['it ended, and one step is unknown', null, [begun, over], 'unfinished', ['journal']],
  ['it was resumed', null, [begun, resolved('not done'), over], 'over', []],
  ['nobody can know', null, [begun, resolved('unknown'), over], 'over', ['journal']],
  ['it goes on elsewhere', 'another', [started, planned, begun], 'going on', ['journal']],
  ['it goes on here', 'this', [started, planned, begun, done], 'this one', []],
] as const)('a session of which %s', (_, openBy, entries, standing, open) => {
  expect(summary(openBy, ...entries)).toMatchObject({ standing, open });
});

test('who, where, what and how, from the run log alone; a secret of an old one is masked', () => {
  const whole = summary(null, started, planned, begun, done, over);
  expect(whole).toMatchObject({
    ...{ environment: 'production', operators: ['anna'], playbooks: ['reconcile-journal'] },
    ...{ startedAt: '2026-11-21T03:00:00.000Z', target: made.target, result: 'not verified' },
  });
  expect(summary(null)).toMatchObject({ startedAt: null, target: null, operators: [] });
  const note = `it ran postgres://app:hunter2@db/shop`;
  const verified: RunLogEntry = { type: 'verified', holds: true, notes: [note] };
  expect(summary(null, started, planned, verified, over).result).not.toContain('hunter2');
  // What was verified of an earlier plan tells nothing of the last one.
  expect(summary(null, started, planned, verified, planned, over).result).toBe('not verified');
});

test('a session that took a step of another one back says so, who confirmed it, and is no writer', () => {
  const took: RunLogEntry = {
    ...{ type: 'took-back', session: 'other', step: 'journal', confirmation, outcome },
  };
  const incident = incidentOf('s', records(started, took, over));
  expect(incident).toMatchObject({
    result: 'undo of journal, session other: done',
    operators: ['anna'],
    decisions: [{ by: 'anna', what: 'confirmed the undo of journal, session other' }],
    open: { unknown: [] },
  });
  expect(reportMarkdown('s', records(started, took, over))).toContain(
    '## Steps\n\n- Undo of journal, session other, whose report has it all: done\n',
  );
  expect(incident.timeline.map(({ what }) => what)).toContain(
    'undo of journal, session other: done',
  );
});

test('the report in rows of a terminal has all its words, and none of the signs of Markdown', () => {
  const markdown = reportMarkdown('s', records(started, planned, begun, done, over));
  const rows = reportRows(markdown);
  const text = rows.map((row) => row.text).join('\n');
  expect(rows[0]).toEqual({ type: 'title', text: 'Incident report: shop' });
  expect(text).toContain('\nDatabase: shop at db-7.internal:5432, as app_admin\n');
  expect(text).not.toMatch(/^(#|\||```)|\*\*/m);
  expect(rows).toContainEqual({ type: 'heading', text: 'Root cause, as found' });
  // SQL stays as it is, signs and all.
  const sql = 'ALTER TABLE "sessions" ADD COLUMN "fingerprint" text;';
  expect(rows).toContainEqual({ type: 'code', text: sql });
  const words = (from: string): readonly string[] => from.match(/\p{L}{3,}/gu) ?? [];
  expect(words(text)).toEqual(words(markdown.replaceAll(/^`{3,}\w+$/gm, '')));
  // A fence within a longer one, and a cell with a bar.
  expect(reportRows('````sql\n```\n**x**\n````\n| a | b \\| `c` |')).toEqual([
    { type: 'code', text: '```' },
    { type: 'code', text: '**x**' },
    { type: 'text', text: 'a: b | c' },
  ]);
});
