import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { StepOutcome } from '../../src/core/plan.js';
import type { RunLogEntry, RunLogRecord } from '../../src/core/run-log.js';
import { debrief } from '../../src/drill/debrief.js';
import { keepSolved, readSolved } from '../../src/drill/progress.js';
import { applySql, backup, plan, tell, writeJournal } from '../support/states.js';

const drill = {
  goodRun: { playbooks: ['reconcile-journal'], writes: 2 },
  hints: ['one', 'two'],
};

const log = (...entries: readonly RunLogEntry[]): readonly RunLogRecord[] =>
  entries.map((entry, index) => ({
    at: '2026-11-21T03:00:00Z',
    seq: index + 1,
    prev: '',
    ...entry,
  }));

const begins = (playbook: string, answers: Readonly<Record<string, string>> = {}): RunLogEntry => ({
  type: 'plan',
  plan: { ...plan([tell, writeJournal, applySql]), playbook, answers },
});

const done: StepOutcome = { state: 'done', note: '', xid: '7' };
const wrote = (step: string, outcome: StepOutcome = done): RunLogEntry[] => [
  { type: 'intent', step, digest: 'd', confirmation: null, write: null },
  { type: 'outcome', step, outcome, returned: [] },
];
const proven: RunLogEntry = { type: 'backup-proven', backup };

const told = (
  records: readonly RunLogRecord[],
  { solved = true, hints = 0, took = 192_000 } = {},
): readonly string[] => debrief(drill, { took, hints, solved, records });

test('a good run is told as one; what is only read is no write', () => {
  const records = log(
    proven,
    begins('reconcile-journal'),
    ...wrote(tell.id),
    ...wrote('journal'),
    ...wrote('apply:0016'),
  );
  expect(told(records, { hints: 1 })).toEqual([
    'It took 03:12, with 1 of 2 hints.',
    'A good run: reconcile-journal; 2 writes.',
    'Yours: reconcile-journal (2 writes).',
    'The backup was proven before the first write.',
  ]);
});

test('what a good run does without, what failed, and how many writes it has more', () => {
  const failed: StepOutcome = { state: 'failed', message: '42P07: exists', detail: null, next: [] };
  const records = log(
    proven,
    begins('mark-applied'),
    ...wrote('journal'),
    begins('reconcile-journal'),
    ...wrote('journal'),
    ...wrote('apply:0016', failed),
    begins('reconcile-journal'),
    ...wrote('apply:0016'),
  );
  const facts = told(records);
  expect(facts).toContain(
    'Yours: mark-applied (1 write), then reconcile-journal (1 write), then reconcile-journal (1 write).',
  );
  expect(facts).toContain('A good run does without mark-applied, which wrote journal.');
  expect(facts).toContain('That is 1 write more than a good run has.');
  expect(facts).toContain(
    'reconcile-journal, step apply:0016 failed, and nothing of it stayed: 42P07: exists',
  );
  expect(facts).toContain('What was marked was marked by the evidence, not by a typed reason.');
});

test('a reason in place of the evidence, and a backup that was not proven', () => {
  const records = log(
    {
      type: 'backup-accepted',
      backup: {
        ...backup,
        readBackAt: '',
        accepted: { reason: 'no time', by: 'ada', at: '' },
      } as never,
    },
    begins('mark-applied', { reason: 'it must be there' }),
    ...wrote('journal'),
    proven,
  );
  const facts = told(records, { solved: false });
  expect(facts).toContain(
    'mark-applied went by a reason that was typed, not by the evidence: "it must be there"',
  );
  expect(facts).toContain(
    'The first write ran with a backup that was not proven, because: "no time"',
  );
  expect(facts).toContain('That is 1 write fewer than a good run has.');
});

test('a write that nobody knows of, and a session that wrote nothing', () => {
  const unknown: StepOutcome = { state: 'unknown', message: '', next: [] };
  expect(told(log(proven, begins('reconcile-journal'), ...wrote('journal', unknown)))).toContain(
    'reconcile-journal, step journal: when it ended, nobody knew whether it had run.',
  );
  expect(told([])).toEqual([
    'It took 03:12, with 0 of 2 hints.',
    'A good run: reconcile-journal; 2 writes.',
    'Yours: no playbook was begun. What was done outside of pgmedic is in no run log.',
    'Nothing was written by pgmedic.',
  ]);
});

test('what was solved is kept, and a file that cannot be read is as none', async () => {
  const state = await mkdtemp(join(tmpdir(), 'pgmedic-test-'));
  onTestFinished(() => rm(state, { recursive: true, force: true }));
  const env = { XDG_STATE_HOME: state };
  expect(await readSolved(env)).toEqual([]);
  const once = { drill: 'journal-gap', at: '2026-11-21T03:12:00.000Z', seconds: 192, hints: 2 };
  const twice = { ...once, seconds: 100, hints: 0 };
  await keepSolved(env, once);
  await keepSolved(env, twice);
  expect(await readSolved(env)).toEqual([once, twice]);
  await writeFile(join(state, 'pgmedic/drills.json'), '{');
  expect(await readSolved(env)).toEqual([]);
});
