import { describe, expect, test } from 'vitest';
import type { FakeSession } from '../support/fake-session.js';
import { fakeSession } from '../support/fake-session.js';
import {
  applySql,
  diagnosis,
  dropTable,
  plan,
  playbooks,
  settings,
  writeJournal,
} from '../support/states.js';
import type { Conversation } from './support.js';
import { converse, until } from './support.js';

function writes(session: FakeSession): number {
  return session.commands.filter((one) => one.type === 'run-step').length;
}

async function toFirstStep(talk: Conversation): Promise<void> {
  await talk.hear('What now?');
  talk.answer('reconcile-journal');
  await talk.hear('question 1 of 2');
  talk.answer('');
  await talk.hear('question 2 of 2');
  talk.answer('yes');
  await talk.hear('Go on with this plan?');
  talk.answer('1');
  await talk.hear('Step 1 of');
}

test('the way from the board to the report, in lines of a pipe', async () => {
  const session = fakeSession();
  const talk = converse(session);
  await toFirstStep(talk);
  expect(talk.said()).toContain('shop @ db-7.internal:5432  [PRODUCTION]');
  expect(talk.said()).toMatch(/0018_webauthn_mfa +yes +NO +NO +NO +\? +the migrator cannot see it/);
  expect(talk.said()).toContain('    - drizzle/0018_webauthn_mfa.sql: no entry in');
  expect(talk.said()).toContain('Backup proven: restored into PostgreSQL 18.4 (sandbox)');
  talk.answer('');
  await talk.hear('Step 2 of 4');
  await talk.hear('n stops here');
  talk.answer('y');
  await talk.hear('Step 3 of 4');
  // Alone in its line, to be copied.
  await talk.hear('\nALTER TABLE "sessions" ADD COLUMN "fingerprint" text;\n');
  talk.answer('apply');
  await talk.hear('Step 4 of 4');
  talk.answer('');
  await talk.hear('The migrator agrees: nothing to run, nothing skipped.');
  talk.answer('leave');
  await talk.hear('Report: /state/pgmedic/report.md');
  expect(await talk.code).toBe(0);
});

test('all answers may stand in the pipe beforehand', async () => {
  const session = fakeSession();
  const talk = converse(session);
  for (const line of ['1', '', 'yes', '', '', 'y', 'apply', '', '2']) talk.answer(line);
  expect(await talk.code).toBe(0);
  expect(writes(session)).toBe(4);
});

describe('a confirmation', () => {
  test('is not given by Enter, nor by anything but y', async () => {
    const session = fakeSession({ plan: plan([writeJournal]) });
    const talk = converse(session);
    await toFirstStep(talk);
    talk.answer('');
    await talk.hear('The backup was proven 0 s ago.');
    await talk.hear('Enter is not a yes.');
    for (const other of ['yes', 'Y', 'apply', 'ok']) {
      talk.answer(other);
      await talk.hear('Answer with y, n or q.');
    }
    expect(writes(session)).toBe(0);
    talk.answer('y');
    await talk.hear('The migrator agrees');
    expect(session.commands.find((one) => one.type === 'run-step')?.confirmation).toMatchObject({
      digest: writeJournal.digest,
    });
    talk.hangUp();
    await talk.code;
  });

  test('of DDL is its word, and each refusal is said again', async () => {
    const session = fakeSession({ plan: plan([applySql]) });
    const talk = converse(session);
    await toFirstStep(talk);
    for (const other of ['y', 'y', 'Apply', 'shop']) {
      talk.answer(other);
      await talk.hear('That does not match. Type apply');
    }
    expect(writes(session)).toBe(0);
    talk.answer('apply');
    await talk.hear('The migrator agrees');
    talk.hangUp();
    await talk.code;
  });

  test('of what destroys is the name of the database', async () => {
    const session = fakeSession({ plan: plan([dropTable]) });
    const talk = converse(session);
    await toFirstStep(talk);
    talk.answer('apply');
    await talk.hear('That does not match. Type shop');
    talk.answer('shop');
    await talk.hear('The migrator agrees');
    expect(writes(session)).toBe(1);
    talk.hangUp();
    await talk.code;
  });

  test('can be refused with n: the rest is not run', async () => {
    const session = fakeSession({ plan: plan([writeJournal, applySql]) });
    const talk = converse(session);
    await toFirstStep(talk);
    talk.answer('n');
    await talk.hear('not run: Write the journal');
    expect(writes(session)).toBe(0);
    talk.hangUp();
    expect(await talk.code).toBe(1);
  });

  test('typed on a terminal before its step was shown does not count', async () => {
    const session = fakeSession({ plan: plan([writeJournal]), hold: ['take-backup'] });
    const talk = converse(session, { tty: true });
    await talk.hear('What now?');
    talk.answer('reconcile-journal');
    await talk.hear('question 1 of 2');
    await talk.hear('Enter takes 1:');
    talk.answer('');
    await talk.hear('question 2 of 2');
    await talk.hear('Number:');
    talk.answer('yes');
    await talk.hear('Go on with this plan?');
    await talk.hear('Enter takes 1:');
    talk.answer('1');
    await talk.hear('Taking a backup');
    talk.answer('y');
    talk.answer('y');
    session.reply({ type: 'backup-failed', message: 'The disk is full.', next: [] });
    await talk.hear('No backup: The disk is full.');
    await talk.hear('Go on with this plan?');
    await talk.hear('Enter takes 1:');
    talk.answer('3');
    await talk.code;
    expect(talk.said()).not.toContain('Answer with 1 to');
  });
});

describe('the end of input', () => {
  test.each([
    '',
    '1\n',
    '1\n\n',
    '1\n\nyes\n',
    '1\n\nyes\n\n',
    '1\n\nyes\n\n\n',
    '1\n\nyes\n\n\ny\n',
  ])('after %j leaves safely', async (input) => {
    const session = fakeSession();
    const talk = converse(session);
    for (const line of input.split('\n').slice(0, -1)) talk.answer(line);
    talk.hangUp();
    expect(await talk.code).toBe(1);
    expect(talk.said()).toContain('Report: /state/pgmedic/report.md');
  });

  test('where nothing could be read leaves with 2', async () => {
    const session = fakeSession({ hold: ['read-facts'] });
    const talk = converse(session);
    talk.hangUp();
    session.reply({
      type: 'facts-failed',
      message: 'No server there.',
      next: ['Start it.'],
      at: 0,
    });
    expect(await talk.code).toBe(2);
    expect(talk.said()).toContain('No server there.\n  Start it.');
  });
});

test('a question is withdrawn when the session goes on without its answer', async () => {
  const session = fakeSession();
  const talk = converse(session);
  await talk.hear('What now?');
  // Another hand on the same session: the screen of a test, a signal.
  session.handle.dispatch({ type: 'reread', at: 0 });
  await talk.hear('Reading files');
  await talk.hear('What now?');
  talk.answer('leave-is-no-name');
  await talk.hear('Answer with 1 to 8.');
  session.handle.dispatch({ type: 'leave' });
  expect(await talk.code).toBe(1);
});

test('nothing is asked before the playbooks are there, so that a number keeps its meaning', async () => {
  const session = fakeSession({ playbooksLater: true });
  const talk = converse(session);
  talk.answer('1');
  await until(() => session.state().scene.name === 'board');
  session.reply({ type: 'settings-found', settings, playbooks });
  await talk.hear('Recommended: Reconcile the journal.');
  await talk.hear('question 1 of 2');
  expect(talk.said().match(/What now/g)).toHaveLength(1);
  expect(talk.said().match(/^migration /gm)).toHaveLength(1);
  talk.hangUp();
  await talk.code;
});

test('several migrations are chosen by number or by name', async () => {
  const session = fakeSession();
  const talk = converse(session);
  await talk.hear('What now?');
  talk.answer('mark-applied');
  await talk.hear('for which migrations?');
  talk.answer('');
  await talk.hear('Name at least one');
  talk.answer('17, 0018_webauthn_mfa');
  await talk.hear('How do you know?');
  talk.answer('');
  await talk.hear('This needs an answer.');
  talk.answer('I compared each column.');
  await talk.hear('Go on with this plan?');
  expect(session.commands.find((one) => one.type === 'build-plan')?.wish).toEqual({
    playbook: 'mark-applied',
    migrations: ['0016_session_fingerprint', '0018_webauthn_mfa'],
    answers: { reason: 'I compared each column.' },
  });
  talk.hangUp();
  await talk.code;
});

test('a backup tells how far it is, every few seconds', async () => {
  const session = fakeSession({ hold: ['take-backup'] });
  const talk = converse(session);
  await talk.hear('What now?');
  talk.answer(':backup');
  await talk.hear('Taking a backup');
  const progress = {
    tablesTotal: 12,
    table: null,
    rowsTotal: 100,
    bytes: 2000,
    elapsed: 1000,
    rate: null,
    remaining: null,
    silent: 0,
    waitingFor: [],
  };
  for (const tablesDone of [1, 2, 3, 4]) {
    session.reply({
      type: 'backup-progress',
      progress: { ...progress, phase: 'dumping', tablesDone, rowsDone: tablesDone },
    });
    session.pass(1600);
  }
  await talk.hear('dumping: 1 of 12 tables');
  await talk.hear('dumping: 3 of 12 tables, 3 rows, 2.0 kB, 00:01');
  expect(talk.said()).not.toContain('2 of 12 tables');
  session.reply({ type: 'backup-failed', message: 'The disk is full.', next: ['Free some.'] });
  await talk.hear('No backup: The disk is full. Free some.');
  talk.hangUp();
  await talk.code;
});

test('a step in batches tells how many rows are done, every few seconds', async () => {
  const session = fakeSession({ plan: plan([writeJournal]), hold: ['run-step'] });
  const talk = converse(session);
  await toFirstStep(talk);
  talk.answer('y');
  await talk.hear('Running: ');
  for (const done of [100, 200, 300]) {
    session.pass(2000);
    session.reply({ type: 'step-progress', progress: { done, total: 400 } });
  }
  await talk.hear('100 of 400 rows (25 %), 50 a second');
  await talk.hear('300 of 400 rows (75 %)');
  expect(talk.said()).not.toContain('200 of 400');
  const outcome = { state: 'failed', message: 'no', detail: null, next: [] } as const;
  session.reply({ type: 'step-ended', step: writeJournal.id, outcome, at: session.handle.now() });
  await talk.hear('FAILED');
  talk.hangUp();
  await talk.code;
});

test('nothing from a server or a file can move the cursor', async () => {
  const session = fakeSession({ hold: ['read-facts'] });
  const talk = converse(session);
  const [first, ...rest] = diagnosis().findings;
  if (first === undefined) throw new Error('there is a finding');
  const findings = [{ ...first, evidence: ['a\u001b[2J\u001b[1;1Hb'] }, ...rest];
  session.reply({ type: 'facts-read', diagnosis: diagnosis({ findings }), at: 0 });
  await talk.hear('a\\x1b[2J\\x1b[1;1Hb');
  talk.hangUp();
  await talk.code;
  expect(talk.said()).not.toContain('\u001b');
});

test('who leaves after a write is told what was read', async () => {
  const session = fakeSession();
  const talk = converse(session);
  await toFirstStep(talk);
  talk.answer('');
  await talk.hear('Step 2 of 4');
  await talk.hear('n stops here');
  talk.answer('y');
  await talk.hear('Step 3 of 4');
  await talk.hear('n stops here');
  talk.answer('q');
  await talk.hear('did not complete. Now: ');
  await talk.hear('Leaving.');
  expect(writes(session)).toBe(2);
});

test('when the program was stopped and goes on, the question is put anew', async () => {
  const session = fakeSession();
  const talk = converse(session, { tty: true });
  await toFirstStep(talk);
  talk.answer('');
  await talk.hear('Step 2 of 4');
  await talk.hear('y: write exactly this');
  process.emit('SIGCONT');
  await talk.hear('y: write exactly this');
  expect(process.listenerCount('SIGCONT')).toBe(1);
  talk.answer('y');
  await talk.hear('Step 3 of 4');
  await talk.hear('n stops here');
  talk.answer('q');
  await talk.code;
  expect(process.listenerCount('SIGCONT')).toBe(0);
});
