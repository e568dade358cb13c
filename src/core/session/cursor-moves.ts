import type { Diagnosis } from '../diagnosis.js';
import { disagrees, placeOf, rowAtCursor, shownRows } from './board-rows.js';
import type { Move } from './move.js';
import { say } from './move.js';
import { orderedPlaybooks } from './recommend.js';
import type { BoardScene, Scene, State } from './state.js';

/** The cursor in the list of this scene; at its ends it stays. */
export function move(state: State, by: number): Move {
  const { scene, diagnosis } = state;
  if (diagnosis === null || !('cursor' in scene)) return [state, []];
  if (scene.name === 'board') {
    const rows = shownRows(diagnosis, scene);
    const to = within(placeOf(rows, scene.cursor).place + by, rows.length);
    return [{ ...state, scene: { ...scene, cursor: rows[to] ?? scene.cursor } }, []];
  }
  const to = within(scene.cursor + by, lengthOf(scene, state, diagnosis));
  return [{ ...state, scene: { ...scene, cursor: to } }, []];
}

function lengthOf(
  scene: Extract<Scene, { name: 'findings' | 'playbooks' | 'sessions' }>,
  { playbooks }: State,
  diagnosis: Diagnosis,
): number {
  switch (scene.name) {
    case 'findings':
      return diagnosis.findings.length;
    case 'playbooks':
      return orderedPlaybooks(playbooks, diagnosis).length;
    case 'sessions':
      return scene.sessions?.length ?? 0;
  }
}

function within(index: number, length: number): number {
  return Math.max(0, Math.min(index, length - 1));
}

/** Narrows the board; the cursor stays where it is, or goes to the nearest row that is left. */
export function filter(state: State, text: string, typing: boolean): Move {
  const { scene } = state;
  if (scene.name !== 'board') return say(state, 'The filter is for the board.');
  const { filter: _, ...whole } = scene;
  const board = text === '' && !typing ? whole : { ...whole, filter: { text, typing } };
  return [{ ...state, scene: onShownRow(state, board) }, []];
}

/** The same board with its cursor on a row that it shows, if there is one. */
export function onShownRow({ diagnosis }: Pick<State, 'diagnosis'>, board: BoardScene): BoardScene {
  if (diagnosis === null) return board;
  const rows = shownRows(diagnosis, board);
  const to = within(placeOf(rows, board.cursor).place, rows.length);
  return { ...board, cursor: rows[to] ?? board.cursor };
}

export function jump(state: State, by: 1 | -1): Move {
  const { scene, diagnosis } = state;
  if (scene.name !== 'board' || diagnosis === null) {
    return say(state, 'Disagreements are looked for on the board.');
  }
  const rows = shownRows(diagnosis, scene);
  const { place, exact } = placeOf(rows, scene.cursor);
  const from = by === 1 ? place + (exact ? 1 : 0) : place - 1;
  for (let at = from; at >= 0 && at < rows.length; at += by) {
    const cursor = rows[at] ?? 0;
    const row = diagnosis.board[cursor];
    if (row !== undefined && disagrees(diagnosis, row)) {
      return [{ ...state, scene: { ...scene, cursor } }, []];
    }
  }
  const where = by === 1 ? 'below' : 'above';
  return say(state, `No migration ${where} about which the sources disagree.`);
}

export function toggle(state: State): Move {
  const { scene, diagnosis } = state;
  if (scene.name !== 'board') return say(state, 'Migrations are chosen on the board.');
  const id = rowAtCursor(diagnosis, scene)?.id;
  if (id === undefined) return say(state, 'There is no migration to choose.');
  const chosen = scene.chosen.includes(id)
    ? scene.chosen.filter((other) => other !== id)
    : [...scene.chosen, id];
  return [{ ...state, scene: { ...scene, chosen } }, []];
}
