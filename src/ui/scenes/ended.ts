import type { StepOutcome } from '../../core/plan.js';
import type { PlanRun, Scene, State } from '../../core/session/state.js';
import { currentRun } from '../../core/session/state.js';
import { counted } from '../../core/telling/amounts.js';
import { outcomeLines, outcomeWord } from '../../core/telling/outcome-words.js';
import { padded } from '../../core/telling/visible.js';
import type { Line, Tone } from '../line.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

/** What became of each step, and whether the migrator agrees. */
export function drawEnded(state: State, view: View): Body {
  const run = currentRun(state);
  if (run === null) return body({});
  return body({
    top: [line(span(` ${run.plan.title}`, 'strong'))],
    text: run.plan.steps.flatMap((step, index) =>
      outcomeRows(step.title, run.outcomes[index] ?? null, view),
    ),
    bottom: [blank, ...verdict(run, view)],
  });
}

/** The last screen: it stays in the transcript, with the paths in plain lines beneath it. */
export function drawLeaving(
  state: State,
  scene: Extract<Scene, { name: 'leaving' }>,
  view: View,
): Body {
  const found = state.diagnosis?.findings.length ?? null;
  return body({
    top: [
      ...state.runs.flatMap((run) => [
        line(span(` ${run.plan.title}`, 'strong')),
        ...run.plan.steps.map((step, index) =>
          outcomeRow(step.title, run.outcomes[index] ?? null, view),
        ),
        ...verdict(run, view),
      ]),
      ...(state.runs.length > 0 || found === null
        ? []
        : [
            line(
              ` ${counted(found, 'finding')}; nothing was written to the database or the files.`,
            ),
          ]),
    ],
    bottom: [
      line(scene.reportPath === null ? ` Leaving${view.glyphs.dots}` : ' The report is written.'),
    ],
  });
}

function verdict(run: PlanRun, view: View): readonly Line[] {
  if (run.verdict === null) return [];
  const { agrees, words } = run.verdict;
  const sign = agrees ? view.glyphs.yes : view.glyphs.no;
  return paragraph(`${sign} ${words}`, view.columns, agrees ? 'good' : 'bad');
}

function outcomeRow(title: string, outcome: StepOutcome | null, view: View): Line {
  const { glyphs } = view;
  const state = outcome?.state ?? 'notRun';
  const sign = { done: glyphs.yes, failed: glyphs.no, unknown: glyphs.doubt, notRun: glyphs.none };
  const tones: Record<typeof state, Tone> = {
    done: 'good',
    failed: 'bad',
    unknown: 'warn',
    notRun: 'dim',
  };
  return line(
    ' ',
    span(`${padded(sign[state], 2)} ${padded(outcomeWord(outcome), 8)}`, tones[state]),
    title,
  );
}

function outcomeRows(title: string, outcome: StepOutcome | null, view: View): readonly Line[] {
  const details = outcome === null ? [] : outcomeLines(outcome);
  return [
    outcomeRow(title, outcome, view),
    ...details.flatMap((row) =>
      paragraph(row, view.columns, outcome?.state === 'done' ? 'dim' : 'plain', '      '),
    ),
  ];
}
