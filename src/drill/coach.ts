import type { Coach } from '../core/coach.js';
import type { Drill } from './ground.js';

export function coachOf({ page, goal, hints }: Pick<Drill, 'page' | 'goal' | 'hints'>): Coach {
  let given = 0;
  return {
    ...{ page, goal, hints },
    given: () => given,
    giveNext: () => {
      given = Math.min(given + 1, hints.length);
    },
  };
}
