import { UserError } from '../core/errors.js';
import { oneLine } from '../core/telling/visible.js';
import { openGround } from '../runtime/ground.js';
import { leftOfPlan } from '../runtime/left-of-plan.js';
import { resolveSteps } from '../runtime/resume-state.js';
import { findSession, openSessionLog } from '../runtime/session-record.js';
import { worldOf } from '../runtime/world.js';
import { loadParser } from '../postgres/parse.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';

/**
 * What became of each step of a session, by its run log and by a look at the world; written
 * down, so that nothing is done twice. 0: all known, 4: something is not.
 */
export async function resume(
  session: string | undefined,
  options: SharedOptions & { readonly json?: boolean },
): Promise<number> {
  const ground = await openGround(options, process.env);
  const place = await findSession(await ground.places(), session);
  const log = await openSessionLog(place, () => new Date());
  try {
    const started = log.records.find((record) => record.type === 'session-started');
    const url = ground.resolved.databaseUrl;
    if (started === undefined || url === null) {
      throw new UserError(`Session ${place.id} does not say which database it was for.`);
    }
    const { migrations: root } = ground.resolved;
    const parser = await loadParser();
    const world = worldOf({ url, target: started.target, root, parser });
    const steps = await resolveSteps(log, world);
    const left = await leftOfPlan(ground, log.records, steps);
    const lines = steps.map(({ step, state }) => ({ step, ...state }));
    if (options.json) {
      const { problems } = log;
      printJson({ format: 1, session: place.id, steps: lines, problems, left });
    } else {
      print(
        [
          `Session ${place.id}`,
          ...lines.map(({ step, state, why }) =>
            oneLine(`  ${step}: ${state}${why === '' ? '' : ` (${why})`}`),
          ),
          ...(lines.length === 0 ? ['  No step was begun.'] : []),
          ...log.problems,
          ...(left === null ? [] : [`The plan did not come to its end. What is left: ${left}`]),
          'Go on with a new look at the world: pgmedic',
        ].join('\n'),
      );
    }
    const open = lines.some(({ state }) => state === 'unknown');
    return open ? exitCodes.unknownOutcome : exitCodes.healthy;
  } finally {
    await log.close();
  }
}
