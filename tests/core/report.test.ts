import { expect, test } from 'vitest';
import type { ProvenBackup } from '../../src/core/backup.js';
import type { Confirmation, Plan, Step, StepOutcome } from '../../src/core/plan.js';
import type { RunLogEntry, RunLogRecord } from '../../src/core/run-log.js';
import { reportHtml } from '../../src/cli/report-html.js';
import { incidentOf } from '../../src/core/report/incident.js';
import { reportMarkdown } from '../../src/core/report/markdown.js';

const target = { host: 'db-7', port: 5432, database: 'shop', user: 'app|admin', identity: '1/5' };
const nothing = { runs: [], skips: [], fails: null };

const transaction = (sql: string): Extract<Step, { kind: 'write' }>['write'] => ({
  type: 'transaction',
  lock: '"drizzle"."h"',
  before: [],
  statements: [{ sql, source: null }],
  after: [],
  undo: { type: 'none', why: 'it ran' },
});

const base = { title: 'A step', text: '', digest: 'abcdef0123456789', risk: 'none' } as const;
const steps: readonly Step[] = [
  { ...base, id: 'warn', kind: 'tell', title: 'Warn the team', text: 'Say it.\nOn the channel.' },
  { ...base, id: 'stop', kind: 'command', title: 'Stop', command: ['systemctl', 'stop', 'worker'] },
  {
    ...base,
    id: 'idle',
    kind: 'check',
    title: 'Idle',
    check: { type: 'sql', title: 'Idle', sql: 'select 1', expect: [['1']] },
  },
  {
    ...base,
    id: 'journal',
    kind: 'write',
    title: 'Write the journal',
    write: {
      type: 'file',
      path: 'meta/_journal.json',
      before: null,
      after: '{}\n',
      afterSha256: 'f',
    },
  },
  {
    ...base,
    id: 'run',
    kind: 'write',
    title: 'Run it',
    write: transaction("comment on table t is '````'"),
  },
  { ...base, id: 'last', kind: 'write', title: 'Last', write: transaction('select 2 -- end') },
];

const plan: Plan = {
  format: 1,
  playbook: 'own',
  title: 'Our own',
  target,
  facts: 'f',
  migrations: [],
  answers: { reason: '', apply: 'yes' },
  steps,
  predicts: nothing,
  warnings: ['Mind the gap.'],
  code: '',
};

const backup: ProvenBackup = {
  target,
  path: '/state/shop.sql',
  format: 'plain',
  bytes: 10,
  sha256: 'c0ffee',
  by: 'pg_dump 18.3',
  tables: 2,
  rows: 3,
  startedAt: '2026-11-21T03:00:00.000Z',
  provenAt: '2026-11-21T03:00:09.000Z',
  proof: 'restored; 2 tables, 3 rows equal',
  restoreCommand: 'psql --file=/state/shop.sql',
};

const confirmed = (step: string): Confirmation => ({
  step,
  digest: base.digest,
  at: '2026-11-21T03:00:10.000Z',
  by: 'ada',
  typed: null,
});
const begun = (id: string): RunLogEntry => {
  const step = steps.find((one) => one.id === id);
  const write = step?.kind === 'write' ? step.write : null;
  const confirmation = write === null ? null : confirmed(id);
  return { type: 'intent', step: id, digest: base.digest, confirmation, write };
};
const ended = (step: string, outcome: StepOutcome): RunLogEntry => ({
  type: 'outcome',
  step,
  outcome,
  returned: [],
});

function records(...entries: readonly RunLogEntry[]): RunLogRecord[] {
  return entries.map((entry, index) => ({
    at: `2026-11-21T03:00:${String(index).padStart(2, '0')}.000Z`,
    seq: index + 1,
    prev: '',
    ...entry,
  }));
}

const opening: readonly RunLogEntry[] = [
  {
    type: 'session-started',
    target,
    version: '0.1.0',
    settings: [{ name: 'environment', value: 'production', origin: 'option --env' }],
  },
  {
    type: 'diagnosed',
    migrations: 1,
    nextRun: nothing,
    findings: [
      {
        code: 'file-not-in-journal',
        severity: 'error',
        migrations: ['0001_b'],
        title: 'The migrator cannot see 0001_b.',
        evidence: ['0001_b.sql is there'],
        playbooks: ['reconcile-journal'],
      },
    ],
  },
  { type: 'backup-proven', backup },
  { type: 'plan', plan },
];

const everything = records(
  ...opening,
  begun('warn'),
  ended('warn', { state: 'done', note: 'told', xid: null }),
  begun('stop'),
  ended('stop', { state: 'done', note: '', xid: null }),
  begun('journal'),
  ended('journal', { state: 'done', note: 'written', xid: null }),
  begun('run'),
  { type: 'xid', step: 'run', xid: '7', life: 'x', returned: [{ id: '3' }] },
  ended('run', {
    state: 'failed',
    message: 'column "x" does not exist',
    detail: {
      sqlstate: '42703',
      at: { path: '0001_b.sql', line: 2, column: 3, excerpt: '  x\n  ^' },
      hint: 'Perhaps y.',
    },
    next: ['Correct the file.'],
  }),
  { type: 'sent', step: 'run', telling: false },
  begun('last'),
  ended('last', {
    state: 'unknown',
    message: 'the connection was lost',
    next: ['Ask the server.'],
  }),
  { type: 'resolved', step: 'last', state: { state: 'committed', why: 'the server says so' } },
  { type: 'diagnosed', migrations: 2, nextRun: { ...nothing, runs: ['0001_b'] }, findings: [] },
  { type: 'verified', holds: true, notes: ['The migrator agrees: nothing to run.'] },
  {
    type: 'undo-intent',
    step: 'journal',
    digest: 'd',
    confirmation: confirmed('undo:journal'),
    undo: { type: 'file', path: 'meta/_journal.json', expects: 'f', restores: null },
  },
  { type: 'undo-outcome', step: 'journal', outcome: { state: 'done', note: 'removed', xid: null } },
  { type: 'session-ended', note: 'the end' },
);

/** The part of a report under one heading. */
function section(report: string, title: string): string {
  const from = report.indexOf(`\n## ${title}\n`);
  const to = report.indexOf('\n## ', from + 1);
  return report.slice(from, to === -1 ? undefined : to);
}

test('every kind of record has its place', () => {
  const report = reportMarkdown('s1', everything);
  expect(report).toContain('# Incident report: shop');
  expect(report).toContain('| Database | shop at db-7:5432, as app\\|admin |');
  expect(report).toContain('| Environment | production |');
  expect(report).toContain('| Operator | ada |');
  expect(report).toContain(
    '| Result | taken back afterwards: journal. Before that: The migrator agrees: nothing to run. |',
  );
  expect(section(report, 'Root cause, as found')).toContain('**error** `file-not-in-journal`');
  expect(section(report, 'Backup')).toContain('c0ffee');
  const told = section(report, 'Steps');
  const decided = section(report, 'Decisions');
  expect(decided).toContain('own: reason = (no answer)\n');
  expect(decided).toContain('Z ada: confirmed journal\n');
  expect(decided).toContain('Z ada: confirmed the undo of journal');
  expect(told).toContain('- Warning: Mind the gap.');
  expect(told).toContain('Say it.\n\n- On the channel.');
  expect(told).toContain('```sh\nsystemctl stop worker\n```');
  expect(told).toContain('The new content of `meta/_journal.json`:\n\n```json\n{}\n```');
  expect(told).toContain('select 2 -- end\n;\nCOMMIT;');
  expect(told).toContain('(SQLSTATE 42703)');
  expect(told).toContain('0001_b.sql:2:3\n        x\n        ^');
  expect(told).toContain('Perhaps y.');
  expect(told).toContain('- To do: Correct the file.');
  expect(told).toContain('- Looked at later: committed: the server says so');
  expect(told).toContain('done: removed');
  expect(told).toMatch(/#### 3\. Idle\n\n```sql\nselect 1;\n```\n\n- Outcome: not run/);
  const open = section(report, 'What stays open');
  expect(open).toContain('it will run 0001_b');
  expect(open).toContain('- No finding is left.');
  expect(open).not.toContain('not known');
  expect(section(report, 'How to prevent it')).toContain('diagnose --offline');
  const timeline = section(report, 'Timeline').trim().split('\n').slice(2);
  // Only `sent` has no line of its own.
  expect(timeline).toHaveLength(everything.length - 1);
  expect(timeline).toContain('- 2026-11-21T03:00:01.000Z read: 1 migration, 1 finding');
  expect(timeline.at(-1)).toContain('session ended: the end');
  expect(report).not.toMatch(/undefined|\[object|\bnull\b/);
});

test('an old log with a secret, and names that would draw or begin a line', () => {
  const told = records(...opening, {
    type: 'plan',
    plan: {
      ...plan,
      steps: [
        { ...base, id: 'x', kind: 'tell', title: 'Tell\n# fake' },
        {
          ...base,
          id: 'run',
          kind: 'write',
          title: 'Run it',
          write: transaction("/*\r\u001b[2K*/ CREATE ROLE a\tPASSWORD 'S3cret'"),
        },
      ],
    },
  });
  const report = reportMarkdown('s1', told);
  expect(report).toContain("/*\\r\\x1b[2K*/ CREATE ROLE a\tPASSWORD '***'");
  expect(report).not.toMatch(/S3cret|^# fake/m);
});

test('a fence is longer than any run of backticks in what it holds', () => {
  const report = reportMarkdown('s1', everything);
  const at = report.indexOf("comment on table t is '````'");
  const fence = /`{3,}(?=sql\n)/.exec(report.slice(report.lastIndexOf('\n`', at)))?.[0] ?? '';
  expect(fence.length).toBe(5);
  expect(report.slice(at)).toContain(`\n${fence}\n`);
});

test('whatever the log ends with: the report says what is not known', () => {
  for (let length = 0; length <= everything.length; length += 1) {
    const report = reportMarkdown('s1', everything.slice(0, length));
    expect(report).not.toMatch(/undefined|\[object/);
    const last = everything[length - 1];
    if (last?.type === 'intent') {
      expect(report).toContain(`| Result | unknown: no outcome is recorded for ${last.step} |`);
      expect(section(report, 'What stays open')).toContain(
        `Step ${last.step}: its outcome is not known`,
      );
    }
    if (last?.type === 'undo-intent') expect(report).toContain('recorded for undo:journal');
  }
});

test('a session that only looked, and a log with problems', () => {
  const looked = reportMarkdown('s1', records(...opening.slice(0, 2)), ['Line 3 was cut short.']);
  expect(looked).toContain('| Result | looked only; nothing was written |');
  expect(section(looked, 'Backup')).toContain('None was taken.');
  expect(section(looked, 'Steps')).toContain('None.');
  expect(section(looked, 'The run log itself')).toContain('- Line 3 was cut short.');
});

test('a plan that was left in the middle stays open, until its writes are done or taken back', () => {
  const done = { state: 'done', note: '', xid: null } as const;
  const half: readonly RunLogEntry[] = [...opening, begun('journal'), ended('journal', done)];
  const open = (...more: readonly RunLogEntry[]): string =>
    section(reportMarkdown('s1', records(...half, ...more)), 'What stays open');
  const at = steps.findIndex(({ id }) => id === 'journal') + 1;
  const words = `- Half-run: step ${at} of ${steps.length} is done, the rest is not.`;
  expect(open()).toContain(words);
  expect(open(begun('run'))).toContain('the rest is not, as far as is known.');
  const undone: RunLogEntry = { type: 'undo-outcome', step: 'journal', outcome: done };
  expect(open(undone)).not.toContain('Half-run');
  const rest = steps.filter(({ kind }) => kind === 'write' || kind === 'command');
  expect(open(...rest.flatMap(({ id }) => [begun(id), ended(id, done)]))).not.toContain('Half-run');
  const nothing = section(reportMarkdown('s1', records(...opening)), 'What stays open');
  expect(nothing).not.toContain('Half-run');
});

test('as data: what was found apart from what was decided, and how long it took', () => {
  const incident = incidentOf('s1', everything);
  expect(incident.found.map(({ code }) => code)).toEqual(['file-not-in-journal']);
  expect(incident.open).toMatchObject({ unknown: [], findings: [] });
  expect(incident.decisions.filter(({ by }) => by === 'ada').map(({ what }) => what)).toEqual([
    'confirmed journal',
    'confirmed run',
    'confirmed last',
    'confirmed the undo of journal',
  ]);
  expect(incident.impact).toEqual([
    expect.stringContaining('1 finding; of 1 migration, 1 concerned'),
    "Done by pgmedic: 2 writes to the database or the project's files; destructive: 0; taken back: 1.",
    'From the first look to a verified repair: 00:17.',
  ]);
  const [run] = incident.plans;
  expect(run?.steps.find(({ id }) => id === 'run')).toMatchObject({
    exact: expect.stringContaining('BEGIN;'),
    confirmation: { by: 'ada' },
    outcome: { state: 'failed' },
  });
});

test('as HTML: nothing that a name or an error holds is markup there', async () => {
  const evil =
    '<script>x()</script> ![a](http://x/y) [b](javascript:x) <img src=x> http://x.example';
  const [started, ...rest] = opening;
  const found = rest.map((entry) =>
    entry.type === 'diagnosed'
      ? { ...entry, findings: entry.findings.map((one) => ({ ...one, title: evil })) }
      : entry,
  );
  const report = reportMarkdown('s1', records(...(started ? [started] : []), ...found));
  const html = await reportHtml('Incident <b>', report);
  expect(html).toContain('&lt;script&gt;x()');
  expect(html).toContain('<title>Incident &lt;b&gt;</title>');
  expect(html).toContain('<h2>Root cause, as found</h2>');
  expect(html.match(/<(?:script|img|a|b)[\s>]/g)).toBeNull();
});
