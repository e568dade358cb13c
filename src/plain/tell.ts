import type { BoardRow, Diagnosis } from '../core/diagnosis.js';
import type { Plan } from '../core/plan.js';
import { disagrees } from '../core/session/board-rows.js';
import { orderedPlaybooks, recommend } from '../core/session/recommend.js';
import type { State } from '../core/session/state.js';
import { currentStep, needsConfirmation } from '../core/session/step-moves.js';
import { counted, grouped } from '../core/telling/amounts.js';
import { backupAgeWords } from '../core/telling/backup-words.js';
import { evidenceLines } from '../core/telling/evidence-words.js';
import { boardText } from '../core/telling/board-text.js';
import { agreeing, dumperWords, nextRunWords, weighingWords } from '../core/telling/board-words.js';
import { afterwardsWords, riskWords, stepWords } from '../core/telling/step-words.js';
import { unfinishedWords } from '../core/telling/sessions-words.js';
import { oneLine } from '../core/telling/visible.js';
import { environmentWords, serverWords, whereWords } from '../core/telling/target-words.js';

/** Where one is: repeated wherever something is about to be written. */
function targetLines({ diagnosis, readOnly }: State): readonly string[] {
  const target = diagnosis?.facts.target ?? null;
  if (target === null) return [];
  const only = readOnly ? 'READ-ONLY  ' : '';
  return [
    `${whereWords(target)}  [${environmentWords(target)}]  ${only}${serverWords(target).join('  ')}`,
  ];
}

/** The board, the findings with their evidence, and what could be done. */
export function boardLines(state: State): readonly string[] {
  const { diagnosis } = state;
  if (diagnosis === null) return [];
  const { findings, facts } = diagnosis;
  const evidence = evidenceLines(diagnosis);
  const shown = boardShown(diagnosis);
  const rows = diagnosis.board.length;
  const weighing = weighingWords(state.weighing, diagnosis);
  const first = recommend(orderedPlaybooks(state.playbooks, diagnosis), diagnosis);
  const open = unfinishedWords(state.unfinished);
  return [
    '',
    ...targetLines(state),
    '',
    ...boardText(diagnosis, shown),
    ...(shown.length === rows
      ? []
      : [
          `Shown are ${grouped(shown.length)} of ${grouped(rows)} migrations: those that are pending, or about which the sources disagree. The details have every one.`,
        ]),
    ...(evidence.length === 0 ? [] : ['', ...evidence]),
    '',
    findings.length === 0
      ? `No finding: ${agreeing(diagnosis)} agree.`
      : `${counted(findings.length, 'finding')}:`,
    ...findings.flatMap((finding) => [
      `  ${finding.severity}: ${oneLine(finding.title)} (${finding.code})`,
      ...finding.evidence.map((one) => `    - ${oneLine(one)}`),
    ]),
    ...(weighing === null ? [] : [weighing]),
    ...(open === null ? [] : [`! ${open}: see "Earlier sessions" below.`]),
    nextRunWords(diagnosis),
    ...(first === null ? [] : [`Recommended: ${first.playbook.title}. ${first.because}`]),
    ...(facts.surroundings === null || state.backup !== null
      ? []
      : [`A backup would use ${dumperWords(facts.surroundings.dumper)}.`]),
    '',
  ];
}

/** Of a long board, what there is to see. */
function boardShown(diagnosis: Diagnosis): readonly BoardRow[] {
  const { board } = diagnosis;
  if (board.length <= WHOLE_BOARD) return board;
  return board.filter((row) => row.history === 'absent' || disagrees(diagnosis, row));
}

const WHOLE_BOARD = 60;

export function planLines(plan: Plan): readonly string[] {
  return [
    '',
    `Plan: ${plan.title}`,
    ...(plan.migrations.length === 0 ? [] : [`  for ${oneLine(plan.migrations.join(', '))}`]),
    ...plan.steps.map(
      (step, index) =>
        `  ${index + 1}. ${oneLine(step.title)}  [${step.kind}, ${riskWords(step.risk)}]`,
    ),
    ...plan.warnings.map((warning) => `  ! ${oneLine(warning)}`),
    ...(plan.seen ?? []).map((line) => `  ${oneLine(line)}`),
    ...afterwardsWords(plan).map((words) => `  ${words}`),
    '',
  ];
}

/** A step with its exact SQL or change; nothing of it is left out. */
export function stepLines(state: State): readonly string[] {
  const now = currentStep(state);
  if (now === null) return [];
  const { step, plan, index } = now;
  const { scene } = state;
  const backup =
    !needsConfirmation(step) || scene.name !== 'step' ? null : backupAgeWords(state, scene.shownAt);
  return [...planStepLines(state, plan, index), ...(backup === null ? [] : [`  ${backup}`])];
}

/** A step of a plan, whether it is its turn or not. */
export function planStepLines(state: State, plan: Plan, index: number): readonly string[] {
  const step = plan.steps[index];
  if (step === undefined) return [];
  const words = stepWords(step, plan, state.diagnosis);
  const section = (title: string, rows: readonly string[]): readonly string[] =>
    rows.length === 0 ? [] : [`  ${title}`, ...rows.map((row) => `    ${row}`)];
  const isFile = step.kind === 'write' && step.write.type === 'file';
  return [
    '',
    `Step ${index + 1} of ${plan.steps.length}: ${words.title}  [${words.risk}]`,
    ...targetLines(state).map((row) => `  ${row}`),
    ...words.why.map((row) => `  ${row}`),
    ...(words.how === null ? [] : [`  ${words.how}`]),
    // SQL stands alone in its lines, so that it can be copied.
    ...words.what.map((one) => {
      if (one.sign === '~') return `      ... ${one.text}`;
      return isFile ? `${String(one.number).padStart(6)} ${one.sign} ${one.text}` : one.text;
    }),
    ...section('Must be true before (checked again under lock):', words.before),
    ...section('Must be true after:', words.after),
    ...section('Undo:', words.undo),
    ...section('By hand:', words.byHand),
    `  digest ${step.digest}`,
  ];
}
