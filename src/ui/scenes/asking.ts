import type { Scene } from '../../core/session/state.js';
import type { Line } from '../line.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

/** One question of a playbook. Enter answers it; that is no yes to a write. */
export function drawAsking(scene: Extract<Scene, { name: 'asking' }>, view: View): Body {
  const { playbook, index } = scene;
  const question = scene.asks[index];
  if (question === undefined) return body({});
  return body({
    top: [
      line(
        span(` ${playbook.title}`, 'strong'),
        span(`   question ${index + 1} of ${scene.asks.length}`, 'dim'),
      ),
      blank,
      ...paragraph(question.question, view.columns),
      blank,
    ],
    text:
      question.choices === null
        ? [
            ...typing(view),
            ...(question.required ? [] : [blank, line(span(' May be left empty.', 'dim'))]),
          ]
        : Object.entries(question.choices).flatMap(([value, means], position) =>
            choice(
              value,
              means,
              position === view.local.choice,
              value === question.suggested,
              view,
            ),
          ),
  });
}

/** What has been typed, its end in sight, with a mark where the next letter comes. */
export function typing(view: View): readonly Line[] {
  const rows = paragraph(view.local.typed, view.columns - 4, 'strong', '');
  return rows.map((row, index) =>
    line(
      span(index === 0 ? ` ${view.glyphs.cursor} ` : '   ', 'accent'),
      ...row,
      ...(index === rows.length - 1 ? [span(view.glyphs.caret, 'accent')] : []),
    ),
  );
}

function choice(
  value: string,
  means: string,
  here: boolean,
  suggested: boolean,
  view: View,
): readonly Line[] {
  return [
    line(
      span(here ? ` ${view.glyphs.cursor} ` : '   ', 'accent'),
      span(value, here ? 'cursor' : 'strong'),
      span(suggested ? '  suggested' : '', 'good'),
    ),
    ...paragraph(means, view.columns, 'dim', '     '),
  ];
}
