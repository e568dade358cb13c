import type { Scene, State } from '../../core/session/state.js';
import { currentStep } from '../../core/session/step-moves.js';
import { clock, counted } from '../../core/telling/amounts.js';
import { blockerWords } from '../../core/telling/board-words.js';
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
  const { waitingFor, cancelling } = scene;
  return body({
    top: [
      line(
        span(` Running: ${step?.title ?? 'the step'}${view.glyphs.dots}`, 'strong'),
        span(`   ${clock(view.now - scene.since)}`, 'dim'),
      ),
      ...paragraph(
        cancelling
          ? 'Stopping: it is rolled back unless its COMMIT was already sent.'
          : 'Ctrl-C stops it safely: it is rolled back unless its COMMIT was already sent.',
        view.columns,
        cancelling ? 'warn' : 'dim',
      ),
      blank,
    ],
    text:
      waitingFor.length === 0
        ? []
        : [
            line(
              span(
                ` Waiting for ${counted(waitingFor.length, 'session')} that ${waitingFor.length === 1 ? 'holds' : 'hold'} a lock; none is ended by pgmedic:`,
                'warn',
              ),
            ),
            ...waitingFor.flatMap((blocker) =>
              blockerWords(blocker).flatMap((row) => paragraph(row, view.columns, 'plain', '   ')),
            ),
          ],
  });
}
