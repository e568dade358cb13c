import { writeFile } from 'node:fs/promises';
import { shellWord } from '../backup/restore-command.js';
import { UserError } from '../core/errors.js';
import type { RunLogRecord } from '../core/run-log.js';
import { incidentOf } from '../core/report/incident.js';
import { reportMarkdown } from '../core/report/markdown.js';
import { findProject } from '../files/find-project.js';
import { readRunLog } from '../files/run-log.js';
import { stateFolder } from '../files/state-folder.js';
import { writeReport } from '../files/write-report.js';
import { kindOf } from '../files/project.js';
import { findSession, type SessionPlace } from '../runtime/session-record.js';
import type { ReportFormat } from './formats.js';
import type { SharedOptions } from './options.js';
import { exitCodes } from './output.js';
import { signalled } from './signalled.js';

interface ReportOptions extends SharedOptions {
  readonly format?: ReportFormat;
  readonly asDrill?: string;
}

/** Prints a session's incident report, made from its run log, and keeps it in the state folder; or writes it as a drill. */
export async function report(
  session: string | undefined,
  { format = 'md', asDrill, ...options }: ReportOptions,
): Promise<number> {
  const { project } = await findProject(options, process.env);
  const places = await stateFolder(process.env, project);
  const place = await findSession(places, session);
  const { records, problems } = await readRunLog(place.logPath);
  if (asDrill !== undefined) return writeDrill(project, { place, records }, asDrill);
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

async function writeDrill(
  project: string,
  session: { readonly place: SessionPlace; readonly records: readonly RunLogRecord[] },
  file: string,
): Promise<number> {
  const [{ exportIncident }, { startSandbox }] = await Promise.all([
    import('../drill/incident/export.js'),
    import('../sandbox/start.js'),
  ]);
  if ((await kindOf(file)) !== 'missing') {
    throw new UserError(`${file} is there already.`, ['Name a file that is not there yet.']);
  }
  const { signal, unhook } = signalled();
  try {
    const sandbox = await startSandbox({ signal });
    try {
      const drill = await exportIncident(project, session, { sandbox, signal });
      await writeFile(file, `${JSON.stringify(drill, null, 2)}\n`, { mode: 0o600, flag: 'wx' });
    } finally {
      await sandbox.stop();
    }
  } catch (error) {
    throw signal.aborted ? new UserError('Stopped; no drill was written.', []) : error;
  } finally {
    unhook();
  }
  process.stderr.write(
    `Written to ${file}: migrations, definitions and history; no row of a table, no host, no password.
Migrations, function bodies and comments are in it as they are: read it before you give it away.
Play it: pgmedic drill --from ${shellWord(file)}
`,
  );
  return exitCodes.healthy;
}
