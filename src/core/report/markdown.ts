import type { Finding } from '../finding.js';
import type { Plan, Step, StepOutcome } from '../plan.js';
import type { RunLogRecord } from '../run-log.js';
import { describeNextRun } from '../session/verdict.js';
import { preventionFor } from './prevention.js';
import { sqlByHand } from './by-hand.js';

type Of<T extends RunLogRecord['type']> = Extract<RunLogRecord, { type: T }>;

/**
 * The incident report of one session, in Markdown, from its run log alone: so it can be made
 * again at any time, also after a crash. `problems`: what is wrong with the log. Times are UTC.
 */
export function reportMarkdown(
  session: string,
  records: readonly RunLogRecord[],
  problems: readonly string[] = [],
): string {
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
  return `${sections.join('\n\n')}\n`;
}

function head(session: string, records: readonly RunLogRecord[]): string {
  const started = only(records, 'session-started').at(0);
  const target = started?.target;
  const titles = [...new Set(only(records, 'plan').map(({ plan }) => plan.title))];
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
  return only(records, 'verified').at(-1)?.notes[0] ?? 'not verified';
}

function findingsText(findings: readonly Finding[]): string {
  if (findings.length === 0) return 'None.';
  return findings
    .map((finding) => {
      const evidence = finding.evidence.map((line) => `  - ${line}`).join('\n');
      return `- **${finding.severity}** \`${finding.code}\`: ${finding.title}\n${evidence}`;
    })
    .join('\n');
}

function backupText(records: readonly RunLogRecord[]): string {
  const backups = only(records, 'backup-proven');
  if (backups.length === 0) return 'None was taken.';
  return backups
    .map(({ backup }) =>
      [
        `- File: \`${backup.path}\` (${backup.bytes} bytes, by ${backup.by})`,
        `- SHA-256: \`${backup.sha256}\``,
        `- Proof: ${backup.proof}`,
        `- Taken from ${backup.startedAt}, proven at ${backup.provenAt}`,
        `- To restore it by hand: \`${backup.restoreCommand}\``,
      ].join('\n'),
    )
    .join('\n\n');
}

function stepsText(records: readonly RunLogRecord[]): string {
  const plans = records.flatMap((record, index) => (record.type === 'plan' ? [index] : []));
  if (plans.length === 0) return 'None.';
  return plans
    .map((from, index) => {
      const { plan } = records[from] as Of<'plan'>;
      return planText(plan, records.slice(from, plans[index + 1]));
    })
    .join('\n\n');
}

function planText(plan: Plan, records: readonly RunLogRecord[]): string {
  const answers = Object.entries(plan.answers).map(
    ([id, value]) => `- Decided: ${id} = ${value === '' ? '(no answer)' : value}`,
  );
  const warnings = plan.warnings.map((warning) => `- Warning: ${warning}`);
  const notes = [...answers, ...warnings].join('\n');
  const steps = plan.steps.map((step, index) => stepText(step, index + 1, records)).join('\n\n');
  return [`### ${plan.title}`, notes, steps].filter((part) => part !== '').join('\n\n');
}

function stepText(step: Step, number: number, records: readonly RunLogRecord[]): string {
  const mine = (record: { readonly step: string }): boolean => record.step === step.id;
  const intent = only(records, 'intent').filter(mine).at(-1);
  const confirmation = intent?.confirmation;
  const outcome = only(records, 'outcome').filter(mine).at(-1)?.outcome ?? null;
  const lines = [`#### ${number}. ${step.title}`];
  if (step.text !== '') lines.push('', step.text);
  const exact = sqlByHand(step);
  if (exact !== '') lines.push('', ...fenced(step.kind === 'write' ? 'sql' : 'sh', exact));
  lines.push('');
  if (confirmation) {
    lines.push(
      `- Confirmed by ${confirmation.by} at ${confirmation.at} (digest ${confirmation.digest})`,
    );
  }
  lines.push(`- Outcome: ${outcomeText(outcome, intent !== undefined)}`);
  for (const resolved of only(records, 'resolved').filter(mine)) {
    lines.push(`- Looked at later: ${resolved.state.state}: ${resolved.state.why}`);
  }
  for (const undo of only(records, 'undo-outcome').filter(mine)) {
    lines.push(`- Undone at ${undo.at}: ${outcomeText(undo.outcome, true)}`);
  }
  return lines.join('\n');
}

export function outcomeText(outcome: StepOutcome | null, begun: boolean): string {
  if (outcome === null)
    return begun ? 'unknown: it was begun and no outcome is recorded' : 'not run';
  switch (outcome.state) {
    case 'done':
      return `done. ${outcome.note}`.trim();
    case 'failed': {
      const code = outcome.detail?.sqlstate ? ` (SQLSTATE ${outcome.detail.sqlstate})` : '';
      const at = outcome.detail?.at;
      const where = at
        ? `\n\n      ${at.path}:${at.line}:${at.column}\n      ${at.excerpt.replaceAll('\n', '\n      ')}\n`
        : '';
      return `failed: ${outcome.message}${code}${where}`;
    }
    case 'unknown':
      return `unknown, look at this: ${outcome.message}`;
    case 'notRun':
      return `not run: ${outcome.why}`;
  }
}

function verificationText(records: readonly RunLogRecord[]): string {
  const verified = only(records, 'verified');
  if (verified.length === 0) return 'Nothing was verified.';
  return verified.map((record) => `- ${record.at}: ${record.notes.join(' ')}`).join('\n');
}

function openText(records: readonly RunLogRecord[]): string {
  const last = only(records, 'diagnosed').at(-1);
  const steps = openSteps(records).map((step) => `- Step ${step}: its outcome is not known.`);
  const next = last ? [`- Next run of the migrator: ${describeNextRun(last.nextRun)}`] : [];
  const findings = last?.findings ?? [];
  const rest = findings.length === 0 ? ['- No finding is left.'] : [findingsText(findings)];
  return [...steps, ...next, ...rest].join('\n');
}

function timelineText(records: readonly RunLogRecord[]): string {
  return records
    .flatMap((record) => {
      const words = timelineWords(record);
      return words === null ? [] : [`- ${record.at} ${words}`];
    })
    .join('\n');
}

function timelineWords(record: RunLogRecord): string | null {
  switch (record.type) {
    case 'session-started':
      return 'session began';
    case 'diagnosed':
      return `read: ${record.migrations} migrations, ${record.findings.length} findings`;
    case 'backup-proven':
      return `backup proven: ${record.backup.proof}`;
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
    if (record.type === 'outcome' && record.outcome.state !== 'unknown') open.delete(record.step);
    if (record.type === 'resolved' && record.state.state !== 'unknown') open.delete(record.step);
  }
  return [...open];
}

function codesOf(records: readonly RunLogRecord[]): readonly Finding['code'][] {
  return only(records, 'diagnosed').flatMap(({ findings }) => findings.map(({ code }) => code));
}

function operators(records: readonly RunLogRecord[]): readonly string[] {
  const names = records.flatMap((record) =>
    record.type === 'intent' && record.confirmation ? [record.confirmation.by] : [],
  );
  return [...new Set(names)];
}

function only<T extends RunLogRecord['type']>(
  records: readonly RunLogRecord[],
  type: T,
): readonly Of<T>[] {
  return records.filter((record): record is Of<T> => record.type === type);
}

function section(title: string, body: string): string {
  return `## ${title}\n\n${body}`;
}

function list(lines: readonly string[], none: string): string {
  return lines.length === 0 ? none : lines.map((line) => `- ${line}`).join('\n');
}

/** A fence longer than any run of backticks inside. */
function fenced(language: string, text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, text, fence];
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
