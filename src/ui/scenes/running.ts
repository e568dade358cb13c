import type { LockWait } from '../../core/lock-wait.js';
import type { Step } from '../../core/plan.js';
import type { Scene, State, StepProgress } from '../../core/session/state.js';
import { currentStep } from '../../core/session/step-moves.js';
import { clock, rowsDone } from '../../core/telling/amounts.js';
import { waitParts } from '../../core/telling/lock-words.js';
import type { Line } from '../line.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

/** A step that runs, and whom it waits for. */
export function drawRunning(
  state: State,
  scene: Extract<Scene, { name: 'running' }>,
  view: View,
): Body {
  const step = currentStep(state)?.step;
  const { wait, cancelling, progress, since } = scene;
  return body({
    top: [
      line(
        span(` Running: ${step?.title ?? 'the step'}${view.glyphs.dots}`, 'strong'),
        span(`   ${clock(view.now - since)}`, 'dim'),
      ),
      ...paragraph(
        `${cancelling ? 'Stopping' : 'Ctrl-C stops it safely'}: ${stopped(step, progress)}.`,
        view.columns,
        cancelling ? 'warn' : 'dim',
      ),
      ...(progress === null
        ? []
        : [line(span(` ${rowsDone(progress.done, progress.total, view.now - since)}`))]),
      blank,
    ],
    text: wait === null ? [] : waitLines(wait, view),
  });
}

/** Whom a step meets at its locks; both here and before it is confirmed. */
function waitLines(wait: LockWait, view: View): readonly Line[] {
  return waitParts(wait).flatMap(({ heading, rows }) => [
    ...paragraph(heading, view.columns, 'warn'),
    ...rows.flatMap((row) => paragraph(row, view.columns, 'plain', '   ')),
  ]);
}

function stopped(step: Step | undefined, progress: StepProgress | null): string {
  if (step?.kind === 'write' && step.write.type === 'restore') {
    return 'what was made of the new database is dropped again';
  }
  return progress === null
    ? 'it is rolled back unless its COMMIT was already sent'
    : 'the batches that are done stay';
}
