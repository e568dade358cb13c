import { afterEach, describe, expect, test } from 'vitest';
import { widthOf } from '../../src/core/telling/visible.js';
import { fakeSession } from '../support/fake-session.js';
import { diagnosis } from '../support/states.js';
import type { Shown } from './support.js';
import { show, sizes } from './support.js';
import { toFirstStep } from './walk.js';

let shown: Shown | undefined;
afterEach(() => shown?.close());

describe.each(sizes)('at $columns x $rows', (size) => {
  test('the way from the board to the report, by keys alone', async () => {
    const session = fakeSession();
    shown = await show(session, size);
    await toFirstStep(shown);
    expect(shown.frame()).toContain('Backup proven');
    expect(shown.frame()).toContain('Repair 1/4');
    shown.press('Enter');
    await shown.until('Step 2 of 4');
    expect(shown.frame()).toContain('+   "added": true,');
    session.pass(1000);
    shown.press('y');
    await shown.until('Step 3 of 4');
    expect(shown.frame()).toMatch(/✓ Step 2 is done/);
    expect(shown.frame()).toContain('ALTER TABLE "sessions" ADD COLUMN "fingerprint" text;');
    session.pass(1000);
    shown.press('a', 'p', 'p', 'l', 'y');
    await shown.until('apply▏');
    shown.press('Enter');
    await shown.until('Step 4 of 4');
    shown.press('Enter');
    await shown.until('The migrator agrees: nothing to run');
    shown.press('q');
    await shown.until('The report is written.');
    expect(await session.handle.ended).toBe(0);
    for (const frame of shown.frames()) {
      const rows = frame.split('\n');
      expect(rows.length).toBeLessThan(size.rows);
      expect(Math.max(...rows.map(widthOf))).toBeLessThanOrEqual(size.columns);
    }
  });

  test('the target stands on every screen, untouched', async () => {
    const session = fakeSession();
    shown = await show(session, size);
    await toFirstStep(shown);
    for (const frame of shown.frames().filter((one) => !one.includes('pgmedic  '))) {
      expect(frame).toContain('shop @ db-7.internal:5432   PRODUCTION');
      expect(frame).toMatch(/PostgreSQL 15\.18 {3}primary {3}as app_admin/);
    }
  });

  test('findings open with their evidence', async () => {
    shown = await show(fakeSession(), size);
    await shown.until('recommended');
    shown.press('f');
    await shown.until('error: file-not-in-journal');
    expect(shown.frame()).toContain('drizzle/0018_webauthn_mfa.sql: no entry in');
    shown.press('Down');
    await shown.until('info: snapshot-missing');
    expect(shown.frame()).toContain('No playbook treats this');
    shown.press('Escape');
    await shown.until('migration ');
  });

  test('the board keeps the cursor in sight and counts what is not', async () => {
    shown = await show(fakeSession(), size);
    await shown.until('recommended');
    shown.press('End');
    await shown.until(/▸ +0018_webauthn_mfa/);
    if (size.rows === 24) expect(shown.frame()).toMatch(/↑ \d+ more/);
    shown.press('Space');
    await shown.until('▸■ 0018_webauthn_mfa');
    expect(shown.frame()).toContain('1 chosen');
  });
});

test('before the facts are read, the settings stand there with their origins', async () => {
  shown = await show(fakeSession({ hold: ['read-facts'] }), sizes[0]);
  await shown.until('Reading…');
  expect(shown.frame()).toMatch(/database-url +postgres:.*\(\.env\)/);
  expect(shown.frame()).toContain('(drizzle.config.ts)');
});

test('what could not be read is said with the way out, and r tries again', async () => {
  const session = fakeSession({ hold: ['read-facts'] });
  shown = await show(session, sizes[0]);
  session.reply({
    type: 'facts-failed',
    message: 'Nothing listens on 127.0.0.1:5432.',
    next: ['Start the server, or give another URL.'],
    at: session.handle.now(),
  });
  await shown.until('Nothing listens on 127.0.0.1:5432.');
  expect(shown.frame()).toContain('▸ Start the server');
  shown.press('r');
  await shown.until('Reading again…');
  expect(session.commands.filter((one) => one.type === 'read-facts')).toHaveLength(2);
});

test('a healthy project says so', async () => {
  const session = fakeSession({ hold: ['read-facts'] });
  shown = await show(session, sizes[0]);
  session.reply({ type: 'facts-read', diagnosis: diagnosis({ findings: [] }), at: 0 });
  await shown.until('✓ no finding: files, journal and history agree');
});

test('a backup shows its phase, its amounts and its way out; Ctrl-C stops it once', async () => {
  const session = fakeSession({ hold: ['take-backup'] });
  shown = await show(session, sizes[0]);
  await shown.until('recommended');
  shown.press('b');
  await shown.until('Preparing the backup');
  session.reply({
    type: 'backup-progress',
    progress: {
      phase: 'dumping',
      tablesDone: 3,
      tablesTotal: 12,
      table: 'public.orders',
      rowsDone: 600_000,
      rowsTotal: 1_200_000,
      bytes: 15_300_000,
      elapsed: 4000,
      rate: null,
      remaining: null,
      silent: 0,
      waitingFor: [],
    },
  });
  await shown.until('3 of 12 tables   600,000 rows of about 1,200,000   15 MB');
  expect(shown.frame()).toContain('Ctrl-C stops it safely');
  shown.press('q');
  await shown.until('The backup is running');
  shown.press('Ctrl-C', 'Ctrl-C');
  await shown.until('nothing of this backup will be kept');
  expect(session.commands.filter((one) => one.type === 'cancel-running')).toHaveLength(1);
});

test('a step that waits shows who holds the lock', async () => {
  const session = fakeSession({ hold: ['run-step'] });
  shown = await show(session, sizes[0]);
  await toFirstStep(shown);
  shown.press('Enter');
  await shown.until('Running: Hold the deploys');
  const deploy = {
    pid: 4711,
    user: 'deploy',
    application: 'psql',
    state: 'idle in transaction',
    query: 'LOCK TABLE\n  drizzle.__drizzle_migrations',
    age: 300,
    holds: 'AccessExclusiveLock on drizzle.__drizzle_migrations',
  };
  const web = (pid: number) => ({ ...deploy, pid, user: 'web', age: 0, holds: 'used orders' });
  const told = { blockers: [deploy], behind: [web(1), web(2), web(3), web(4)], hidden: 0 };
  const blind = { blockers: [deploy], behind: [web(1)], hidden: 1 };
  session.reply({ type: 'step-waiting', wait: { stage: 'before', ...blind } });
  await shown.until('1 session is in the way: this step would wait');
  expect(shown.frame()).toContain('At least 1 session used the table in the last minute');
  expect(shown.frame()).toContain('Queries that this role may not see: 1');
  session.reply({ type: 'step-waiting', wait: { stage: 'lock', ...told } });
  await shown.until('Waiting for 1 session that holds a lock');
  expect(shown.frame()).toContain('pid 4711, deploy (psql), idle in transaction, for 5 min');
  expect(shown.frame()).toContain('LOCK TABLE drizzle.__drizzle_migrations');
  expect(shown.frame()).toContain('4 sessions wait behind this step');
  expect(shown.frame()).toContain('and 1 more');
  session.reply({ type: 'step-waiting', wait: { stage: 'earlier writers', ...told } });
  await shown.until('It has its lock, and waits for 1 session');
  expect(shown.frame()).not.toContain('holds a lock');
  // A batch that is done waits for nobody.
  session.reply({ type: 'step-progress', progress: { done: 1200, total: 48_000 } });
  await shown.until('1,200 of 48,000 rows (2 %)');
  expect(shown.frame()).toContain('the batches that are done stay');
  expect(shown.frame()).not.toContain('4711');
});

test('a failed step shows line, caret and SQLSTATE, and what was not run', async () => {
  const session = fakeSession({ hold: ['run-step'] });
  shown = await show(session, sizes[0]);
  await toFirstStep(shown);
  shown.press('Enter');
  await shown.until('Running');
  session.reply({
    type: 'step-ended',
    step: 'hold',
    outcome: {
      state: 'failed',
      message: 'relation "sessions" does not exist',
      detail: {
        sqlstate: '42P01',
        at: {
          path: '0016.sql',
          line: 3,
          column: 13,
          excerpt: 'ALTER TABLE "sessions"\n            ^',
        },
        hint: null,
      },
      next: ['Correct the file.'],
    },
    at: 0,
  });
  await shown.until('relation "sessions" does not exist (SQLSTATE 42P01)');
  expect(shown.frame()).toContain('0016.sql:3:13');
  expect(shown.frame()).toMatch(/\n {6,}\^/);
  expect(shown.frame()).toMatch(/not run +Write the journal/);
  expect(shown.frame()).toContain('did not complete');
});

test('a text longer than the window says which lines are shown, and scrolls', async () => {
  const session = fakeSession();
  shown = await show(session, sizes[0]);
  await toFirstStep(shown);
  shown.press('Enter');
  await shown.until('Step 2 of 4');
  expect(shown.frame()).toMatch(/lines 1-\d+ of \d+ +↓ PgDn/);
  expect(shown.frame()).toContain('Press y: write exactly this');
  expect(shown.frame()).toMatch(/The backup was proven\s+\d+ s\s+ago/);
  shown.press('PageDown', 'PageDown', 'PageDown');
  await shown.until('digest d1d1d1d1d1d1d1d1');
  expect(shown.frame()).toContain('Press y: write exactly this');
  // Not three windows beyond the end: one back, and the end is out of sight.
  shown.press('PageUp');
  await shown.until(/lines .*↓ PgDn/);
});

test('? lists the keys of the scene, and no key of it reaches what lies beneath', async () => {
  const session = fakeSession();
  shown = await show(session, sizes[0]);
  await toFirstStep(shown);
  shown.press('Enter');
  await shown.until('Step 2 of 4');
  session.pass(1000);
  shown.press('?');
  await shown.until('Keys that work here');
  shown.press('y');
  await shown.until('Press y: write exactly this');
  expect(session.commands.filter((one) => one.type === 'run-step')).toHaveLength(1);
});

test('a key that does nothing says so', async () => {
  shown = await show(fakeSession(), sizes[0]);
  await shown.until('recommended');
  shown.press('x');
  await shown.until('x does nothing here. ? lists the keys.');
});

test('a terminal without UTF-8 gets ASCII signs only', async () => {
  shown = await show(fakeSession(), { ...sizes[0], ascii: true });
  await shown.until('recommended');
  // oxlint-disable-next-line no-control-regex -- the whole of ASCII
  expect(shown.frame()).toMatch(/^[\u0000-\u007f]*$/);
  expect(shown.frame()).toContain('[>] Diagnose');
});

test('a low window keeps the table, within its rows', async () => {
  shown = await show(fakeSession(), sizes[1]);
  await shown.until('recommended');
  shown.resize(60, 16);
  await shown.until('more');
  expect(shown.frame()).toMatch(/▸ +0016/);
  expect(shown.frame().split('\n').length).toBeLessThan(16);
});

test('a window too small to show a step takes no confirmation', async () => {
  const session = fakeSession();
  shown = await show(session, sizes[1]);
  await toFirstStep(shown);
  shown.press('Enter');
  await shown.until('Step 2 of 4');
  session.pass(1000);
  shown.resize(80, 10);
  await shown.until('pgmedic needs 60 x 16');
  shown.press('y');
  shown.resize(80, 24);
  await shown.until('Step 2 of 4');
  expect(session.commands.filter((one) => one.type === 'run-step')).toHaveLength(1);
});
