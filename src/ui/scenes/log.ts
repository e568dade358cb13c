import type { LogEntry } from '../../core/session/log-entry.js';
import { grouped } from '../../core/telling/amounts.js';
import { logLines } from '../../core/telling/log-words.js';
import { chopped, visible } from '../../core/telling/visible.js';
import type { Line, Tone } from '../line.js';
import { cut, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

/** Every command and query that this session ran; the last one first. */
export function drawLog(view: View): Body {
  const entries = view.log();
  return body({
    top: [
      line(
        span(' Log', 'strong'),
        span(
          `   ${grouped(entries.length)} ${entries.length === 1 ? 'entry' : 'entries'}, the last first`,
          'dim',
        ),
      ),
    ],
    text:
      entries.length === 0
        ? [line(span(' Nothing was run yet.', 'dim'))]
        : [...entries].reverse().flatMap((entry) => drawEntry(entry, view)),
  });
}

function drawEntry(entry: LogEntry, view: View): readonly Line[] {
  const { head, text } = logLines(entry);
  const tone: Tone = entry.error === null ? (entry.kind === 'read' ? 'dim' : 'strong') : 'bad';
  return [
    ...paragraph(head, view.columns, tone),
    ...(entry.kind === 'read'
      ? text.map((row) => cut(line('    ', span(row, 'dim')), view.columns, view.glyphs.dots))
      : text.flatMap((row) =>
          chopped(visible(row), view.columns - 5).map((piece) => line('    ', piece)),
        )),
  ];
}
