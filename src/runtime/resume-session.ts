import { UserError } from '../core/errors.js';
import type { Resumed } from '../core/report/summary.js';
import { loadParser } from '../postgres/parse.js';
import type { Ground } from './ground.js';
import { leftOfPlan } from './left-of-plan.js';
import { resolveSteps } from './resume-state.js';
import { openSessionLog, type SessionPlace } from './session-record.js';
import { worldOf } from './world.js';

/**
 * What became of each step of a session, by its run log and by a look at the world; written
 * down, so that nothing is done twice. Then the session is over: whoever ran it did not say so.
 * @throws UserError when its run log is open elsewhere, or does not say which database it was for
 */
export async function resumeSession(ground: Ground, place: SessionPlace): Promise<Resumed> {
  const log = await openSessionLog(place, () => new Date());
  try {
    const started = log.records.find((record) => record.type === 'session-started');
    const url = ground.resolved.databaseUrl;
    if (started === undefined || url === null) {
      throw new UserError(`Session ${place.id} does not say which database it was for.`);
    }
    const { migrations: root } = ground.resolved;
    const world = worldOf({ url, target: started.target, root, parser: await loadParser() });
    const standings = await resolveSteps(log, world);
    const left = await leftOfPlan(ground, log.records, standings);
    if (!log.records.some(({ type }) => type === 'session-ended')) {
      await log.append({ type: 'session-ended', note: 'looked at afterwards' });
    }
    const steps = standings.map(({ step, state }) => ({ step, ...state }));
    return { session: place.id, steps, problems: log.problems, left };
  } finally {
    await log.close();
  }
}
