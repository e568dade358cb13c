import { afterEach, expect, test } from 'vitest';
import type { LogEntry } from '../../src/core/session/log-entry.js';
import { fakeSession } from '../support/fake-session.js';
import type { Shown } from './support.js';
import { show, sizes } from './support.js';
import { toFirstStep } from './walk.js';

let shown: Shown | undefined;
afterEach(() => shown?.close());

const entry = (parts: Partial<LogEntry>): LogEntry => ({
  ...{ at: Date.parse('2026-11-21T04:00:01Z'), phase: 'reading the facts', kind: 'read' },
  ...{ by: 'diagnose', text: 'SELECT 1', took: 12, error: null, times: 1 },
  ...parts,
});

test('details lie over the board: ] goes to the next, esc back to the row that was left', async () => {
  const session = fakeSession();
  shown = await show(session, sizes[0]);
  await shown.until('▸  0016_session_fingerprint');
  shown.press('d');
  await shown.until('What each source says');
  expect(shown.frame()).toContain('✗  journal: unlisted, no entry in meta/_journal.json');
  expect(shown.frame()).toContain('0016_session_fingerprint   the migrator cannot see it');
  shown.press(']');
  await shown.until('0017_feature_flags   the migrator');
  shown.press('y');
  await shown.until('y does nothing here. esc goes back.');
  shown.press('Escape');
  await shown.until('▸  0016_session_fingerprint');
});

test('the log shows a write whole, a reading in a row, and what failed', async () => {
  const statement = `ALTER TABLE "sessions"\n  ADD COLUMN "fingerprint" text`;
  const session = fakeSession({
    log: [
      entry({ text: `SELECT ${'x, '.repeat(200)}`, times: 3 }),
      entry({ phase: 'step apply:0016', kind: 'write', by: 'write', text: statement }),
      entry({ kind: 'command', by: 'pg_dump', text: 'pg_dump --version', error: 'not there' }),
    ],
  });
  shown = await show(session, sizes[0]);
  await shown.until('recommended');
  shown.press('l');
  await shown.until('3 entries, the last first');
  const frame = shown.frame();
  expect(frame).toContain('command (pg_dump), 0.012 s, FAILED: not there');
  expect(frame).toMatch(/ALTER TABLE "sessions"\n +ADD COLUMN "fingerprint" text/);
  expect(frame).toContain('reading the facts: read (diagnose), 0.012 s, 3 times');
  expect(frame.match(/x, /g)?.length).toBeLessThan(60);
  shown.press('?');
  await shown.until('Keys that work here');
  shown.press('x');
  await shown.until('3 entries');
  shown.press('q');
  await shown.until('recommended');
});

test('y, given over a step that is to be confirmed, confirms nothing', async () => {
  const session = fakeSession();
  shown = await show(session, sizes[0]);
  await toFirstStep(shown);
  shown.press('Enter');
  await shown.until('Step 2 of');
  session.pass(2000);
  shown.press('l');
  await shown.until('Nothing was run yet');
  shown.press('y');
  await shown.until('y does nothing here. esc goes back.');
  expect(session.commands.filter((one) => one.type === 'run-step')).toHaveLength(1);
});

test('read-only: the word is on every screen, a plan is looked at, and y says why it does nothing', async () => {
  const session = fakeSession({ readOnly: true });
  shown = await show(session, sizes[0]);
  await shown.until('recommended');
  expect(shown.frame()).toContain('PRODUCTION  READ-ONLY');
  shown.press('Enter');
  await shown.until('Treats here');
  shown.press('Enter');
  await shown.until('question 1 of 2');
  shown.press('Enter');
  await shown.until('question 2 of 2');
  shown.press('Down', 'Enter');
  await shown.until('Enter shows each step.');
  shown.press('Enter');
  await shown.until('Step 1 of 4');
  shown.press('Enter', 'Enter');
  await shown.until('Step 3 of 4');
  expect(shown.frame()).toContain('ALTER TABLE "sessions" ADD COLUMN "fingerprint" text;');
  shown.press('y');
  await shown.until(/READ-ONLY: nothing can be written[^]*READ-ONLY: nothing can be written/);
  expect(session.commands.map(({ type }) => type)).toEqual([
    'read-facts',
    'read-evidence',
    'build-plan',
  ]);
});
