import { afterEach, expect, test } from 'vitest';
import type { Coach } from '../../src/core/coach.js';
import { coachOf } from '../../src/drill/coach.js';
import { fakeSession } from '../support/fake-session.js';
import type { Shown } from './support.js';
import { show } from './support.js';
import { toFirstStep } from './walk.js';

let shown: Shown | undefined;
afterEach(() => shown?.close());

const size = { columns: 80, rows: 24 };

const coachOfTest = (): Coach =>
  coachOf({
    page: 'PAGE 23:52  nobody can log in\nrelation "sessions" does not exist',
    goal: 'Get 0018 applied.',
    hints: ['Look at the journal.', 'reconcile-journal writes it.'],
  });

test('the page is there at the start and again with h, and hints come one by one', async () => {
  const coach = coachOfTest();
  shown = await show(fakeSession(), { ...size, coach });
  await shown.until('PAGE 23:52  nobody can log in');
  expect(shown.frame()).toContain('Goal: Get 0018 applied.');
  expect(shown.frame()).toContain('2 of 2 hints are left');
  expect(coach.given()).toBe(0);
  shown.press('Enter');
  await shown.until('recommended');
  shown.press('h');
  await shown.until('PAGE 23:52');
  expect(shown.frame()).not.toContain('Look at the journal.');
  shown.press('h');
  await shown.until('Hint 1 of 2: Look at the journal.');
  expect(shown.frame()).toContain('1 of 2 hints is left');
  shown.press('h', 'h', 'h');
  await shown.until('Hint 2 of 2: reconcile-journal writes it.');
  expect(coach.given()).toBe(2);
  shown.press('Escape');
  await shown.until('recommended');
});

test('? lists the key in a drill, and only there', async () => {
  shown = await show(fakeSession(), { ...size, coach: coachOfTest() });
  await shown.until('PAGE 23:52');
  shown.press('Enter');
  await shown.until('recommended');
  shown.press('?', 'End');
  await shown.until(/ h +hints/);
  shown.close();
  shown = await show(fakeSession(), size);
  await shown.until('recommended');
  shown.press('?', 'End');
  await shown.until(/ q +leave/);
  expect(shown.frame()).not.toMatch(/ h +hints/);
  shown.press('x', 'h');
  await shown.until('h does nothing here.');
});

test('over the page no key reaches what lies beneath, and a held y does not close it', async () => {
  const session = fakeSession();
  shown = await show(session, { ...size, coach: coachOfTest() });
  await shown.until('PAGE 23:52');
  shown.press('Enter');
  await toFirstStep(shown);
  shown.press('Enter');
  await shown.until('Step 2 of 4');
  session.pass(1000);
  const before = session.commands.length;
  shown.press('h');
  await shown.until('PAGE 23:52');
  shown.press('b', 'n', 'y', 'y');
  await shown.until('y does nothing here.');
  expect(session.commands.length).toBe(before);
  shown.press('Enter');
  await shown.until('Step 2 of 4');
});

test('where text is typed, h is a letter', async () => {
  const session = fakeSession();
  shown = await show(session, { ...size, coach: coachOfTest() });
  await shown.until('PAGE 23:52');
  shown.press('Enter');
  await toFirstStep(shown);
  shown.press('Enter');
  await shown.until('Step 2 of 4');
  session.pass(1000);
  shown.press('y');
  await shown.until('Step 3 of 4');
  session.pass(1000);
  shown.press('h');
  await shown.until('h▏');
});
