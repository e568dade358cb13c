import { resumeStopped } from '../telling/sessions-words.js';
import { readAgain } from './board-moves.js';
import { filter } from './cursor-moves.js';
import type { Move } from './move.js';
import { say } from './move.js';
import type { BoardScene, PlanRun, Scene, State } from './state.js';
import { currentRun } from './state.js';
import { closeOutcomes, needsConfirmation, verify, withRun } from './step-moves.js';

export function back(state: State, at: number): Move {
  const { scene } = state;
  switch (scene.name) {
    case 'findings':
    case 'playbooks':
    case 'asking':
    case 'plan':
    case 'sessions':
    case 'session':
      return [{ ...state, scene: scene.back }, []];
    case 'resume':
      return scene.resumed === null ? say(state, busyWords(scene)) : readAgain(state, at);
    case 'step':
      return stopRun(state, scene.back, at);
    case 'unproven':
      if (scene.accepting !== null) return say(state, busyWords(scene));
      return say(
        { ...state, scene: scene.goesOnTo },
        `Not accepted; nothing may rest on it. The backup is kept: ${scene.backup.path}`,
      );
    case 'board':
      if (scene.filter !== undefined) return filter(state, '', false);
      return say(state, 'This is the board; q leaves.');
    default:
      return say(state, busyWords(scene));
  }
}

/** Leaving a plan before its end: what was done stays done, the rest is not run. */
function stopRun(state: State, board: BoardScene, at: number): Move {
  const last = currentRun(state);
  return verify(last === null ? state : withRun(state, stoppedRun(last)), board, at);
}

function stoppedRun(run: State['runs'][number]): State['runs'][number] {
  return { ...run, outcomes: closeOutcomes(run.outcomes, 'the operator stopped before it') };
}

/** Ctrl-C: a backup or a step is stopped safely, everything else is left; the second one waits for no reading. */
export function cancel(state: State): Move {
  const { scene } = state;
  if (scene.name === 'backup' || scene.name === 'running') {
    if (scene.cancelling) return say(state, 'Stopping safely; the outcome follows in a moment.');
    return [
      {
        ...state,
        scene: { ...scene, cancelling: true },
        notice:
          scene.name === 'backup'
            ? 'Stopping the backup: nothing of it will be kept.'
            : 'Stopping the step: it is rolled back unless its COMMIT was already sent.',
      },
      [{ type: 'cancel-running' }],
    ];
  }
  if (scene.name === 'unproven') return back(state, state.startedAt);
  if (scene.name === 'resume' && scene.resumed === null) {
    return leave({
      ...state,
      notice: `Left while session ${scene.session} was looked at. ${resumeStopped}`,
    });
  }
  return scene.name === 'verifying' && scene.leaveAfter ? leaveNow(state) : leave(state);
}

export function leave(state: State): Move {
  const { scene } = state;
  if (scene.name === 'backup' || scene.name === 'running') return say(state, busyWords(scene));
  if (scene.name === 'leaving') return [state, []];
  const last = currentRun(state);
  const wrote = last !== null && somethingWasRun(last);
  if (scene.name === 'verifying' && wrote) {
    const notice = 'What was written is read again first; Ctrl-C leaves without that.';
    return say({ ...state, scene: { ...scene, leaveAfter: true } }, notice);
  }
  if (scene.name !== 'step' || last === null) return leaveNow(state);
  const closed = withRun(state, stoppedRun(last));
  return wrote ? verify(closed, scene.back, null, true) : leaveNow(closed);
}

/** Behind a reading that was all the operator still waited for, the session is left. */
export function leaveWhenRead(before: State, [after, commands]: Move): Move {
  const meant = before.scene.name === 'verifying' && before.scene.leaveAfter;
  return meant && after.scene.name === 'ended' ? leaveNow(after) : [after, commands];
}

function leaveNow(state: State): Move {
  const code = exitCode(state);
  const leaving: State = { ...state, scene: { name: 'leaving', code, reportPath: null } };
  return [leaving, [{ type: 'write-report' }]];
}

/** A write or a command of it was begun: what the last reading said may be over. */
function somethingWasRun({ plan, outcomes }: PlanRun): boolean {
  return plan.steps.some((step, index) => {
    const outcome = outcomes[index] ?? null;
    return needsConfirmation(step) && outcome !== null && outcome.state !== 'notRun';
  });
}

/** 0 healthy or done, 1 findings or a step failed, 2 could not look, 4 an outcome is unknown. */
export function exitCode(state: State): number {
  const outcomes = state.runs.flatMap((run) => run.outcomes);
  const isUnknown = outcomes.some((outcome) => outcome?.state === 'unknown');
  if (isUnknown || state.leftUnknown.length > 0) return 4;
  const last = currentRun(state);
  if (last !== null) return last.verdict?.agrees === true ? 0 : 1;
  if (state.diagnosis === null) return 2;
  return state.diagnosis.findings.length > 0 ? 1 : 0;
}

function busyWords(scene: Scene): string {
  switch (scene.name) {
    case 'backup':
      return 'The backup is running; Ctrl-C stops it safely.';
    case 'running':
      return 'A step is running; Ctrl-C stops it safely.';
    case 'ended':
      return 'Enter goes on to the board; q leaves.';
    case 'resume':
      return resumeStopped;
    default:
      return 'One moment.';
  }
}
