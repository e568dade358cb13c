import type { Plan, Step, StepOutcome } from '../plan.js';
import type { RunLogRecord } from '../run-log.js';
import { sqlByHand } from './by-hand.js';
import { only, type Of } from './records.js';
import { oneLine } from '../telling/visible.js';

/** Each plan that was begun, with its record and those up to the next plan. */
export function plansOf(
  records: readonly RunLogRecord[],
): readonly { readonly plan: Plan; readonly records: readonly RunLogRecord[] }[] {
  const starts = records.flatMap((record, index) => (record.type === 'plan' ? [index] : []));
  return starts.map((from, index) => ({
    plan: (records[from] as Of<'plan'>).plan,
    records: records.slice(from, starts[index + 1]),
  }));
}

/** Every step of every plan: what would run, who confirmed it, what became of it; then what was taken back of other sessions. */
export function stepsText(records: readonly RunLogRecord[]): string {
  const plans = plansOf(records).map(({ plan, records: its }) => planText(plan, its));
  const back = only(records, 'took-back').map(({ session, step, outcome }) =>
    oneLine(`- Undo of ${step}, session ${session}, whose report has it all: ${outcome.state}`),
  );
  const parts = [...plans, ...(back.length === 0 ? [] : [back.join('\n')])];
  return parts.length === 0 ? 'None.' : parts.join('\n\n');
}

function planText(plan: Plan, records: readonly RunLogRecord[]): string {
  const warnings = plan.warnings.map((warning) => `- Warning: ${oneLine(warning)}`);
  const seen = (plan.seen ?? []).map((line) => `- Seen: ${oneLine(line)}`);
  const notes = [...warnings, ...seen].join('\n');
  const steps = plan.steps.map((step, index) => stepText(step, index + 1, records)).join('\n\n');
  return [`### ${oneLine(plan.title)}`, notes, steps].filter((part) => part !== '').join('\n\n');
}

function stepText(step: Step, number: number, records: readonly RunLogRecord[]): string {
  const mine = (record: { readonly step: string }): boolean => record.step === step.id;
  const intent = only(records, 'intent').filter(mine).at(-1);
  const confirmation = intent?.confirmation;
  const outcome = only(records, 'outcome').filter(mine).at(-1)?.outcome ?? null;
  const lines = [`#### ${number}. ${oneLine(step.title)}`];
  if (step.text !== '') lines.push('', ...paragraph(step.text));
  lines.push(...exactText(step), '');
  if (confirmation) {
    lines.push(
      `- Confirmed by ${confirmation.by} at ${confirmation.at} (digest ${confirmation.digest})`,
    );
  }
  lines.push(`- Outcome: ${outcomeText(outcome, intent !== undefined)}`);
  for (const next of nextOf(outcome)) lines.push(`- To do: ${next}`);
  for (const resolved of only(records, 'resolved').filter(mine)) {
    lines.push(`- Looked at later: ${resolved.state.state}: ${resolved.state.why}`);
  }
  for (const undo of only(records, 'undo-intent').filter(mine)) {
    const { by, at, digest } = undo.confirmation;
    lines.push(`- Undo confirmed by ${by} at ${at} (digest ${digest})`);
  }
  for (const undo of only(records, 'undo-outcome').filter(mine)) {
    lines.push(`- Undone at ${undo.at}: ${outcomeText(undo.outcome, true)}`);
  }
  for (const { step: name, state } of only(records, 'resolved')) {
    if (name === `undo:${step.id}`)
      lines.push(`- Undo looked at later: ${state.state}: ${state.why}`);
  }
  return lines.join('\n');
}

/** What runs, exactly: SQL, a command, or a file's new content. */
function exactText(step: Step): readonly string[] {
  if (step.kind === 'write' && step.write.type === 'file') {
    const { path, after } = step.write;
    if (after === null) return ['', `The file \`${path}\` is removed.`];
    return ['', `The new content of \`${path}\`:`, '', ...fenced('json', after.trimEnd())];
  }
  const exact = sqlByHand(step);
  return exact === '' ? [] : ['', ...fenced(step.kind === 'command' ? 'sh' : 'sql', exact)];
}

/** The first line as it is, further ones as a list: Markdown would run them together. */
function paragraph(text: string): readonly string[] {
  const [first = '', ...rest] = text.split('\n');
  return rest.length === 0 ? [first] : [first, '', ...rest.map((line) => `- ${line}`)];
}

/** What is to be done about an outcome. */
export function nextOf(outcome: StepOutcome | null): readonly string[] {
  return outcome?.state === 'failed' || outcome?.state === 'unknown' ? outcome.next : [];
}

/** What became of a step, in one line or with the line and caret of the error. */
export function outcomeText(outcome: StepOutcome | null, begun: boolean): string {
  if (outcome === null)
    return begun ? 'unknown: it was begun and no outcome is recorded' : 'not run';
  switch (outcome.state) {
    case 'done':
      return outcome.note === '' ? 'done' : `done: ${outcome.note}`;
    case 'failed': {
      const code = outcome.detail?.sqlstate ? ` (SQLSTATE ${outcome.detail.sqlstate})` : '';
      const at = outcome.detail?.at;
      const where = at
        ? `\n\n      ${at.path}:${at.line}:${at.column}\n      ${at.excerpt.replaceAll('\n', '\n      ')}\n`
        : '';
      const hint = outcome.detail?.hint
        ? `\n  ${outcome.detail.hint.replaceAll('\n', '\n  ')}`
        : '';
      return `failed: ${outcome.message}${code}${where}${hint}`;
    }
    case 'unknown':
      return `unknown, look at this: ${outcome.message}`;
    case 'notRun':
      return `not run: ${outcome.why}`;
  }
}

/** A fence longer than any run of backticks inside. */
function fenced(language: string, text: string): readonly string[] {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return [`${fence}${language}`, text, fence];
}
