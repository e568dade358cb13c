import { expect, test } from 'vitest';
import { fakeSession } from '../support/fake-session.js';
import { diagnosis } from '../support/states.js';
import { converse } from './support.js';

/** What is only looked at in line mode; the drawing of the same is in tests/ui/overlays.test.tsx. */

test('details, the log and the steps of a plan are read, and the same is asked again', async () => {
  const session = fakeSession();
  const talk = converse(session);
  await talk.hear('What now?');
  talk.answer(':details');
  await talk.hear('Which migration?');
  talk.answer('0017_feature_flags');
  await talk.hear('What each source says:');
  await talk.hear('journal: unlisted, no entry in meta/_journal.json');
  await talk.hear('What now?');
  talk.answer(':log');
  await talk.hear('Nothing was run yet.');
  await talk.hear('What now?');
  talk.answer('reconcile-journal');
  await talk.hear('question 1 of 2');
  talk.answer('');
  talk.answer('yes');
  await talk.hear('Go on with this plan?');
  talk.answer('steps');
  await talk.hear('Step 3 of 4: Apply by hand: 0016_session_fingerprint  [changes the schema]');
  await talk.hear('\nALTER TABLE "sessions" ADD COLUMN "fingerprint" text;\n');
  await talk.hear('Go on with this plan?');
  talk.answer('leave');
  expect(await talk.code).toBe(1);
  expect(session.commands.some((one) => one.type === 'take-backup')).toBe(false);
});

test('of many migrations a part of the name, or a word for a state, is asked first', async () => {
  const [applied] = diagnosis().board;
  const board = Array.from({ length: 200 }, (_, index) => ({
    ...applied!,
    id: `${String(index).padStart(4, '0')}_migration`,
    ...(index < 195 ? {} : { history: 'absent' as const, note: 'pending: runs next' }),
  }));
  const session = fakeSession({ diagnosis: diagnosis({ board }) });
  const talk = converse(session);
  await talk.hear('Shown are 5 of 200 migrations: those that are pending');
  await talk.hear('What now?');
  talk.answer('mark-applied');
  await talk.hear('Mark applied: for which migrations? There are 200.');
  talk.answer('zzz');
  await talk.hear('None fits.');
  talk.answer('migration');
  await talk.hear('200 of 200 fit. Name more of it.');
  talk.answer('pending 019');
  await talk.hear('5) 0199_migration  (pending: runs next)');
  talk.answer('1 2');
  await talk.hear('How do you know?');
  expect(session.state().scene).toMatchObject({ migrations: ['0195_migration', '0196_migration'] });
  expect(talk.said()).not.toContain('0100_migration');
  talk.hangUp();
  await talk.code;
});

test('a read-only session asks for no confirmation, and says why', async () => {
  const session = fakeSession({ readOnly: true });
  const talk = converse(session);
  for (const line of ['reconcile-journal', '', 'yes', 'go', 'steps', 'leave']) talk.answer(line);
  expect(await talk.code).toBe(1);
  expect(talk.said()).toContain('[PRODUCTION]  READ-ONLY');
  expect(talk.said()).toContain('READ-ONLY: nothing can be written in this session.');
  expect(talk.said()).toContain('Step 3 of 4: Apply by hand');
  expect(session.commands.map(({ type }) => type)).toEqual([
    'read-facts',
    'read-evidence',
    'build-plan',
    'write-report',
  ]);
});

test('of the lines of a paste, which a terminal gives one by one, the first alone is an answer', async () => {
  const session = fakeSession();
  const talk = converse(session, { tty: true });
  await talk.hear('What now?');
  await talk.hear('Enter takes 1:');
  for (const line of ['1', '', 'yes', '1', '', 'y']) {
    talk.answer(line);
    await new Promise((next) => setImmediate(next));
  }
  await talk.hear('question 1 of 2');
  await talk.hear('Enter takes 1:');
  talk.hangUp();
  await talk.code;
  expect(talk.said()).toContain('Several lines came at once');
  expect(talk.said()).not.toContain('question 2 of 2');
});
