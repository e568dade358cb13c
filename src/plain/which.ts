import type { BoardRow, Diagnosis } from '../core/diagnosis.js';
import { shownRows } from '../core/session/board-rows.js';
import { grouped } from '../core/telling/amounts.js';
import type { Choice } from './ask.js';
import type { Question, Taken } from './questions.js';

/** So many are offered at once; where there are more, a part of the name comes first. */
const OFFERED = 30;

const howTo = 'a part of its name, or a word for its state such as pending or disagree';

/** Asks for one migration. */
export function whichOne(diagnosis: Diagnosis, take: (id: string) => Taken): Question {
  return narrowed(diagnosis, 'Which migration?', (rows) => ({
    type: 'select',
    message: 'Which migration?',
    choices: choicesOf(rows),
    suggested: null,
    take: (id) => (id === '' ? { again: 'Choose one of the list.' } : take(id)),
  }));
}

/** Asks for one or more. */
export function whichOnes(
  diagnosis: Diagnosis,
  message: string,
  take: (ids: readonly string[], at: number) => Taken,
): Question {
  return narrowed(diagnosis, message, (rows) => ({
    type: 'several',
    message,
    choices: choicesOf(rows),
    take,
  }));
}

function narrowed(
  diagnosis: Diagnosis,
  message: string,
  among: (rows: readonly BoardRow[]) => Question,
): Question {
  const { board } = diagnosis;
  if (board.length <= OFFERED) return among(board);
  return {
    type: 'input',
    message: `${message} There are ${grouped(board.length)}. Name ${howTo}; Enter goes back:`,
    take: (text) => {
      if (text === '') return { tell: () => [] };
      const rows = fitting(diagnosis, text);
      if (rows.length === 0) return { again: `None fits. Name ${howTo}.` };
      if (rows.length <= OFFERED) return { ask: among(rows) };
      return { again: `${grouped(rows.length)} of ${grouped(board.length)} fit. Name more of it.` };
    },
  };
}

/** As the board's filter finds them; a whole name is that one alone. */
function fitting(diagnosis: Diagnosis, text: string): readonly BoardRow[] {
  const named = diagnosis.board.find(({ id }) => id === text);
  if (named !== undefined) return [named];
  const filter = { text, typing: false };
  const shown = shownRows(diagnosis, { name: 'board', cursor: 0, chosen: [], filter });
  return shown.flatMap((at) => diagnosis.board[at] ?? []);
}

function choicesOf(rows: readonly BoardRow[]): readonly Choice[] {
  return rows.map(({ id, note }) => ({ value: id, name: note === '' ? id : `${id}  (${note})` }));
}
