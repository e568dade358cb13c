import { expect, test } from 'vitest';
import { coachOf } from '../../src/drill/coach.js';
import { fakeSession } from '../support/fake-session.js';
import { converse } from './support.js';

test('the page comes first; hint and page are words at any question, and no answer to it', async () => {
  const session = fakeSession();
  const coach = coachOf({
    page: 'PAGE 23:52  nobody can log in',
    goal: 'Get 0018 applied.',
    hints: ['Look at the journal.', 'reconcile-journal writes it.'],
  });
  const talk = converse(session, { coach });
  await talk.hear('PAGE 23:52  nobody can log in');
  await talk.hear('Goal: Get 0018 applied.');
  await talk.hear('What now?');
  await talk.hear('hint: of the drill; 2 of 2 hints are left');
  talk.answer('hint');
  await talk.hear('Hint 1 of 2: Look at the journal.');
  await talk.hear('What now?');
  talk.answer('reconcile-journal');
  await talk.hear('question 1 of 2');
  talk.answer('');
  await talk.hear('question 2 of 2');
  talk.answer('page');
  await talk.hear('PAGE 23:52  nobody can log in');
  await talk.hear('Run the pending ones now?');
  talk.answer('yes');
  await talk.hear('Go on with this plan?');
  talk.answer('go');
  await talk.hear('Step 1 of');
  talk.answer('');
  await talk.hear('Step 2 of 4');
  await talk.hear('n stops here');
  talk.answer('hint');
  await talk.hear('Hint 2 of 2: reconcile-journal writes it.');
  await talk.hear('n stops here');
  talk.answer('hint');
  await talk.hear('There is no further hint.');
  expect(session.commands.filter(({ type }) => type === 'run-step')).toHaveLength(1);
  expect(coach.given()).toBe(2);
  talk.hangUp();
  await talk.code;
});
