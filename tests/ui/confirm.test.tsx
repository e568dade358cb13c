import { afterEach, expect, test } from 'vitest';
import type { Step } from '../../src/core/plan.js';
import type { FakeSession } from '../support/fake-session.js';
import { fakeSession } from '../support/fake-session.js';
import { applySql, dropTable, plan, tell, writeJournal } from '../support/states.js';
import type { Shown } from './support.js';
import { show, sizes } from './support.js';
import { toFirstStep } from './walk.js';

let shown: Shown | undefined;
afterEach(() => shown?.close());

const twice: readonly Step[] = [
  writeJournal,
  { ...writeJournal, id: 'second', digest: 'second0000000000' },
  { ...writeJournal, id: 'third', digest: 'third00000000000' },
];

async function at(steps: readonly Step[], hold: 'run-step' | 'exit' = 'exit') {
  const session = fakeSession({ plan: plan(steps), hold: [hold] });
  const screen = await show(session, sizes[0]);
  shown = screen;
  await toFirstStep(screen);
  return { session, screen };
}

function writes(session: FakeSession): number {
  return session.commands.filter((one) => one.type === 'run-step').length;
}

test('Enter alone confirms nothing', async () => {
  const { session, screen } = await at([writeJournal]);
  session.pass(1000);
  screen.press('Enter', 'Enter', 'Enter');
  await screen.until('Enter is never a yes');
  expect(writes(session)).toBe(0);
});

test('a confirmation carries the digest that is shown', async () => {
  const { session, screen } = await at([writeJournal]);
  session.pass(1000);
  screen.press('y');
  await screen.until('The migrator');
  const [run] = session.commands.filter((one) => one.type === 'run-step');
  expect(run?.confirmation).toMatchObject({ step: 'journal', digest: writeJournal.digest });
});

test('y at once after the step appeared is too quick', async () => {
  const { session, screen } = await at([writeJournal]);
  screen.press('y');
  await screen.until('Too quick');
  expect(writes(session)).toBe(0);
});

test('three y in one chunk confirm nothing', async () => {
  const { session, screen } = await at(twice);
  session.pass(1000);
  screen.press('yyy');
  await screen.until('Several keys came at once');
  expect(writes(session)).toBe(0);
});

test('three y in one tick confirm one step, and write once', async () => {
  const { session, screen } = await at(twice, 'run-step');
  session.pass(1000);
  screen.press('y', 'y', 'y');
  await screen.until('Running');
  expect(writes(session)).toBe(1);
});

test.each([250, 500, 660])(
  'y held down, repeating after %i ms and then every 30 ms, confirms one step only',
  async (delay) => {
    const { session, screen } = await at(twice);
    session.pass(1000);
    screen.press('y');
    await screen.until('Step 2 of 3');
    session.pass(delay);
    for (let repeat = 0; repeat < 100; repeat += 1) {
      screen.press('y');
      session.pass(30);
    }
    await screen.until('Too quick');
    expect(writes(session)).toBe(1);
  },
);

test('y held down over a slow line, some of it in one chunk, confirms one step only', async () => {
  const { session, screen } = await at(twice);
  session.pass(1000);
  screen.press('y');
  await screen.until('Step 2 of 3');
  session.pass(500);
  for (let repeat = 0; repeat < 20; repeat += 1) {
    screen.press('yyyy');
    session.pass(120);
  }
  await screen.until('Several keys came at once');
  screen.press('y');
  await screen.until('Too quick');
  expect(writes(session)).toBe(1);
});

test('DDL wants its word, then Enter in a chunk of its own', async () => {
  const { session, screen } = await at([applySql]);
  session.pass(1000);
  screen.press('apply\r');
  await screen.until('apply▏');
  expect(writes(session)).toBe(0);
  screen.press('Enter');
  await screen.until('The migrator');
  expect(writes(session)).toBe(1);
});

test.each(['y', 'Apply', 'applyy', 'shop'])('%s does not confirm DDL', async (typed) => {
  const { session, screen } = await at([applySql]);
  session.pass(1000);
  screen.press(...Array.from(typed), 'Enter');
  await screen.until('That does not match. Type apply');
  expect(writes(session)).toBe(0);
});

test('what is typed can be mended, letters of other keys included', async () => {
  const { session, screen } = await at([applySql]);
  session.pass(1000);
  screen.press('n', 'q', '?', 'apple');
  await screen.until('nq?apple▏');
  screen.press('Backspace', 'y');
  await screen.until('nq?apply▏');
  screen.press('\u0015', 'apply', 'Enter');
  await screen.until('The migrator');
  expect(writes(session)).toBe(1);
});

test('what was typed before the word was asked for is not taken', async () => {
  const { session, screen } = await at([applySql]);
  screen.press('y');
  await screen.until('Too quick');
  session.pass(1000);
  screen.press('apply', 'Enter');
  await screen.until('The migrator');
  expect(writes(session)).toBe(1);
});

test('a destructive step wants the name of the database', async () => {
  const { session, screen } = await at([dropTable]);
  session.pass(1000);
  screen.press('apply', 'Enter');
  await screen.until('That does not match. Type shop');
  screen.press('\u0015', 'shop', 'Enter');
  await screen.until('The migrator');
  const [run] = session.commands.filter((one) => one.type === 'run-step');
  expect(run?.confirmation?.typed).toBe('shop');
});

test('n ends the plan and leaves the rest undone', async () => {
  const { session, screen } = await at([tell, writeJournal]);
  screen.press('Enter');
  await screen.until('Step 2 of 2');
  screen.press('n');
  await screen.until(/not run +Write the journal/);
  expect(writes(session)).toBe(1);
});

test('Ctrl-C hidden in a chunk still cancels', async () => {
  const { session, screen } = await at([applySql]);
  screen.press('app\u0003');
  await screen.until('The report is written.');
  expect(writes(session)).toBe(0);
  expect(await session.handle.ended).toBe(1);
});
