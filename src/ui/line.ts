import { headOf, visible, widthOf, wrapped } from '../core/telling/visible.js';

/** What a piece of text means; the theme gives it a colour, and no meaning rests on the colour alone. */
export type Tone =
  | 'plain'
  | 'dim'
  | 'strong'
  | 'good'
  | 'bad'
  | 'warn'
  | 'accent'
  | 'cursor'
  | 'production'
  | 'staging'
  | 'harmless';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** One row of the screen, left to right. A screen is a list of them, so its height is known. */
export type Line = readonly Span[];

/** Text made safe to show; no line break may be in it. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: visible(text.replaceAll('\n', ' ')), tone };
}

export function line(...parts: readonly (string | Span)[]): Line {
  return parts.map((part) => (typeof part === 'string' ? span(part) : part));
}

export const blank: Line = [];

/** A paragraph, broken at `width`, each row behind `indent`. */
export function paragraph(
  text: string,
  width: number,
  tone: Tone = 'plain',
  indent = ' ',
): readonly Line[] {
  return wrapped(text.split('\n').map(visible).join('\n'), width - widthOf(indent) - 1).map((row) =>
    line(indent, span(row, tone)),
  );
}

export function lineWidth(row: Line): number {
  return row.reduce((sum, one) => sum + widthOf(one.text), 0);
}

/** The row cut at `width` columns, with a sign that it was cut. */
export function cut(row: Line, width: number, dots: string): Line {
  if (lineWidth(row) <= width) return row;
  const kept: Span[] = [];
  let room = width - widthOf(dots);
  for (const one of row) {
    const text = headOf(one.text, room);
    kept.push({ ...one, text });
    room -= widthOf(text);
    if (text !== one.text) break;
  }
  return [...kept, { text: dots, tone: 'dim' }];
}
