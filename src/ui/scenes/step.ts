import type { Plan, Step } from '../../core/plan.js';
import { readOnlyWords } from '../../core/session/read-only.js';
import type { State } from '../../core/session/state.js';
import { currentRun } from '../../core/session/state.js';
import { currentStep, needsConfirmation } from '../../core/session/step-moves.js';
import { backupAgeWords } from '../../core/telling/backup-words.js';
import type { DiffLine } from '../../core/telling/diff.js';
import { outcomeLines } from '../../core/telling/outcome-words.js';
import type { StepWords } from '../../core/telling/step-words.js';
import { stepWords } from '../../core/telling/step-words.js';
import { chopped, visible } from '../../core/telling/visible.js';
import type { Line, Tone } from '../line.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';
import { typing } from './asking.js';
import { riskTone } from './plan.js';

/** One step: what exactly would be done, what it rests on, how it is taken back, and how to say yes. */
export function drawStep(state: State, view: View): Body {
  const now = currentStep(state);
  if (now === null) return body({});
  const { step, plan, index } = now;
  const words = stepWords(step, plan, state.diagnosis);
  return body({
    top: [...lastWrite(state, index, view), stepHeading(words, step, index, plan)],
    text: stepText(words, step.digest, view),
    bottom: confirmLines(words, backupAgeWords(state, view.now), view),
  });
}

/** What became of the write before this step: its own screen was gone at once. */
function lastWrite(state: State, index: number, { glyphs }: View): readonly Line[] {
  const run = currentRun(state);
  const step = run?.plan.steps[index - 1];
  const outcome = run?.outcomes[index - 1];
  if (step === undefined || outcome?.state !== 'done' || !needsConfirmation(step)) return [];
  const words = [`Step ${index} is done`, ...outcomeLines(outcome)].join(': ');
  return [line(span(` ${glyphs.yes} ${visible(words)}`, 'good'))];
}

/** A step of a plan that is only looked at: nothing here confirms it. */
export function drawPlanStep(
  { scene, diagnosis, readOnly }: State,
  index: number,
  view: View,
): Body {
  const plan = scene.name === 'plan' ? scene.plan : null;
  const step = plan?.steps[index];
  if (plan === null || step === undefined) return body({});
  const words = stepWords(step, plan, diagnosis);
  const only = readOnly
    ? readOnlyWords
    : `Only looked at here. In its turn it is confirmed so: ${words.confirm.words}`;
  return body({
    top: [stepHeading(words, step, index, plan)],
    text: stepText(words, step.digest, view),
    bottom: [blank, ...paragraph(only, view.columns, readOnly ? 'warn' : 'dim')],
  });
}

function stepHeading(words: StepWords, step: Step, index: number, { steps }: Plan): Line {
  return line(
    span(` Step ${index + 1} of ${steps.length}  `, 'dim'),
    span(words.title, 'strong'),
    span(`   ${words.risk}`, riskTone(step)),
  );
}

/** Everything of a step, in rows that fit the window; nothing of the SQL is left out. */
function stepText(words: StepWords, digest: string, view: View): readonly Line[] {
  const section = (title: string, rows: readonly string[]): readonly Line[] =>
    rows.length === 0
      ? []
      : [
          line(span(` ${title}`, 'dim')),
          ...rows.flatMap((row) => paragraph(row, view.columns, 'plain', '   ')),
        ];
  return [
    ...words.why.flatMap((row) => paragraph(row, view.columns)),
    ...(words.how === null ? [] : paragraph(words.how, view.columns, 'accent')),
    ...exact(words.what, view),
    ...section('Must be true before (checked again under lock):', words.before),
    ...section('Must be true after:', words.after),
    ...section('Undo:', words.undo),
    ...section('By hand:', words.byHand),
    line(span(` digest ${digest}`, 'dim')),
  ];
}

const signTones = { ' ': 'strong', '+': 'good', '-': 'bad', '~': 'dim' } as const satisfies Record<
  DiffLine['sign'],
  Tone
>;

/** Numbered lines; one that is too long goes on in the next row, behind a mark instead of a number. */
function exact(lines: readonly DiffLine[], view: View): readonly Line[] {
  const digits = String(lines.at(-1)?.number ?? lines.length).length + 1;
  return lines.flatMap((one) => {
    const tone = signTones[one.sign];
    if (one.sign === '~') {
      return [line(span(`${' '.repeat(digits + 3)}${view.glyphs.dots} ${one.text}`, tone))];
    }
    const number = String(one.number ?? '').padStart(digits);
    return chopped(visible(one.text), view.columns - digits - 4).map((piece, index) =>
      line(
        span(index === 0 ? `${number} ` : `${' '.repeat(digits - 1)}${view.glyphs.goesOn} `, 'dim'),
        span(`${one.sign} ${piece}`, tone),
      ),
    );
  });
}

function confirmLines(words: StepWords, backup: string | null, view: View): readonly Line[] {
  const { confirm } = words;
  const rests = backup === null ? '' : ` ${backup}`;
  const way = 'ends the plan here: what is done stays done, the rest is not run.';
  switch (confirm.by) {
    case 'enter':
      return [
        blank,
        ...paragraph(confirm.words, view.columns, 'accent'),
        ...paragraph(`n or esc ${way}`, view.columns, 'dim'),
      ];
    case 'key':
      return [
        blank,
        ...paragraph(`Press ${confirm.words}. Enter is not a yes.${rests}`, view.columns, 'accent'),
        ...paragraph(`n or esc ${way}`, view.columns, 'dim'),
      ];
    case 'word':
      return [
        blank,
        ...paragraph(`${confirm.words}.${rests}`, view.columns, 'accent'),
        ...typing(view).slice(-1),
        ...paragraph(`esc ${way}`, view.columns, 'dim'),
      ];
  }
}
