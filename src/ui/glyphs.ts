/** The signs of the screen, in two alphabets: a terminal without UTF-8 shows the second. */
export interface Glyphs {
  readonly done: string;
  readonly current: string;
  readonly toCome: string;
  readonly yes: string;
  readonly no: string;
  readonly doubt: string;
  readonly none: string;
  readonly cursor: string;
  readonly chosen: string;
  readonly rule: string;
  readonly up: string;
  readonly down: string;
  readonly upDown: string;
  readonly dots: string;
  readonly link: string;
  readonly barDone: string;
  readonly barToCome: string;
  /** In front of the rest of a line that was too long for one row. */
  readonly goesOn: string;
  readonly caret: string;
}

export const unicodeGlyphs: Glyphs = {
  done: '●',
  current: '◉',
  toCome: '○',
  yes: '✓',
  no: '✗',
  doubt: '?',
  none: '·',
  cursor: '▸',
  chosen: '■',
  rule: '─',
  up: '↑',
  down: '↓',
  upDown: '↑↓',
  dots: '…',
  link: ' ─ ',
  barDone: '█',
  barToCome: '░',
  goesOn: '↳',
  caret: '▏',
};

export const asciiGlyphs: Glyphs = {
  done: '[x]',
  current: '[>]',
  toCome: '[ ]',
  yes: 'ok',
  no: 'NO',
  doubt: '?',
  none: '.',
  cursor: '>',
  chosen: '*',
  rule: '-',
  up: '^',
  down: 'v',
  upDown: 'j/k',
  dots: '...',
  link: ' - ',
  barDone: '#',
  barToCome: '.',
  goesOn: '\\',
  caret: '_',
};
