import { incidentOf } from '../core/report/incident.js';
import { reportMarkdown } from '../core/report/markdown.js';
import { findProject } from '../files/find-project.js';
import { readRunLog } from '../files/run-log.js';
import { stateFolder } from '../files/state-folder.js';
import { writeReport } from '../files/write-report.js';
import { findSession } from '../runtime/session-record.js';
import type { ReportFormat } from './formats.js';
import type { SharedOptions } from './options.js';
import { exitCodes } from './output.js';

/** Prints a session's incident report, made from its run log, and keeps it in the state folder. */
export async function report(
  session: string | undefined,
  { format = 'md', ...options }: SharedOptions & { readonly format?: ReportFormat },
): Promise<number> {
  const { project } = await findProject(options, process.env);
  const places = await stateFolder(process.env, project);
  const place = await findSession(places, session);
  const { records, problems } = await readRunLog(place.logPath);
  const texts: Record<ReportFormat, () => string | Promise<string>> = {
    md: () => reportMarkdown(place.id, records, problems),
    json: () => `${JSON.stringify(incidentOf(place.id, records, problems), null, 2)}\n`,
    html: async () => {
      const { reportHtml } = await import('./report-html.js');
      const markdown = reportMarkdown(place.id, records, problems);
      return reportHtml(`Incident report ${place.id}`, markdown);
    },
  };
  const text = await texts[format]();
  const path = await writeReport(places, `${place.id}.${format}`, text);
  process.stdout.write(text);
  process.stderr.write(`Written to ${path}\n`);
  return exitCodes.healthy;
}
