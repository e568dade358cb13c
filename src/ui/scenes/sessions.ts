import type { SessionSummary } from '../../core/report/summary.js';
import type { Scene } from '../../core/session/state.js';
import type { ReportRow } from '../../core/telling/report-words.js';
import {
  resumedLines,
  resumeStopped,
  sessionCells,
  sessionLines,
  waysOn,
} from '../../core/telling/sessions-words.js';
import { chopped, padded, visible, widthOf } from '../../core/telling/visible.js';
import { rule } from '../header.js';
import type { Line, Span, Tone } from '../line.js';
import { blank, cut, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';
import { listWindow, rowsOf } from './list.js';
import { drawWaiting } from './waiting.js';

/** The list, those that left something open first, and beneath it the one under the cursor. */
export function drawSessions(
  { sessions, cursor }: Extract<Scene, { name: 'sessions' }>,
  view: View,
  height: number,
): Body {
  if (sessions === null) {
    return drawWaiting('Reading the run logs of earlier sessions', '', null, view);
  }
  const here = sessions[cursor];
  const below = [
    rule(view),
    ...(here === undefined
      ? []
      : sessionLines(here).flatMap((one, index) =>
          paragraph(one, view.columns, index === 0 ? 'strong' : 'plain'),
        )),
  ].slice(0, Math.max(3, height - 5));
  const widths = widthsOf(sessions, view);
  const rows = rowsOf(sessions, (one, place) => row(one, place === cursor, widths, view));
  const room = Math.max(3, height - below.length);
  return body({
    top: listWindow(rows, cursor, room, view),
    bottom: below,
    page: Math.max(1, room - 3),
  });
}

interface Widths {
  readonly who: number;
  readonly where: number;
  readonly what: number;
}

/** No column takes more than a share of the window; how it ended has what is left. */
function widthsOf(sessions: readonly SessionSummary[], { columns }: View): Widths {
  const all = sessions.map(sessionCells);
  const most = (part: keyof Widths, share: number): number =>
    Math.min(Math.floor(columns * share), Math.max(...all.map((one) => widthOf(one[part]))));
  return { who: most('who', 0.1), where: most('where', 0.2), what: most('what', 0.22) };
}

function row(summary: SessionSummary, here: boolean, widths: Widths, view: View): Line {
  const cells = sessionCells(summary);
  const tone: Tone = here ? 'cursor' : 'plain';
  const part = (name: keyof Widths): readonly Span[] => [
    ...cut([span(padded(cells[name], widths[name]), tone)], widths[name], view.glyphs.dots),
    span('  '),
  ];
  return line(
    span(padded(here ? ` ${view.glyphs.cursor} ` : '', 3), 'accent'),
    span(`${cells.when}  `, tone),
    ...part('who'),
    ...part('where'),
    ...part('what'),
    span(cells.how, summary.standing === 'unfinished' ? 'warn' : 'dim'),
  );
}

/** One session: its incident report, and what can be done about it. */
export function drawSession(
  { summary, details }: Extract<Scene, { name: 'session' }>,
  view: View,
): Body {
  const open = summary.standing === 'unfinished';
  const top = [line(span(` Session ${summary.session}`, 'strong'))];
  if (details === null) return body({ top: [...top, line(' Reading its run log')] });
  const ways = waysOn(details);
  return body({
    top,
    text: details.report.flatMap((one) => reportLines(one, view)),
    bottom: [
      blank,
      ...(open ? paragraph(`r: ${ways.resume}.`, view.columns, 'warn') : []),
      ...paragraph(
        'step' in details.undo ? `u: ${ways.undo}; it is shown and confirmed first.` : ways.undo,
        view.columns,
        'dim',
      ),
    ],
  });
}

const tones: Record<ReportRow['type'], Tone> = {
  title: 'strong',
  heading: 'accent',
  text: 'plain',
  code: 'plain',
};

function reportLines({ type, text }: ReportRow, view: View): readonly Line[] {
  if (text === '') return [blank];
  if (type === 'code') {
    return chopped(visible(text), view.columns - 5).map((piece) => line('    ', piece));
  }
  const indent = /^(?:- |\s+)/.exec(text)?.[0].length ?? 0;
  return paragraph(text.slice(indent), view.columns - 1 - indent, tones[type], '').map(
    (rest, index) => line(' ', index === 0 ? text.slice(0, indent) : ' '.repeat(indent), ...rest),
  );
}

/** What became of each step of a session, or that the world is being asked. */
export function drawResume(scene: Extract<Scene, { name: 'resume' }>, view: View): Body {
  const { session, since, resumed } = scene;
  if (resumed === null) {
    return drawWaiting(`Looking at the steps of session ${session}`, resumeStopped, since, view);
  }
  return body({
    text: resumedLines(resumed).flatMap((one, index) =>
      paragraph(one, view.columns, index === 0 ? 'strong' : 'plain'),
    ),
    bottom: [blank, line(' Enter reads everything again and goes on to the board.')],
  });
}
