import type { BoardRow, Diagnosis } from '../../core/diagnosis.js';
import type { Playbook } from '../../core/playbook.js';
import { placeOf, rowAtCursor, shownRows } from '../../core/session/board-rows.js';
import { orderedPlaybooks, recommend } from '../../core/session/recommend.js';
import type { BoardScene, State } from '../../core/session/state.js';
import { counted, grouped } from '../../core/telling/amounts.js';
import type { BoardColumn, Cell } from '../../core/telling/board-words.js';
import {
  boardCells,
  boardColumns,
  agreeing,
  dumperWords,
  nextRunWords,
  weighingWords,
} from '../../core/telling/board-words.js';
import { redactText } from '../../core/redact.js';
import { whyWords } from '../../core/telling/evidence-words.js';
import { unfinishedWords } from '../../core/telling/sessions-words.js';
import { middle, padded, visible, widthOf } from '../../core/telling/visible.js';
import { rule } from '../header.js';
import type { Line, Span, Tone } from '../line.js';
import { blank, cut, line, paragraph, span } from '../line.js';
import type { Body, View } from '../view.js';
import { body } from '../view.js';
import { listWindow, rowsOf } from './list.js';

/** Five sources of truth side by side: one look says where they disagree. */
export function drawBoard(state: State, scene: BoardScene, view: View, height: number): Body {
  const { diagnosis } = state;
  if (diagnosis === null) return body({});
  // In a low window the table comes first.
  const below = [rule(view), ...summary(state, scene, diagnosis, view)];
  const bottom = below.slice(0, Math.max(2, height - 5));
  const columns = layout(diagnosis, view);
  const waiting = state.weighing.state === 'working';
  const shown = shownRows(diagnosis, scene);
  const rows = rowsOf(shown, (index) => {
    const row = diagnosis.board[index];
    return row === undefined
      ? blank
      : boardRow(
          row,
          boardCells(row, diagnosis.evidence?.migrations.get(row.id), waiting),
          index === scene.cursor,
          scene.chosen.includes(row.id),
          columns,
          view,
        );
  });
  const head = [...filterLine(scene, shown.length, diagnosis, view), heading(columns)];
  const room = Math.max(3, height - head.length - bottom.length);
  const none =
    scene.filter === undefined
      ? `No migrations in ${diagnosis.facts.folder.path}.`
      : 'No migration fits; esc shows all again.';
  return body({
    top: [
      ...head,
      ...(rows.length === 0
        ? [line(span(` ${none}`, 'dim'))]
        : listWindow(rows, placeOf(shown, scene.cursor).place, room, view)),
    ],
    bottom,
    page: Math.max(1, room - 3),
  });
}

/** " / pending   12 of 1,000", with a mark where the next letter comes while it is typed. */
function filterLine(
  { filter }: BoardScene,
  shown: number,
  { board }: Diagnosis,
  view: View,
): readonly Line[] {
  if (filter === undefined) return [];
  const { glyphs } = view;
  return [
    line(
      span(' / ', 'accent'),
      span(middle(visible(filter.text), view.columns - 30, glyphs.dots), 'strong'),
      span(filter.typing ? glyphs.caret : '', 'accent'),
      span(`   ${grouped(shown)} of ${grouped(board.length)}`, shown === 0 ? 'warn' : 'plain'),
    ),
  ];
}

interface Layout {
  readonly name: number;
  readonly cells: readonly { readonly column: BoardColumn; readonly width: number }[];
  readonly note: number;
}

/** Sign of the cursor, sign of the choice, and a space before the name. */
const LEAD = 3;

function layout(diagnosis: Diagnosis, view: View): Layout {
  const { board } = diagnosis;
  const shown = boardColumns(diagnosis);
  const cells = shown.map((column, index) => {
    // Between the first one and the name, and after the last one, a space is there anyway.
    const gap = index === 0 || index === shown.length - 1 ? 0 : 1;
    return { column, width: Math.max(column.length, 6) + gap };
  });
  const room = view.columns - LEAD - cells.reduce((sum, { width }) => sum + width, 0) - 1;
  // The name is whole in the details and, for the one under the cursor, below; the note is not.
  const note = Math.min(
    widest(notes, board, ({ note }) => note),
    26,
  );
  const name = Math.min(
    widest(names, board, ({ id }) => id),
    Math.max(26, room - note - 1),
  );
  return { name, cells, note: Math.max(0, room - name - 1) };
}

/** Worked out once for a board. */
type Widest = WeakMap<readonly BoardRow[], number>;
const names: Widest = new WeakMap();
const notes: Widest = new WeakMap();

function widest(known: Widest, board: readonly BoardRow[], of: (row: BoardRow) => string): number {
  const before = known.get(board);
  if (before !== undefined) return before;
  const found = board.reduce((most, row) => Math.max(most, widthOf(visible(of(row)))), 9);
  known.set(board, found);
  return found;
}

function heading(columns: Layout): Line {
  const cells = columns.cells.map(({ column, width }) => centred(column, width)).join('');
  return line(span(' '.repeat(LEAD) + padded('migration', columns.name) + ' ' + cells, 'dim'));
}

function boardRow(
  row: BoardRow,
  cells: ReturnType<typeof boardCells>,
  here: boolean,
  chosen: boolean,
  columns: Layout,
  view: View,
): Line {
  const { glyphs } = view;
  const tone: Tone = here ? 'cursor' : 'plain';
  const signs = padded(here ? glyphs.cursor : '', 1) + padded(chosen ? glyphs.chosen : '', 1) + ' ';
  return line(
    span(signs, here ? 'cursor' : 'accent'),
    span(padded(middle(visible(row.id), columns.name, glyphs.dots), columns.name) + ' ', tone),
    ...columns.cells.map(({ column, width }) => cellSpan(cells[column], width, view)),
    ...cut([span(` ${row.note}`, 'dim')], columns.note + 1, glyphs.dots),
  );
}

function cellSpan(cell: Cell, width: number, view: View): Span {
  const tone: Tone = { yes: 'good', no: 'bad', doubt: 'warn', none: 'dim' }[cell.mark] as Tone;
  return span(centred(cell.word ?? view.glyphs[cell.mark], width), tone);
}

function centred(text: string, width: number): string {
  const left = Math.floor((width - widthOf(text)) / 2);
  return padded(' '.repeat(Math.max(0, left)) + text, width);
}

function summary(
  state: State,
  scene: BoardScene,
  diagnosis: Diagnosis,
  view: View,
): readonly Line[] {
  const { findings, facts } = diagnosis;
  const here = rowAtCursor(diagnosis, scene);
  const detail =
    here === undefined
      ? []
      : [
          line(
            span(` ${here.id}`, 'strong'),
            span(`: ${[here.note, ...lacks(here)].filter((one) => one !== '').join('; ')}`),
          ),
          ...why(diagnosis, here, view),
        ];
  const errors = findings.filter((one) => one.severity === 'error').length;
  const count =
    findings.length === 0
      ? span(`${view.glyphs.yes} no finding: ${agreeing(diagnosis)} agree`, 'good')
      : span(counted(findings.length, 'finding'), errors > 0 ? 'bad' : 'warn');
  const gravest =
    recommend(fitting(state, diagnosis), diagnosis) === null ? findings[0] : undefined;
  const chosen = scene.chosen.length > 0 ? `   ${scene.chosen.length} chosen` : '';
  const open = unfinishedWords(state.unfinished);
  const weighing = weighingWords(state.weighing, diagnosis);
  const dumper = facts.surroundings && dumperWords(facts.surroundings.dumper);
  return [
    ...detail,
    line(' ', count, span(chosen, 'accent'), span(gravest ? `   ${gravest.title}` : '', 'dim')),
    ...(open === null ? [] : [line(span(` ! s: ${open}`, 'warn'))]),
    ...recommended(state, diagnosis, view),
    ...(weighing === null ? [] : [line(span(` ${weighing}`, 'accent'))]),
    ...paragraph(nextRunWords(diagnosis), view.columns).slice(0, 2),
    ...(dumper === null || state.backup !== null ? [] : [line(span(` Backup: ${dumper}`, 'dim'))]),
  ];
}

/** Why the schema column says no more of this one; of the whole, the first thing that could not be found out. */
function why(diagnosis: Diagnosis, here: BoardRow, view: View): readonly Line[] {
  const own = diagnosis.evidence?.migrations.get(here.id);
  const words = own === undefined ? null : whyWords(own);
  const { schema } = diagnosis.facts;
  const [unknown] = schema.state === 'read' ? (schema.rehearsal?.unknown ?? []) : [];
  return [
    ...(words === null ? [] : paragraph(words, view.columns).slice(0, 2)),
    ...(unknown === undefined
      ? []
      : [line(span(` The rehearsal cannot tell: ${redactText(unknown)}`, 'warn'))]),
  ];
}

function lacks(row: BoardRow): readonly string[] {
  return [
    ...(row.lacks.length === 0 ? [] : [`lacks ${row.lacks.join(', ')}`]),
    ...(row.stoppedAt === null ? [] : [`stopped at ${row.stoppedAt}`]),
  ];
}

function fitting(state: State, diagnosis: Diagnosis): readonly Playbook[] {
  return orderedPlaybooks(state.playbooks, diagnosis);
}

function recommended(state: State, diagnosis: Diagnosis, view: View): readonly Line[] {
  const first = recommend(fitting(state, diagnosis), diagnosis);
  if (first === null) return [];
  return [
    line(
      span(` ${view.glyphs.cursor} ${first.playbook.title}`, 'strong'),
      span(' (recommended)', 'good'),
      span(`: ${first.because}`, 'dim'),
    ),
  ];
}
