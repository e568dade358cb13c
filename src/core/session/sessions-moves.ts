import type { Resumed, SessionDetails, SessionSummary } from '../report/summary.js';
import { inOrder } from '../report/summary.js';
import type { Move } from './move.js';
import { say } from './move.js';
import { readOnlyWords } from './read-only.js';
import type { State } from './state.js';

export function showSessions(state: State): Move {
  const { scene } = state;
  if (scene.name !== 'board') return say(state, 'Sessions are listed from the board.');
  return [
    { ...state, scene: { name: 'sessions', sessions: null, cursor: 0, back: scene } },
    [{ type: 'read-sessions' }],
  ];
}

export function sessionsRead(state: State, found: readonly SessionSummary[]): Move {
  const { scene } = state;
  if (scene.name !== 'sessions' || scene.sessions !== null) return [state, []];
  if (found.length === 0) {
    return say({ ...state, scene: scene.back }, 'This project has no earlier session.');
  }
  return [{ ...state, scene: { ...scene, sessions: inOrder(found) } }, []];
}

export function openSession(state: State, session: string): Move {
  const { scene } = state;
  const summary =
    scene.name === 'sessions' ? scene.sessions?.find((one) => one.session === session) : undefined;
  if (scene.name !== 'sessions' || summary === undefined) {
    return say(state, 'A session is opened from the list of them.');
  }
  return [
    { ...state, scene: { name: 'session', summary, details: null, back: scene } },
    [{ type: 'read-session', session }],
  ];
}

export function sessionRead(state: State, details: SessionDetails): Move {
  const { scene } = state;
  const { summary } = details;
  if (scene.name !== 'session' || scene.summary.session !== summary.session) return [state, []];
  return [{ ...state, scene: { ...scene, summary, details } }, []];
}

/** Asks the world what became of its steps; that is all that `pgmedic resume` does, too. */
export function resumeSession(state: State, at: number): Move {
  const { scene } = state;
  if (scene.name !== 'session' || scene.details === null) return notOpen(state);
  const { session, standing, open } = scene.summary;
  if (state.readOnly) return say(state, `${readOnlyWords} Resuming writes into a run log.`);
  if (standing === 'this one') return say(state, 'This session is still going on.');
  if (standing === 'going on') return say(state, elsewhere);
  if (standing === 'over' && open.length === 0) {
    return say(
      state,
      'Nothing of this session is open: what became of each step is in its report.',
    );
  }
  return [
    { ...state, scene: { name: 'resume', session, since: at, resumed: null, back: scene } },
    [{ type: 'resume-session', session }],
  ];
}

const elsewhere = 'This session is open in another pgmedic: go on there, or end that one first.';

export function sessionResumed(state: State, resumed: Resumed): Move {
  const { scene } = state;
  if (scene.name !== 'resume' || scene.session !== resumed.session) return [state, []];
  const others = state.leftUnknown.filter((session) => session !== resumed.session);
  const isUnknown = resumed.steps.some((one) => one.state === 'unknown');
  const leftUnknown = isUnknown ? [...others, resumed.session] : others;
  return [{ ...state, leftUnknown, scene: { ...scene, resumed } }, []];
}

/** From here on an undo takes the way of a plan: shown, backed up, confirmed, verified. */
export function undoSession(state: State): Move {
  const { scene } = state;
  if (scene.name !== 'session' || scene.details === null) return notOpen(state);
  const { session, standing } = scene.summary;
  const { undo } = scene.details;
  if (state.readOnly) return say(state, readOnlyWords);
  if (standing === 'going on') return say(state, elsewhere);
  if ('why' in undo) return say(state, undo.why);
  const undoes = { session, step: undo.step };
  const request = { playbook: 'undo', migrations: [], answers: {}, undoes };
  return [
    { ...state, scene: { name: 'planning', request, back: scene.back.back } },
    [{ type: 'build-plan', wish: request }],
  ];
}

export function saveReport(state: State): Move {
  const { scene } = state;
  if (scene.name !== 'session' || scene.details === null) return notOpen(state);
  if (scene.saving) return say(state, 'One moment.');
  return [
    { ...state, scene: { ...scene, saving: true } },
    [{ type: 'save-report', session: scene.summary.session }],
  ];
}

export function reportSaved(state: State, path: string): Move {
  return say(notSaving(state), `The report is written to ${path}`);
}

function notSaving(state: State): State {
  const { scene } = state;
  if (scene.name !== 'session' || !scene.saving) return state;
  const { saving: _, ...rest } = scene;
  return { ...state, scene: rest };
}

function notOpen(state: State): Move {
  return say(state, 'Open a session first: its report says what was done.');
}

/** Back to where it was asked for, with what is the case. */
export function sessionFailed(state: State, message: string, next: readonly string[]): Move {
  const { scene } = state;
  const words = [message, ...next].join(' ');
  switch (scene.name) {
    case 'sessions':
      return say(scene.sessions === null ? { ...state, scene: scene.back } : state, words);
    case 'session':
      return say(
        scene.details === null ? { ...state, scene: scene.back } : notSaving(state),
        words,
      );
    case 'resume':
      return say(scene.resumed === null ? { ...state, scene: scene.back } : state, words);
    default:
      return [state, []];
  }
}
