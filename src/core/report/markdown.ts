import { type AcceptedBackup, lookedAt, type ProvenBackup, type ReadBackup } from '../backup.js';
import type { Finding } from '../finding.js';
import { redactDeep } from '../redact.js';
import type { RunLogRecord } from '../run-log.js';
import { describeNextRun } from '../session/verdict.js';
import { oneLine, visible } from '../telling/visible.js';
import { type Incident, incidentIn } from './incident.js';
import { only } from './records.js';
import { stepsText } from './steps.js';

/** The incident report of one session, in Markdown. `problems`: what is wrong with the log. */
export function reportMarkdown(
  session: string,
  logged: readonly RunLogRecord[],
  problems: readonly string[] = [],
): string {
  const records = redactDeep(logged);
  const incident = incidentIn(session, records, problems);
  const { timeline, found, decisions, prevention } = incident;
  const sections = [
    head(incident),
    section('Impact', impactText(incident)),
    section(
      'Timeline',
      list(
        timeline.map(({ at, what }) => `${at} ${oneLine(what)}`),
        'Nothing.',
      ),
    ),
    section('Root cause, as found', findingsText(found)),
    section('Decisions', list(decisions.map(decisionText), 'None.')),
    section('Backup', backupText(records, incident)),
    section('Steps', stepsText(records)),
    section('Verification', verificationText(incident)),
    section('What stays open', openText(incident)),
    section('How to prevent it', list(prevention, 'Nothing was found.')),
    ...(problems.length > 0 ? [section('The run log itself', list(problems, ''))] : []),
  ];
  // A tab may belong to the SQL, which is to be copied from here.
  return `${sections.join('\n\n')}\n`.split('\t').map(visible).join('\t');
}

function head({ target, ...incident }: Incident): string {
  const rows: [string, string][] = [
    ['Session', incident.session],
    [
      'Database',
      target ? `${target.database} at ${target.host}:${target.port}, as ${target.user}` : 'unknown',
    ],
    ['Environment', incident.environment ?? 'not named'],
    ['From', incident.from ?? 'unknown'],
    ['To', incident.to ?? 'unknown'],
    ['Operator', incident.operators.join(', ') || 'nobody confirmed a step'],
    ['Playbooks', incident.playbooks.map(oneLine).join(', ') || 'none'],
    ['Result', incident.result],
    ['pgmedic', incident.pgmedic ?? 'unknown'],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${cell(value)} |`).join('\n');
  return `# Incident report: ${target?.database ?? 'unknown database'}\n\n| | |\n|---|---|\n${table}`;
}

function impactText({ impact }: Incident): string {
  const unsaid = 'What users met, and since when, is not in the run log: write it here.';
  return list([...impact.map(oneLine), unsaid], '');
}

function decisionText({ at, by, what }: Incident['decisions'][number]): string {
  return `${at}${by === null ? '' : ` ${oneLine(by)}`}: ${oneLine(what)}`;
}

function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'None.';
  return findings
    .map((finding) => {
      const evidence = finding.evidence.map((line) => `  - ${oneLine(line)}`).join('\n');
      return `- **${finding.severity}** \`${finding.code}\`: ${oneLine(finding.title)}\n${evidence}`;
    })
    .join('\n');
}

function backupText(records: readonly RunLogRecord[], { backups }: Incident): string {
  const accepted = only(records, 'backup-accepted').map(({ backup }) => backup);
  if (backups.length === 0) return 'None was taken.';
  return backups
    .map((backup) => {
      const reason = accepted.find(({ sha256 }) => sha256 === backup.sha256);
      return oneBackup(backup, reason?.accepted ?? null);
    })
    .join('\n\n');
}

function oneBackup(
  backup: ProvenBackup | ReadBackup,
  accepted: AcceptedBackup['accepted'] | null,
): string {
  const proven = 'proof' in backup;
  return [
    `- File: \`${backup.path}\` (${backup.bytes} bytes, by ${backup.by})`,
    ...(backup.chosen === undefined ? [] : [`- How: ${oneLine(backup.chosen)}`]),
    ...(backup.lag == null ? [] : [`- Taken ${oneLine(backup.lag)}`]),
    `- SHA-256: \`${backup.sha256}\``,
    proven
      ? `- Proof: ${backup.proof}`
      : `- **Not proven**: ${oneLine(backup.unproven)}. It was ${oneLine(backup.reading)}.`,
    ...(accepted === null
      ? []
      : [
          `- Gone on with all the same, by ${oneLine(accepted.by)} at ${accepted.at}: ${oneLine(accepted.reason)}`,
        ]),
    `- Taken from ${backup.startedAt}, ${proven ? 'proven' : 'read back'} at ${lookedAt(backup)}`,
    `- To restore it by hand: \`${backup.restoreCommand}\``,
  ].join('\n');
}

function verificationText({ verified }: Incident): string {
  return list(
    verified.map(({ at, notes }) => `${at}: ${oneLine(notes.join(' '))}`),
    'Nothing was verified.',
  );
}

function openText({ open: { unknown, halfRun, nextRun, findings } }: Incident): string {
  const steps = unknown.map((step) => `- Step ${oneLine(step)}: its outcome is not known.`);
  const next = nextRun ? [`- Next run of the migrator: ${describeNextRun(nextRun)}`] : [];
  const rest = findings.length === 0 ? ['- No finding is left.'] : [findingsText(findings)];
  return [...steps, ...halfRun, ...next, ...rest].join('\n');
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body}`;
}

function list(lines: readonly string[], none: string): string {
  return lines.length === 0 ? none : lines.map((line) => `- ${line}`).join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
