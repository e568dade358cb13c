import { resumedLines } from '../core/telling/sessions-words.js';
import { withGround } from '../runtime/ground.js';
import { resumeSession } from '../runtime/resume-session.js';
import { findSession } from '../runtime/session-record.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';

/** Says what became of each step of a session, and writes it down. 0: all known, 4: something is not. */
export async function resume(
  session: string | undefined,
  options: SharedOptions & { readonly json?: boolean },
): Promise<number> {
  return withGround(options, async (ground) => {
    const resumed = await resumeSession(ground, await findSession(await ground.places(), session));
    if (options.json) printJson({ format: 1, ...resumed });
    else
      print([...resumedLines(resumed), 'Go on with a new look at the world: pgmedic'].join('\n'));
    const open = resumed.steps.some(({ state }) => state === 'unknown');
    return open ? exitCodes.unknownOutcome : exitCodes.healthy;
  });
}
