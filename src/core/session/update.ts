import type { Move } from './move.js';
import type { Event, Reply, Wish } from './events.js';
import { backupFailed, backupProven, takeBackup } from './backup-moves.js';
import { acceptReadBack, backupAccepted, backupReadBack, stopProof } from './unproven-moves.js';
import {
  answer,
  choosePlaybook,
  enterBoard,
  readAgain,
  showFindings,
  showPlaybooks,
} from './board-moves.js';
import { filter, jump, move, toggle } from './cursor-moves.js';
import { leave, leaveWhenRead, back, cancel } from './leave-moves.js';
import { planBuilt, planRebuilt, planRefused } from './plan-moves.js';
import { weighed } from './evidence-moves.js';
import { confirm, enterStep, factsRead, stepEnded } from './step-moves.js';
import {
  openSession,
  reportSaved,
  resumeSession,
  saveReport,
  sessionFailed,
  sessionRead,
  sessionResumed,
  sessionsRead,
  showSessions,
  undoSession,
} from './sessions-moves.js';
import type { State } from './state.js';

/**
 * The whole session as one pure function: every face (screen, lines, `apply`) sends its
 * events through here, and nothing is written that this did not command.
 */
export function update(state: State, event: Event): Move {
  switch (event.type) {
    case 'move':
    case 'toggle':
    case 'filter':
    case 'jump':
    case 'show-findings':
    case 'show-playbooks':
    case 'show-sessions':
    case 'open-session':
    case 'resume-session':
    case 'undo-session':
    case 'save-report':
    case 'enter':
    case 'choose-playbook':
    case 'answer':
    case 'take-backup':
    case 'stop-proof':
    case 'accept-read-back':
    case 'confirm':
    case 'reread':
    case 'back':
    case 'cancel':
    case 'leave':
    case 'notice':
      return onWish({ ...state, notice: null }, event);
    default:
      return withoutOldNotice(state, onReply(state, event));
  }
}

/** What answered the last key is over when the scene changes by itself. */
function withoutOldNotice(before: State, [after, commands]: Move): Move {
  const old = after.notice === before.notice && after.scene.name !== before.scene.name;
  return [old ? { ...after, notice: null } : after, commands];
}

function onWish(state: State, wish: Wish): Move {
  switch (wish.type) {
    case 'move':
      return move(state, wish.by);
    case 'toggle':
      return toggle(state);
    case 'filter':
      return filter(state, wish.text, wish.typing);
    case 'jump':
      return jump(state, wish.by);
    case 'show-findings':
      return showFindings(state);
    case 'show-playbooks':
      return showPlaybooks(state);
    case 'show-sessions':
      return showSessions(state);
    case 'open-session':
      return openSession(state, wish.session);
    case 'resume-session':
      return resumeSession(state, wish.at);
    case 'undo-session':
      return undoSession(state);
    case 'save-report':
      return saveReport(state);
    case 'enter':
      return state.scene.name === 'step' ? enterStep(state, wish.at) : enterBoard(state, wish.at);
    case 'choose-playbook':
      return choosePlaybook(state, wish);
    case 'answer':
      return answer(state, wish.value);
    case 'take-backup':
      return takeBackup(state, wish.at);
    case 'stop-proof':
      return stopProof(state);
    case 'accept-read-back':
      return acceptReadBack(state, wish.reason, wish.at);
    case 'confirm':
      return confirm(state, wish);
    case 'reread':
      return reread(state, wish.at);
    case 'back':
      return back(state, wish.at);
    case 'cancel':
      return cancel(state);
    case 'leave':
      return leave(state);
    case 'notice':
      return noticed(state, wish);
  }
}

function noticed(state: State, wish: Extract<Wish, { type: 'notice' }>): Move {
  const { text, pressedAt = state.lastConfirmKeyAt } = wish;
  return [{ ...state, notice: text, lastConfirmKeyAt: pressedAt }, []];
}

function onReply(state: State, reply: Reply): Move {
  const { scene } = state;
  switch (reply.type) {
    case 'settings-found':
      return [withSettings(state, reply), []];
    case 'facts-read':
      return leaveWhenRead(state, factsRead(state, reply.diagnosis, reply.at));
    case 'facts-failed':
      return leaveWhenRead(state, factsFailed(state, reply.message, reply.next));
    case 'evidence-progress':
    case 'evidence-read':
    case 'evidence-failed':
      return weighed(state, reply);
    case 'plan-built':
      return planBuilt(state, reply.plan, reply.at);
    case 'plan-refused':
      return planRefused(state, reply.message, reply.next);
    case 'plan-rebuilt':
      return planRebuilt(state, reply);
    case 'backup-progress':
      if (scene.name !== 'backup') return [state, []];
      return [{ ...state, scene: { ...scene, progress: reply.progress } }, []];
    case 'backup-proven':
      return backupProven(state, reply.backup, reply.at);
    case 'backup-read-back':
      return backupReadBack(state, reply.backup);
    case 'backup-accepted':
      return backupAccepted(state, reply.at);
    case 'backup-failed':
      return backupFailed(state, reply.message, reply.next);
    case 'step-waiting':
      if (scene.name !== 'running') return [state, []];
      return [{ ...state, scene: { ...scene, wait: reply.wait } }, []];
    case 'step-progress':
      if (scene.name !== 'running') return [state, []];
      return [{ ...state, scene: { ...scene, progress: reply.progress, wait: null } }, []];
    case 'step-ended':
      return stepEnded(state, reply.step, reply.outcome, reply.at);
    case 'sessions-read':
      return sessionsRead(state, reply.sessions);
    case 'session-read':
      return sessionRead(state, reply.details);
    case 'session-resumed':
      return sessionResumed(state, reply.resumed);
    case 'session-failed':
      return sessionFailed(state, reply.message, reply.next);
    case 'report-saved':
      return reportSaved(state, reply.path);
    case 'report-written':
      if (scene.name !== 'leaving') return [state, []];
      return [
        { ...state, scene: { ...scene, reportPath: reply.path } },
        [{ type: 'exit', code: scene.code }],
      ];
  }
}

function withSettings(
  state: State,
  { settings, playbooks, unfinished, readOnly, colour }: Extract<Reply, { type: 'settings-found' }>,
): State {
  return {
    ...state,
    ...{ settings, playbooks, colour: colour ?? null },
    unfinished: unfinished ?? state.unfinished,
    readOnly: state.readOnly || readOnly === true,
  };
}

function reread(state: State, at: number): Move {
  const { scene } = state;
  if (scene.name === 'board' || scene.name === 'cannot-look') {
    return readAgain(state, at);
  }
  return [{ ...state, notice: 'Go back to the board to read again.' }, []];
}

function factsFailed(state: State, message: string, next: readonly string[]): Move {
  const { scene } = state;
  switch (scene.name) {
    case 'reading':
    // Its run log or its playbooks: nothing can be done from a board without them.
    case 'board':
      return [{ ...state, scene: { name: 'cannot-look', message, next } }, []];
    case 'rechecking':
      return [
        {
          ...state,
          scene: { name: 'plan', request: scene.request, plan: scene.plan, back: scene.back },
          notice: `The facts could not be read again: ${message}`,
        },
        [],
      ];
    case 'verifying':
      return [
        {
          ...state,
          scene: { name: 'ended', back: scene.back },
          runs: withVerdict(state, `not verified: ${message}`),
        },
        [],
      ];
    default:
      return [state, []];
  }
}

function withVerdict(state: State, words: string): State['runs'] {
  const last = state.runs.at(-1);
  if (last === undefined) return state.runs;
  return [...state.runs.slice(0, -1), { ...last, verdict: { agrees: false, words } }];
}
