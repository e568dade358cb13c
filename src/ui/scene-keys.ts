import { reachedBefore } from '../core/backup.js';
import { rowAtCursor } from '../core/session/board-rows.js';
import type { SessionDetails } from '../core/report/summary.js';
import type { BoardScene, Scene, State } from '../core/session/state.js';
import { currentStep, needsConfirmation } from '../core/session/step-moves.js';
import type { Binding } from './binding.js';
import {
  back,
  choose,
  ends,
  help,
  leave,
  log,
  move,
  page,
  say,
  scroll,
  scrollPages,
} from './common-keys.js';
import { confirmation } from './confirmation.js';
import type { Local } from './local.js';
import { filterText } from './text-keys.js';

/** The keys of each scene where letters are keys, as the footer shows them. */
export function sceneBindings(state: State, local: Local): readonly Binding[] {
  const { scene } = state;
  const last = [log, help, leave];
  switch (scene.name) {
    case 'board':
      return [...boardBindings(state, scene), ...last];
    case 'findings':
      return [move, enter('playbooks', ['enter', 'p']), scrollPages, ends, back, ...last];
    case 'playbooks':
      return [move, enter('open'), findings, scrollPages, ends, back, ...last];
    case 'sessions':
      return [move, enter('open'), page, ends, back, ...last];
    case 'session':
      return [...sessionBindings(scene.details), ...scroll, back, ...last];
    case 'resume':
      return scene.resumed === null ? [log, help, leave] : [enter('board'), ...scroll, ...last];
    case 'asking':
      return [choose, answer(scene, local), scrollPages, back, ...last];
    case 'plan':
      return [...planBindings(state), ...scroll, back, ...last];
    case 'step':
      return [...stepBindings(state), ...scroll, ...last];
    case 'backup':
      return [...(canStopProof(scene) ? [stopProof] : []), stopSafely, log, help];
    case 'running':
      return [stopSafely, ...scroll, log, help];
    case 'ended':
      return [enter('board'), ...scroll, log, help, { ...leave, does: 'report and leave' }];
    case 'cannot-look':
      return [{ ...reread, does: 'try again' }, ...scroll, ...last];
    case 'reading':
      return [...scroll, ...last];
    case 'planning':
    case 'unproven':
    case 'rechecking':
    case 'verifying':
      return last;
    case 'leaving':
      return [];
  }
}

const findings: Binding = {
  keys: ['f'],
  shown: 'f',
  does: 'findings',
  minor: true,
  wish: () => ({ type: 'show-findings' }),
};

const reread: Binding = {
  keys: ['r'],
  shown: 'r',
  does: 'reread',
  wish: ({ now }) => ({ type: 'reread', at: now }),
};

/** It is taken before any other key, see keyToWish; here it is shown. */
const stopSafely: Binding = {
  keys: ['ctrl-c'],
  shown: 'ctrl-c',
  does: 'stop it safely',
  wish: () => ({ type: 'cancel' }),
};

const stopProof: Binding = {
  keys: ['s'],
  shown: 's',
  does: 'stop the proof alone',
  wish: () => ({ type: 'stop-proof' }),
};

function enter(does: string, keys: readonly string[] = ['enter']): Binding {
  return { keys, shown: 'enter', does, wish: ({ now }) => ({ type: 'enter', at: now }) };
}

function boardBindings(state: State, scene: BoardScene): readonly Binding[] {
  const here = rowAtCursor(state.diagnosis, scene)?.id;
  return [
    move,
    { keys: ['space'], shown: 'space', does: 'choose', wish: () => ({ type: 'toggle' }) },
    enter('playbooks', ['enter', 'p']),
    {
      keys: ['d', 'right'],
      shown: 'd',
      does: 'details',
      wish: () =>
        here === undefined
          ? say('There is no migration to look at.')
          : { type: 'ui-open', overlay: 'details', id: here },
    },
    {
      keys: ['/'],
      shown: '/',
      does: 'filter',
      wish: () => ({ type: 'filter', text: filterText(state), typing: true }),
    },
    ...(scene.filter === undefined ? [] : [{ ...back, keys: ['escape'], does: 'show all' }]),
    {
      keys: ['n', ']', 'N', '['],
      shown: 'n/N',
      does: 'next, previous disagreement',
      minor: true,
      wish: ({ name }) => ({ type: 'jump', by: name === 'n' || name === ']' ? 1 : -1 }),
    },
    findings,
    {
      keys: ['b'],
      shown: 'b',
      does: 'backup',
      minor: true,
      wish: ({ now }) => ({ type: 'take-backup', at: now }),
    },
    { ...reread, minor: true },
    {
      keys: ['s'],
      shown: 's',
      does: 'sessions',
      minor: true,
      wish: () => ({ type: 'show-sessions' }),
    },
    page,
    ends,
  ];
}

function sessionBindings(details: SessionDetails | null): readonly Binding[] {
  if (details === null) return [];
  return [
    {
      keys: ['r'],
      shown: 'r',
      does: 'resume',
      wish: ({ now }) => ({ type: 'resume-session', at: now }),
    },
    { keys: ['u'], shown: 'u', does: 'undo', wish: () => ({ type: 'undo-session' }) },
    { keys: ['w'], shown: 'w', does: 'write the report', wish: () => ({ type: 'save-report' }) },
  ];
}

function answer(scene: Extract<Scene, { name: 'asking' }>, { choice }: Local): Binding {
  const value = Object.keys(scene.asks[scene.index]?.choices ?? {})[choice];
  return {
    ...enter('answer'),
    wish: () =>
      value === undefined
        ? say('Nothing is chosen yet: choose with the arrows, then Enter.')
        : { type: 'answer', value },
  };
}

function planBindings(state: State): readonly Binding[] {
  const look: Binding = {
    keys: ['d', 'right'],
    shown: 'd',
    does: 'look at each step',
    wish: () => ({ type: 'ui-open', overlay: 'steps', index: 0 }),
  };
  // Nothing can be written: looking is all there is.
  if (state.readOnly) return [{ ...look, keys: ['enter', ...look.keys], shown: 'enter' }];
  const does = state.backup === null ? 'take the backup' : 'first step';
  return [enter(does, ['enter', 'b']), look];
}

function stepBindings(state: State): readonly Binding[] {
  const step = currentStep(state)?.step;
  const stop: Binding = { ...back, shown: 'n/esc', does: 'stop here' };
  if (step === undefined || !needsConfirmation(step)) return [enter('go on'), stop];
  const yes: Binding = {
    keys: ['y'],
    shown: 'y',
    does: 'confirm',
    wish: ({ now }) => confirmation(state, null, now),
  };
  return [yes, stop];
}

function canStopProof(scene: Extract<Scene, { name: 'backup' }>): boolean {
  const { progress, goesOnTo } = scene;
  return (
    goesOnTo.name === 'plan' &&
    goesOnTo.plan.undoes === undefined &&
    progress !== null &&
    reachedBefore(progress.phase) === 'read back'
  );
}
