import type { Diagnosis } from '../../core/diagnosis.js';
import type { State } from '../../core/session/state.js';
import type { Cell } from '../../core/telling/board-words.js';
import type { DetailPart, DetailRow } from '../../core/telling/details.js';
import { migrationDetails } from '../../core/telling/details.js';
import { chopped, middle, oneLine, padded, visible } from '../../core/telling/visible.js';
import type { Line, Tone } from '../line.js';
import { blank, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';

/** A migration and all that is known of it; every sign has its word beside it. */
export function drawDetails({ diagnosis }: State, id: string, view: View): Body {
  if (diagnosis === null) return body({});
  const row = diagnosis.board.find((one) => one.id === id);
  const name = middle(visible(id), Math.max(20, view.columns - 30), view.glyphs.dots);
  return body({
    top: [line(span(` ${name}`, 'strong'), span(`   ${row?.note ?? 'no longer there'}`, 'dim'))],
    text: partsOf(diagnosis, id).flatMap(({ heading, rows }, index) => [
      ...(index === 0 ? [] : [blank]),
      line(span(` ${heading}`, 'accent')),
      ...rows.flatMap((one) => drawRow(one, view)),
    ]),
  });
}

/** The last ones asked for: they are drawn again at each key and each second. */
let last: { diagnosis: Diagnosis; id: string; parts: readonly DetailPart[] } | null = null;

function partsOf(diagnosis: Diagnosis, id: string): readonly DetailPart[] {
  if (last?.diagnosis !== diagnosis || last.id !== id) {
    last = { diagnosis, id, parts: migrationDetails(diagnosis, id) };
  }
  return last.parts;
}

const tones: Record<Cell['mark'], Tone> = { yes: 'good', no: 'bad', doubt: 'warn', none: 'dim' };

function drawRow(row: DetailRow, view: View): readonly Line[] {
  const { glyphs, columns } = view;
  if (row.type === 'told') {
    const text = oneLine(row.text);
    const indent = text.length - text.trimStart().length;
    const sign = row.mark === null ? '' : glyphs[row.mark];
    return paragraph(text.trimStart(), columns - 5 - indent, 'plain', '').map((rest, index) =>
      line(
        ' '.repeat(3 + indent),
        span(padded(index === 0 ? sign : '', 2), row.mark === null ? 'dim' : tones[row.mark]),
        ...(row.mark === null ? [] : [' ']),
        ...rest,
      ),
    );
  }
  const number = String(row.number).padStart(6);
  const sign = padded(row.mark === 'none' ? '' : glyphs[row.mark], 2);
  return chopped(visible(row.text), columns - 12).map((piece, index) =>
    line(
      span(index === 0 ? number : `     ${glyphs.goesOn}`, 'dim'),
      span(` ${sign} `, tones[row.mark]),
      span(piece, row.mark === 'no' ? 'strong' : 'plain'),
    ),
  );
}
