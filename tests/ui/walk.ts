import type { State } from '../../src/core/session/state.js';
import type { FakeSession } from '../support/fake-session.js';
import type { Shown } from './support.js';

/** From the board to the first step of the plan, by keys. */
export async function toFirstStep(shown: Shown): Promise<void> {
  await shown.until('recommended');
  shown.press('p');
  await shown.until('Treats here');
  shown.press('Enter');
  await shown.until('question 1 of 2');
  shown.press('Enter');
  await shown.until('question 2 of 2');
  shown.press('Down', 'Enter');
  await shown.until('Plan: ');
  shown.press('Enter');
  await shown.until('Step 1 of');
}

/** Every state a session goes through, in order. */
export function recordStates(session: FakeSession): readonly State[] {
  const states: State[] = [session.state()];
  session.handle.subscribe(() => states.push(session.state()));
  return states;
}
