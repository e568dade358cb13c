import { setTimeout as pause } from 'node:timers/promises';
import type { State } from '../../src/core/session/state.js';
import type { SessionHandle } from '../../src/core/session/store.js';
import { earlier, killed } from '../support/earlier-sessions.js';
import { fakeSession } from '../support/fake-session.js';
import { recordStates } from './walk.js';

/** Until what the scene about earlier sessions asked for is there. */
async function loaded({ getState }: SessionHandle): Promise<void> {
  const waits = (): boolean => Object.values(getState().scene).includes(null);
  while (waits()) await pause(1);
}

/** States of every scene, by the real update, with names and texts as awkward as they come. */
export async function everyState(): Promise<readonly State[]> {
  const session = fakeSession({ earlier });
  const states = recordStates(session);
  const { handle } = session;
  const until = async (name: State['scene']['name'], index = 0): Promise<void> => {
    const here = (): boolean => {
      const { scene } = handle.getState();
      return scene.name === name && ('index' in scene ? scene.index : 0) === index;
    };
    while (!here()) await pause(1);
  };
  const at = 0;
  await until('board');
  handle.dispatch({ type: 'show-sessions' });
  await loaded(handle);
  handle.dispatch({ type: 'open-session', session: killed.session });
  await loaded(handle);
  handle.dispatch({ type: 'resume-session', at });
  await loaded(handle);
  handle.dispatch({ type: 'enter', at });
  await until('board');
  handle.dispatch({ type: 'show-findings' });
  handle.dispatch({ type: 'enter', at });
  handle.dispatch({ type: 'enter', at });
  handle.dispatch({ type: 'answer', value: 'keep' });
  handle.dispatch({ type: 'answer', value: 'yes' });
  await until('plan');
  handle.dispatch({ type: 'enter', at });
  for (const index of [0, 1, 2, 3]) {
    await until('step', index);
    const step = handle.getState().runs[0]?.plan.steps[index];
    if (step?.kind === 'write') {
      const typed = step.risk === 'ddl' ? 'apply' : null;
      const { id, digest } = step;
      handle.dispatch({ type: 'confirm', step: id, digest, typed, by: 'prompt', at });
    } else handle.dispatch({ type: 'enter', at });
  }
  await until('ended');
  handle.dispatch({ type: 'leave' });
  await handle.ended;
  return states;
}
