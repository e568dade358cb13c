import type { Coach } from '../../core/coach.js';
import { givenHints, hintsLeft } from '../../core/coach.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

/** The page of the drill, its goal, and the hints that were asked for. */
export function drawDrill(coach: Coach, { columns }: View): Body {
  return body({
    top: [line(' ', span('The drill', 'strong'), span(`   ${hintsLeft(coach)}`, 'dim')), blank],
    text: [
      ...paragraph(coach.page, columns),
      blank,
      ...paragraph(`Goal: ${coach.goal}`, columns, 'strong'),
      ...givenHints(coach).flatMap((hint) => [blank, ...paragraph(hint, columns, 'accent')]),
    ],
  });
}
