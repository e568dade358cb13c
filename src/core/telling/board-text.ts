import type { BoardRow, Diagnosis } from '../diagnosis.js';
import type { Cell } from './board-words.js';
import { boardCells, boardColumns } from './board-words.js';
import { oneLine, widthOf } from './visible.js';

const marks = { yes: 'yes', no: 'NO', doubt: '?', none: '-' } as const;

/** The board as aligned lines of plain text, its head first; words in place of signs. */
export function boardText(
  diagnosis: Diagnosis,
  board: readonly BoardRow[] = diagnosis.board,
): readonly string[] {
  const columns = boardColumns(diagnosis);
  const rows = board.map((row) => {
    const cells = boardCells(row, diagnosis.evidence?.migrations.get(row.id));
    return [oneLine(row.id), ...columns.map((column) => word(cells[column])), oneLine(row.note)];
  });
  return aligned([['migration', ...columns, ''], ...rows]);
}

function word(cell: Cell): string {
  return cell.word ?? marks[cell.mark];
}

function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const widths = (rows[0] ?? []).map((_, column) =>
    Math.max(...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - widthOf(cell)))
      .join('  ')
      .trimEnd(),
  );
}
