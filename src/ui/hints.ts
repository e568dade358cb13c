import { reachedBefore } from '../core/backup.js';
import type { State } from '../core/session/state.js';
import { currentStep, needsConfirmation } from '../core/session/step-moves.js';
import type { Glyphs } from './glyphs.js';
import { textField } from './keys.js';

/** A key that works in this scene, and what it does. */
export interface Hint {
  readonly key: string;
  readonly does: string;
  /** Left out of the footer first where the row is too short; `?` lists it all the same. */
  readonly minor?: true;
}

/** The keys that work here, for the footer and for the help. */
export function hintsFor(state: State, glyphs: Glyphs): readonly Hint[] {
  const move: Hint = { key: glyphs.upDown, does: 'move' };
  const scroll: Hint = { key: 'PgUp/PgDn', does: 'scroll', minor: true };
  const help: Hint = { key: '?', does: 'help' };
  const leave: Hint = { key: 'q', does: 'leave' };
  const back: Hint = { key: 'esc', does: 'back' };
  const { scene } = state;
  switch (scene.name) {
    case 'board':
      return [
        move,
        { key: 'space', does: 'choose' },
        { key: 'enter', does: 'playbooks' },
        { key: 'f', does: 'findings', minor: true },
        { key: 'b', does: 'backup', minor: true },
        { key: 'r', does: 'reread', minor: true },
        help,
        leave,
      ];
    case 'findings':
      return [move, { key: 'enter', does: 'playbooks' }, scroll, back, help, leave];
    case 'playbooks':
      return [move, { key: 'enter', does: 'open' }, scroll, back, help, leave];
    case 'asking':
      return textField(state) === null
        ? [move, { key: 'enter', does: 'answer' }, back, help, leave]
        : [
            { key: 'enter', does: 'answer' },
            { key: 'ctrl-u', does: 'clear', minor: true },
            back,
            { key: 'ctrl-c', does: 'leave' },
          ];
    case 'plan':
      return [
        { key: 'enter', does: state.backup === null ? 'take the backup' : 'first step' },
        scroll,
        back,
        help,
        leave,
      ];
    case 'step':
      return stepHints(state, [scroll, help, leave]);
    case 'backup':
      return [
        ...(scene.goesOnTo.name === 'plan' && isProving(scene)
          ? [{ key: 's', does: 'stop the proof alone' }]
          : []),
        { key: 'ctrl-c', does: 'stop it safely' },
        help,
      ];
    case 'unproven':
      return [
        { key: 'enter', does: 'go on with this reason' },
        { key: 'ctrl-u', does: 'clear', minor: true },
        { key: 'esc', does: 'back to the plan' },
      ];
    case 'running':
      return [{ key: 'ctrl-c', does: 'stop it safely' }, help];
    case 'ended':
      return [
        { key: 'enter', does: 'board' },
        scroll,
        help,
        { key: 'q', does: 'report and leave' },
      ];
    case 'cannot-look':
      return [{ key: 'r', does: 'try again' }, help, leave];
    case 'reading':
    case 'planning':
    case 'rechecking':
    case 'verifying':
      return [help, leave];
    case 'leaving':
      return [];
  }
}

function isProving({ progress }: Extract<State['scene'], { name: 'backup' }>): boolean {
  return progress !== null && reachedBefore(progress.phase) === 'read back';
}

function stepHints(state: State, rest: readonly Hint[]): readonly Hint[] {
  const step = currentStep(state)?.step;
  const stop: Hint = { key: 'n/esc', does: 'stop here' };
  if (textField(state) !== null) {
    return [
      { key: 'enter', does: 'confirm what is typed' },
      { key: 'esc', does: 'stop here' },
      { key: 'PgUp/PgDn', does: 'scroll', minor: true },
      { key: 'ctrl-c', does: 'leave' },
    ];
  }
  const yes: Hint =
    step !== undefined && needsConfirmation(step)
      ? { key: 'y', does: 'confirm' }
      : { key: 'enter', does: 'go on' };
  return [yes, stop, ...rest];
}
