import { rowAtCursor } from '../../core/session/board-rows.js';
import { orderedPlaybooks, recommend } from '../../core/session/recommend.js';
import type { Scene, State } from '../../core/session/state.js';
import { rule } from '../header.js';
import { line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';
import { listWindow, rowsOf } from './list.js';

/** What could be done: the recommended playbook first, and what the one under the cursor does. */
export function drawPlaybooks(
  state: State,
  scene: Extract<Scene, { name: 'playbooks' }>,
  view: View,
  height: number,
): Body {
  const { diagnosis } = state;
  if (diagnosis === null) return body({});
  const playbooks = orderedPlaybooks(state.playbooks, diagnosis);
  const first = recommend(playbooks, diagnosis);
  const rows = rowsOf(playbooks, (playbook, index) => {
    const here = index === scene.cursor;
    const mark = playbook === first?.playbook ? [span('  recommended', 'good')] : [];
    return line(
      span(here ? ` ${view.glyphs.cursor} ` : '   ', 'accent'),
      span(playbook.title, here ? 'cursor' : 'plain'),
      ...mark,
    );
  });
  const open = playbooks[scene.cursor];
  const found = new Set<string>(diagnosis.findings.map((one) => one.code));
  const treats = open?.treats.filter((code) => found.has(code)) ?? [];
  const { chosen } = scene.back;
  const here = rowAtCursor(diagnosis, scene.back)?.id;
  const targets = chosen.length > 0 ? chosen.join(', ') : (here ?? 'none chosen');
  return body({
    top: [
      ...listWindow(rows, scene.cursor, Math.max(3, Math.floor(height * 0.5)), view),
      rule(view),
    ],
    text:
      open === undefined
        ? []
        : [
            // What is short comes first: of eight playbooks and a long reason not all is seen at 24 rows.
            ...(treats.length > 0
              ? paragraph(`Treats here: ${treats.join(', ')}`, view.columns, 'dim')
              : [line(span(' Treats none of the findings.', 'dim'))]),
            ...paragraph(open.summary, view.columns),
            ...(open === first?.playbook
              ? paragraph(`Recommended because: ${first.because}`, view.columns, 'good')
              : []),
            ...(open.migrations === 'some'
              ? paragraph(`It would be for: ${targets}  (space on the board chooses)`, view.columns)
              : []),
            line(span(` ${open.name}, from ${open.origin}`, 'dim')),
          ],
  });
}
