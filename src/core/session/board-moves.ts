import type { Move } from './move.js';
import { say } from './move.js';
import type { Diagnosis } from '../diagnosis.js';
import { resumeStopped } from '../telling/sessions-words.js';
import { questionsFor } from '../planning/questions.js';
import type { Playbook } from '../playbook.js';
import type { Wish } from './events.js';
import { takeBackup } from './backup-moves.js';
import { rowAtCursor } from './board-rows.js';
import { orderedPlaybooks } from './recommend.js';
import { openSession } from './sessions-moves.js';
import type { BoardScene, Scene, State } from './state.js';

export function showFindings(state: State): Move {
  const board = boardOf(state.scene);
  if (board === null) return say(state, 'Findings are listed from the board.');
  if (state.diagnosis?.findings.length === 0) return say(state, 'There is no finding.');
  return [{ ...state, scene: { name: 'findings', cursor: 0, back: board } }, []];
}

export function showPlaybooks(state: State): Move {
  const board = boardOf(state.scene);
  if (board === null) return say(state, 'Playbooks are chosen from the board.');
  return [{ ...state, scene: { name: 'playbooks', cursor: 0, back: board } }, []];
}

/** Enter opens or goes on; it never confirms. */
export function enterBoard(state: State, at: number): Move {
  const { scene, diagnosis } = state;
  switch (scene.name) {
    case 'board':
      return showPlaybooks(state);
    case 'findings':
      return [{ ...state, scene: { name: 'playbooks', cursor: 0, back: scene.back } }, []];
    case 'playbooks': {
      const playbook = diagnosis && orderedPlaybooks(state.playbooks, diagnosis)[scene.cursor];
      if (!playbook) return say(state, 'There is no playbook to open.');
      const migrations = playbook.migrations === 'none' ? [] : chosenOf(scene.back, diagnosis);
      return open(state, playbook, migrations, scene.back);
    }
    case 'plan':
      return takeBackup(state, at);
    case 'ended':
      return readAgain(state, at);
    case 'resume':
      return scene.resumed === null ? say(state, resumeStopped) : readAgain(state, at);
    case 'sessions': {
      const here = scene.sessions?.[scene.cursor];
      return here === undefined ? say(state, 'One moment.') : openSession(state, here.session);
    }
    default:
      return [state, []];
  }
}

/** A fresh look, to a fresh board. */
export function readAgain(state: State, at: number): Move {
  return [
    { ...state, scene: { name: 'reading', since: at, purpose: 'reread' } },
    [{ type: 'read-facts' }],
  ];
}

export function choosePlaybook(
  state: State,
  wish: Extract<Wish, { type: 'choose-playbook' }>,
): Move {
  const board = boardOf(state.scene);
  const playbook = state.playbooks.find((one) => one.name === wish.name);
  if (board === null) return say(state, 'A playbook is chosen from the board.');
  if (playbook === undefined) return say(state, `There is no playbook ${wish.name}.`);
  return wish.askNothing
    ? plan(state, playbook, wish.migrations, wish.answers, board)
    : open(state, playbook, wish.migrations, board);
}

/** An answer to the question that is shown; the last one leads to the plan. */
export function answer(state: State, value: string): Move {
  const { scene } = state;
  if (scene.name !== 'asking') return say(state, 'Nothing is asked now.');
  const question = scene.asks[scene.index];
  if (question === undefined) return [state, []];
  if (question.choices !== null && !Object.hasOwn(question.choices, value)) {
    return say(state, `Answer with ${Object.keys(question.choices).join(' or ')}.`);
  }
  if (question.required && value.trim() === '') return say(state, 'This needs an answer.');
  const answers = { ...scene.answers, [question.id]: value.trim() };
  if (scene.index + 1 < scene.asks.length) {
    return [{ ...state, scene: { ...scene, index: scene.index + 1, answers } }, []];
  }
  return plan(state, scene.playbook, scene.migrations, answers, scene.back);
}

function open(
  state: State,
  playbook: Playbook,
  migrations: readonly string[],
  back: BoardScene,
): Move {
  if (playbook.migrations === 'some' && migrations.length === 0) {
    return say(
      { ...state, scene: back },
      `Choose migrations first (space), then open ${playbook.title}.`,
    );
  }
  const asks = questionsFor(playbook, state.diagnosis, migrations);
  if (asks.length === 0) return plan(state, playbook, migrations, {}, back);
  const scene: Scene = { name: 'asking', playbook, asks, migrations, index: 0, answers: {}, back };
  return [{ ...state, scene }, []];
}

function plan(
  state: State,
  playbook: Playbook,
  migrations: readonly string[],
  answers: Readonly<Record<string, string>>,
  back: BoardScene,
): Move {
  const request = { playbook: playbook.name, migrations, answers };
  return [
    { ...state, scene: { name: 'planning', request, back } },
    [{ type: 'build-plan', wish: request }],
  ];
}

/** What was chosen with the space bar; else the migration under the cursor. */
function chosenOf(board: BoardScene, diagnosis: Diagnosis): readonly string[] {
  if (board.chosen.length > 0) return board.chosen;
  const here = rowAtCursor(diagnosis, board)?.id;
  return here === undefined ? [] : [here];
}

function boardOf(scene: Scene): BoardScene | null {
  if (scene.name === 'board') return scene;
  if (scene.name === 'findings' || scene.name === 'playbooks') return scene.back;
  return null;
}
