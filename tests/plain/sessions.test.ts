import { expect, test } from 'vitest';
import { earlier, ended, killed } from '../support/earlier-sessions.js';
import { fakeSession } from '../support/fake-session.js';
import { plan, writeJournal } from '../support/states.js';
import { converse } from './support.js';

/** The same power as the screen's, numbered; the drawing of it is in tests/ui/sessions.test.tsx. */

test('an unfinished session is told with the board, its report is read and it is resumed', async () => {
  const session = fakeSession({ earlier });
  const talk = converse(session);
  await talk.hear(
    '! Unfinished session: 2026-11-19 02:00 UTC, shop (production), apply-manually: see',
  );
  await talk.hear('7) Earlier sessions: reports, resume, undo');
  talk.answer('7');
  await talk.hear('Which session?');
  await talk.hear('1) 2026-11-19 02:00 UTC, ben, shop (production), apply-manually: UNFINISHED');
  talk.answer('1');
  await talk.hear(`Session ${killed.session}, begun 2026-11-19 02:00 UTC`);
  await talk.hear('4) No undo: What became of step apply:0016 is not known.');
  talk.answer('1');
  await talk.hear('Incident report: shop');
  await talk.hear('    ALTER TABLE "t" ADD COLUMN "c39" int;\n');
  talk.answer('2');
  await talk.hear(`The report is written to /state/pgmedic/${killed.session}.md`);
  await talk.hear('What about this session?');
  talk.answer('4');
  await talk.hear('What became of step apply:0016 is not known. Look first: pgmedic resume');
  talk.answer('3');
  await talk.hear("Nothing is written but that session's run log.");
  await talk.hear('  apply:0016: not done (COMMIT had not been sent)');
  await talk.hear('What now?');
  talk.answer('1');
  await talk.hear('Reading files, history table and catalog');
  await talk.hear('What now?');
  talk.hangUp();
  await talk.code;
});

test('of many the newest are offered, and the older ones by a question more', async () => {
  const many = Array.from({ length: 70 }, (_, index) => ({
    ...ended,
    session: `20261120-0000${String(index).padStart(2, '0')}-aaaa`,
  }));
  const session = fakeSession({ earlier: many });
  const talk = converse(session);
  await talk.hear('What now?');
  talk.answer(':sessions');
  await talk.hear('31) 40 older ones');
  talk.answer('31');
  await talk.hear('31) 10 older ones');
  talk.answer('older');
  await talk.hear('10) ');
  talk.answer('10');
  await talk.hear('Session 20261120-000000-aaaa');
  talk.hangUp();
  await talk.code;
});

test('an undo is shown, backed up and confirmed as a step of a playbook is', async () => {
  const undoes = { session: ended.session, step: 'journal' };
  const made = { ...plan([{ ...writeJournal, id: 'undo:journal' }]), undoes };
  const session = fakeSession({ earlier: [ended], plan: made });
  const talk = converse(session);
  for (const [question, line] of [
    ['What now?', ':sessions'],
    ['Which session?', ended.session],
    ['Take its step journal back', 'undo'],
    ['Go on with this plan?', 'go'],
    ['There is no undo: it is an undo itself.', ''],
    ['Enter is not a yes.', 'y'],
    ['Taken back. Next run of the migrator: nothing to run', 'leave'],
  ] as const) {
    await talk.hear(question);
    talk.answer(line);
  }
  expect(talk.said()).not.toContain('Afterwards the migrator');
  expect(await talk.code).toBe(0);
  expect(session.commands.filter(({ type }) => type === 'run-step')).toMatchObject([
    { step: 'undo:journal', confirmation: { digest: writeJournal.digest } },
  ]);
});
