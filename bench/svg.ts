import type { IBufferCell, Terminal } from '@xterm/headless';

const [cellWidth, cellHeight, margin] = [8.4, 18, 12];
const ink = '#d8dee9';
const paper = '#1d2129';
/** ANSI 0 to 15, readable on the paper. */
const palette = [
  '#3b4252',
  '#ff7b7b',
  '#8fd694',
  '#f0c674',
  '#81a2be',
  '#c9a0dc',
  '#7fd1d8',
  '#e5e9f0',
  '#6b7280',
  '#ff9d9d',
  '#b5e8b8',
  '#ffe0a3',
  '#a8c5e8',
  '#dfc0ec',
  '#a8e6ec',
  '#ffffff',
];

interface Run {
  readonly text: string;
  readonly from: number;
  readonly style: string;
  readonly behind: string | null;
}

/** A terminal's window as an SVG picture with its text in it: it can be searched, copied and read aloud. */
export function svgOf(terminal: Terminal): string {
  const { cols, rows } = terminal;
  const [width, height] = [cols * cellWidth + 2 * margin, rows * cellHeight + 2 * margin];
  const { active } = terminal.buffer;
  const lines = Array.from({ length: rows }, (_, at) => {
    const line = active.getLine(active.baseY + at);
    const cells = Array.from({ length: cols }, (__, x) => line?.getCell(x));
    return runsOf(cells).map((run) => runSvg(run, at));
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
<rect width="100%" height="100%" rx="8" fill="${paper}"/>
${lines.flat().join('\n')}
</svg>
`;
}

/** Neighbouring cells of one look. */
function runsOf(cells: readonly (IBufferCell | undefined)[]): readonly Run[] {
  const runs: Run[] = [];
  for (const [at, cell] of cells.entries()) {
    const look = lookOf(cell);
    const last = runs.at(-1);
    const text = cell?.getChars() || (cell?.getWidth() === 0 ? '' : ' ');
    if (last !== undefined && last.style === look.style && last.behind === look.behind) {
      runs[runs.length - 1] = { ...last, text: last.text + text };
    } else runs.push({ text, from: at, ...look });
  }
  return runs.filter(({ text, behind }) => behind !== null || text.trim() !== '');
}

function lookOf(cell: IBufferCell | undefined): Pick<Run, 'style' | 'behind'> {
  if (cell === undefined) return { style: '', behind: null };
  const front = cell.isFgPalette() ? (palette[cell.getFgColor()] ?? ink) : ink;
  const back = cell.isBgPalette() ? (palette[cell.getBgColor()] ?? paper) : null;
  const inverse = cell.isInverse() !== 0;
  return {
    style: [
      `fill="${inverse ? (back ?? paper) : front}"`,
      ...(cell.isBold() !== 0 ? ['font-weight="bold"'] : []),
      ...(cell.isDim() !== 0 ? ['opacity="0.65"'] : []),
    ].join(' '),
    behind: inverse ? front : back,
  };
}

function runSvg({ text, from, style, behind }: Run, row: number): string {
  const trimmed = behind === null ? text.trimEnd() : text;
  const [x, y] = [margin + from * cellWidth, margin + row * cellHeight];
  const width = (trimmed.length * cellWidth).toFixed(1);
  const box =
    behind === null
      ? ''
      : `<rect x="${x.toFixed(1)}" y="${y}" width="${width}" height="${cellHeight}" fill="${behind}"/>`;
  return `${box}<text x="${x.toFixed(1)}" y="${y + 13}" ${style} xml:space="preserve" textLength="${width}" lengthAdjust="spacingAndGlyphs">${escaped(trimmed)}</text>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
