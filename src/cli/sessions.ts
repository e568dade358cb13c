import type { RunLogRecord } from '../core/run-log.js';
import { readRunLog } from '../files/run-log.js';
import { findProject } from '../files/find-project.js';
import { stateFolder } from '../files/state-folder.js';
import { sessionIds, sessionPlace } from '../runtime/session-record.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print, printJson } from './output.js';

/** Lists this project's sessions, the newest last. Needs no database. */
export async function sessions(
  options: SharedOptions & { readonly json?: boolean },
): Promise<number> {
  const { project } = await findProject(options, process.env);
  const places = await stateFolder(process.env, project);
  const list = await Promise.all(
    (await sessionIds(places)).map(async (id) => {
      const { records, problems } = await readRunLog(sessionPlace(places, id).logPath).catch(
        () => ({ records: [], problems: ['its run log cannot be read'] }),
      );
      return { session: id, ...summary(records), problems };
    }),
  );
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

function summary(records: readonly RunLogRecord[]) {
  const started = records.find((record) => record.type === 'session-started');
  const plans = records.flatMap((record) => (record.type === 'plan' ? [record.plan.playbook] : []));
  const verified = records.findLast((record) => record.type === 'verified');
  const ended = records.some((record) => record.type === 'session-ended');
  return {
    startedAt: records[0]?.at ?? null,
    database: started?.target.database ?? '?',
    playbooks: plans,
    result: ended ? (verified?.notes.join(' ') ?? '') : 'it did not end: pgmedic resume',
  };
}
