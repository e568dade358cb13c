import { reportMarkdown } from '../core/report/markdown.js';
import { findProject } from '../files/find-project.js';
import { readRunLog } from '../files/run-log.js';
import { stateFolder } from '../files/state-folder.js';
import { writeReport } from '../files/write-report.js';
import { findSession } from '../runtime/session-record.js';
import type { SharedOptions } from './options.js';
import { exitCodes, print } from './output.js';

/** Prints a session's incident report, made from its run log, and keeps it in the state folder. */
export async function report(session: string | undefined, options: SharedOptions): Promise<number> {
  const { project } = await findProject(options, process.env);
  const places = await stateFolder(process.env, project);
  const place = await findSession(places, session);
  const { records, problems } = await readRunLog(place.logPath);
  const markdown = reportMarkdown(place.id, records, problems);
  const path = await writeReport(places, place.id, markdown);
  print(markdown);
  process.stderr.write(`Written to ${path}\n`);
  return exitCodes.healthy;
}
