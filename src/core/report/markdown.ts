import { type AcceptedBackup, lookedAt, type ProvenBackup, type ReadBackup } from '../backup.js';
import type { Finding } from '../finding.js';
import { redactDeep } from '../redact.js';
import type { RunLogRecord } from '../run-log.js';
import { describeNextRun } from '../session/verdict.js';
import { counted } from '../telling/amounts.js';
import { oneLine, visible } from '../telling/visible.js';
import { halfRunText } from './half-run.js';
import { preventionFor } from './prevention.js';
import { only } from './records.js';
import { stepsText } from './steps.js';

/**
 * The incident report of one session, in Markdown, from its run log alone: so it can be made
 * again at any time, also after a crash. `problems`: what is wrong with the log. Times are UTC.
 * A log of an older version may still have secrets.
 */
export function reportMarkdown(
  session: string,
  logged: readonly RunLogRecord[],
  problems: readonly string[] = [],
): string {
  const records = redactDeep(logged);
  const sections = [
    head(session, records),
    section('Findings', findingsText(only(records, 'diagnosed').at(0)?.findings ?? [])),
    section('Backup', backupText(records)),
    section('Steps', stepsText(records)),
    section('Verification', verificationText(records)),
    section('What stays open', openText(records)),
    section('How to prevent it', list(preventionFor(codesOf(records)), 'Nothing was found.')),
    section('Timeline', timelineText(records)),
    ...(problems.length > 0 ? [section('The run log itself', list(problems, ''))] : []),
  ];
  // A tab may belong to the SQL, which is to be copied from here.
  return `${sections.join('\n\n')}\n`.split('\t').map(visible).join('\t');
}

function head(session: string, records: readonly RunLogRecord[]): string {
  const started = only(records, 'session-started').at(0);
  const target = started?.target;
  const titles = [...new Set(only(records, 'plan').map(({ plan }) => oneLine(plan.title)))];
  const environment = started?.settings.find((setting) => setting.name === 'environment')?.value;
  const rows: [string, string][] = [
    ['Session', session],
    [
      'Database',
      target ? `${target.database} at ${target.host}:${target.port}, as ${target.user}` : 'unknown',
    ],
    ['Environment', environment ?? 'not named'],
    ['From', records.at(0)?.at ?? 'unknown'],
    ['To', records.at(-1)?.at ?? 'unknown'],
    ['Operator', operators(records).join(', ') || 'nobody confirmed a step'],
    ['Playbooks', titles.join(', ') || 'none'],
    ['Result', resultText(records)],
    ['pgmedic', started?.version ?? 'unknown'],
  ];
  const table = rows.map(([name, value]) => `| ${name} | ${cell(value)} |`).join('\n');
  return `# Incident report: ${target?.database ?? 'unknown database'}\n\n| | |\n|---|---|\n${table}`;
}

/** One sentence on how it ended, from what is recorded and nothing else. */
function resultText(records: readonly RunLogRecord[]): string {
  const open = openSteps(records);
  if (open.length > 0) return `unknown: no outcome is recorded for ${open.join(', ')}`;
  if (only(records, 'plan').length === 0) return 'looked only; nothing was written';
  const verified = records.findLastIndex((record) => record.type === 'verified');
  const undone = only(records.slice(verified + 1), 'undo-outcome').filter(
    ({ outcome }) => outcome.state === 'done',
  );
  const words = only(records, 'verified').at(-1)?.notes[0] ?? 'not verified';
  if (undone.length === 0) return words;
  return `taken back afterwards: ${undone.map(({ step }) => step).join(', ')}. Before that: ${words}`;
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

function backupText(records: readonly RunLogRecord[]): string {
  const accepted = only(records, 'backup-accepted').map(({ backup }) => backup);
  const backups = records.flatMap((record) =>
    record.type === 'backup-proven' || record.type === 'backup-read-back' ? [record.backup] : [],
  );
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

function verificationText(records: readonly RunLogRecord[]): string {
  const verified = only(records, 'verified');
  if (verified.length === 0) return 'Nothing was verified.';
  return verified.map((record) => `- ${record.at}: ${oneLine(record.notes.join(' '))}`).join('\n');
}

function openText(records: readonly RunLogRecord[]): string {
  const last = only(records, 'diagnosed').at(-1);
  const steps = openSteps(records).map(
    (step) => `- Step ${oneLine(step)}: its outcome is not known.`,
  );
  const next = last ? [`- Next run of the migrator: ${describeNextRun(last.nextRun)}`] : [];
  const findings = last?.findings ?? [];
  const rest = findings.length === 0 ? ['- No finding is left.'] : [findingsText(findings)];
  return [...steps, ...halfRunText(records), ...next, ...rest].join('\n');
}

function timelineText(records: readonly RunLogRecord[]): string {
  return records
    .flatMap((record) => {
      const words = timelineWords(record);
      return words === null ? [] : [`- ${record.at} ${oneLine(words)}`];
    })
    .join('\n');
}

function timelineWords(record: RunLogRecord): string | null {
  switch (record.type) {
    case 'session-started':
      return 'session began';
    case 'diagnosed':
      return `read: ${counted(record.migrations, 'migration')}, ${counted(record.findings.length, 'finding')}`;
    case 'backup-proven':
      return `backup proven: ${record.backup.proof}`;
    case 'backup-read-back':
      return `backup read back, not proven: ${record.backup.unproven}`;
    case 'backup-accepted':
      return `the backup that is not proven was accepted by ${record.backup.accepted.by}: ${record.backup.accepted.reason}`;
    case 'backup-failed':
      return `no backup: ${record.message}`;
    case 'plan':
      return `plan begun: ${record.plan.title}`;
    case 'intent':
      return `${record.step}: begun`;
    case 'xid':
      return `${record.step}: transaction ${record.xid} about to commit`;
    case 'outcome':
      return `${record.step}: ${record.outcome.state}`;
    case 'undo-intent':
      return `${record.step}: undo begun`;
    case 'undo-outcome':
      return `${record.step}: undo ${record.outcome.state}`;
    case 'resolved':
      return `${record.step}: ${record.state.state} (looked at afterwards)`;
    case 'verified':
      return `verified: ${record.notes.join(' ')}`;
    case 'session-ended':
      return `session ended${record.note === '' ? '' : `: ${record.note}`}`;
    case 'sent':
      return null;
  }
}

/** Steps that were begun and of which no outcome is known. */
function openSteps(records: readonly RunLogRecord[]): readonly string[] {
  const open = new Set<string>();
  for (const record of records) {
    if (record.type === 'intent') open.add(record.step);
    if (record.type === 'undo-intent') open.add(`undo:${record.step}`);
    if (record.type === 'outcome' && record.outcome.state !== 'unknown') open.delete(record.step);
    if (record.type === 'undo-outcome' && record.outcome.state !== 'unknown') {
      open.delete(`undo:${record.step}`);
    }
    if (record.type === 'resolved' && record.state.state !== 'unknown') open.delete(record.step);
  }
  return [...open];
}

function codesOf(records: readonly RunLogRecord[]): readonly Finding['code'][] {
  return only(records, 'diagnosed').flatMap(({ findings }) => findings.map(({ code }) => code));
}

function operators(records: readonly RunLogRecord[]): readonly string[] {
  const names = records.flatMap((record) =>
    (record.type === 'intent' || record.type === 'undo-intent') && record.confirmation
      ? [record.confirmation.by]
      : [],
  );
  return [...new Set(names)];
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
