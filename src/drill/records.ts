import type { RunLogRecord } from '../core/run-log.js';
import { readRunLog } from '../files/run-log.js';
import { stateFolder } from '../files/state-folder.js';
import { sessionIds, sessionPlace } from '../runtime/session-record.js';

/** The run logs of all sessions over a drill's folder, one behind the other. */
export async function recordsOf(
  env: NodeJS.ProcessEnv,
  dir: string,
): Promise<readonly RunLogRecord[]> {
  const places = await stateFolder(env, dir);
  const logs: RunLogRecord[] = [];
  for (const id of await sessionIds(places)) {
    // A session that could not look has a folder and no log.
    const { records } = await readRunLog(sessionPlace(places, id).logPath).catch(() => ({
      records: [],
    }));
    logs.push(...records);
  }
  return logs;
}
