import { findProject } from '../files/find-project.js';
import { stateFolder } from '../files/state-folder.js';
import { listSessions } from '../runtime/sessions.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';

/** Lists this project's sessions, the newest last. Needs no database. */
export async function sessions(
  options: SharedOptions & { readonly json?: boolean },
): Promise<number> {
  const { project } = await findProject(options, process.env);
  const list = (await listSessions(await stateFolder(process.env, project))).map((summary) => {
    const { session, startedAt, target, environment, operators, playbooks, problems } = summary;
    const unfinished = summary.standing === 'unfinished';
    const result = unfinished
      ? `${summary.result}: pgmedic resume ${session}`
      : `${summary.standing === 'going on' ? 'going on now: ' : ''}${summary.result}`;
    const database = target?.database ?? '?';
    const who = { environment, operators };
    return { session, startedAt, database, ...who, playbooks, unfinished, result, problems };
  });
  if (options.json) printJson({ sessions: list });
  else if (list.length === 0) print('This project has no session yet.');
  else {
    print(
      list
        .map(({ session, database, playbooks, result, problems }) =>
          [session, database, playbooks.join(', ') || 'looked only', result, ...problems].join(
            '  ',
          ),
        )
        .join('\n'),
    );
  }
  return exitCodes.healthy;
}
